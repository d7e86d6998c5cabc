using System.Text;
using Slipway.Agent.Containers;
using Slipway.Agent.Files;
using Slipway.Agent.Spool;
using Slipway.Agent.Workspaces;
using Slipway.Model;
using Slipway.Model.Operations;

namespace Slipway.Agent.Operations;

/// <summary>
/// Operations that the agent does itself: they start no process, and doing one again after a crash does no harm. <paramref name="log"/> takes lines for the build log.
/// </summary>
internal sealed class QuickOperations(WorkspaceLeases workspaces, AgentOrigin origin, Action<string> log)
{
    /// <summary>A file that is larger cannot be a value of a pipeline.</summary>
    private const long LargestText = 32 * 1024 * 1024;

    public static bool IsQuick(AgentOperation operation) => operation is PrepareWorkspace or ReadTextFile or WriteTextFile or CheckFileExists or DeleteDirectory or CleanWorkspace or OpenContainer;

    /// <summary>Whether it may wait for long: not on a thread that others need.</summary>
    public static bool MayWait(AgentOperation operation) => operation is OpenContainer;

    public OperationResult Run(AgentOperation operation, string operationId, string allocation, CancellationToken cancellation) => operation switch
    {
        PrepareWorkspace prepare => workspaces.Prepare(prepare, operationId, allocation),
        ReadTextFile read => Read(read),
        WriteTextFile write => Write(write),
        CheckFileExists exists => new FileExistence(Path.Exists(Locate(operation, exists.Path))),
        DeleteDirectory => Delete(operation.Surroundings.Directory, cancellation),
        CleanWorkspace clean => Clean(clean, cancellation),
        OpenContainer open => Pod.Open(origin.Pod, open.Container, origin.NodeName, cancellation),
        _ => throw new ArgumentException($"{operation.GetType().Name} is not a quick operation.", nameof(operation)),
    };

    private static string Locate(AgentOperation operation, string path) =>
        path.Contains('\0', StringComparison.Ordinal)
            ? throw new OperationFault("The path holds the character \\0, which no path can.")
            : Path.GetFullPath(path, operation.Surroundings.Directory.Length == 0 ? Environment.CurrentDirectory : operation.Surroundings.Directory);

    private static TextRead Read(ReadTextFile read)
    {
        var path = Locate(read, read.Path);
        if (Directory.Exists(path))
        {
            throw new OperationFault($"'{read.Path}' is a directory ({path}), and cannot be read as a file.");
        }

        if (!File.Exists(path))
        {
            throw new OperationFault($"The file '{read.Path}' does not exist: there is no {path}.");
        }

        var length = new FileInfo(path).Length;
        if (length > LargestText)
        {
            throw new OperationFault($"The file '{read.Path}' is {length} bytes long; at most {LargestText} can be read into a pipeline. Work on it with a shell step.");
        }

        var bytes = File.ReadAllBytes(path);
        return new TextRead(IsBase64(read.Encoding) ? Convert.ToBase64String(bytes) : WithoutMark(Encoding(read.Encoding).GetString(bytes)));
    }

    private static OperationDone Write(WriteTextFile write)
    {
        var path = Locate(write, write.Path);
        var bytes = IsBase64(write.Encoding) ? FromBase64(write) : Encoding(write.Encoding).GetBytes(write.Text);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return new OperationDone();
    }

    private OperationDone Delete(string directory, CancellationToken cancellation)
    {
        if (InPlaceWorkspace.Protects(origin.InPlaceWorkspace, directory))
        {
            log($"deleteDir: '{directory}' is left alone, for it is (or holds) the checkout that you run in.");
        }
        else
        {
            FileTree.Delete(directory, cancellation);
        }

        return new OperationDone();
    }

    private OperationDone Clean(CleanWorkspace clean, CancellationToken cancellation)
    {
        var root = clean.Surroundings.Directory;
        if (InPlaceWorkspace.Protects(origin.InPlaceWorkspace, root))
        {
            log($"cleanWs: '{root}' is left alone, for it is (or holds) the checkout that you run in.");
        }
        else if (Directory.Exists(root))
        {
            FileTree.Clean(root, new AntFileSet(clean.Include, clean.Exclude, useDefaultExcludes: false), clean.Include.Count == 0 || clean.DeleteDirectories, cancellation);
        }

        return new OperationDone();
    }

    private static bool IsBase64(string? encoding) => string.Equals(encoding, "Base64", StringComparison.OrdinalIgnoreCase);

    private static byte[] FromBase64(WriteTextFile write)
    {
        try
        {
            return Convert.FromBase64String(write.Text);
        }
        catch (FormatException)
        {
            throw new OperationFault($"The text for the file '{write.Path}' is not Base64, as its encoding says.");
        }
    }

    private static Encoding Encoding(string? name) =>
        TextEncodings.TryFind(name, out var encoding) ? encoding : throw new OperationFault(TextEncodings.Unknown(name!));

    private static string WithoutMark(string text) => text.Length > 0 && text[0] == '\uFEFF' ? text[1..] : text;
}
