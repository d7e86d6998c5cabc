using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>java.io.File as what it is without a disk: a path that can be taken apart.</summary>
internal sealed class FileValue(string path) : ILibraryValue, IComparable
{
    public string JavaClass => "java.io.File";

    public string Path { get; } = Normalize(path);

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public string? Parent => Path.LastIndexOf('/') switch { < 0 => null, 0 => Path.Length > 1 ? "/" : null, var at => Path[..at] };

    public int CompareTo(object? obj) => obj is FileValue other ? Comparing.CompareText(Path, other.Path) : 1;

    public override bool Equals(object? obj) => obj is FileValue other && other.Path == Path;

    public override int GetHashCode() => Path.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Path;

    private static string Normalize(string path)
    {
        while (path.Contains("//", StringComparison.Ordinal))
        {
            path = path.Replace("//", "/", StringComparison.Ordinal);
        }

        return path.Length > 1 ? path.TrimEnd('/') : path;
    }
}

internal static class Files
{
    public static void Register(ClassBuilder t)
    {
        t.Constant("separator", "/");
        t.Constant("pathSeparator", ":");
        t.New("(String)", (_, _, a) => new FileValue((string)a[0]!));
        t.New("(String,String)", (_, _, a) => new FileValue(a[0] is string parent ? parent + "/" + a[1] : (string)a[1]!));
        t.New("(File,String)", (_, _, a) => new FileValue(F(a[0]).Path + "/" + a[1]));
        t.Method("getName()", (_, self, _) => F(self).Name);
        t.Method("getPath()", (_, self, _) => F(self).Path);
        t.Method("getParent()", (_, self, _) => F(self).Parent);
        t.Method("getParentFile()", (_, self, _) => F(self).Parent is { } parent ? new FileValue(parent) : null);
        t.Method("isAbsolute()", (_, self, _) => Box.Bool(F(self).Path.StartsWith('/')));
        t.Method("toString()", (_, self, _) => F(self).Path);
        foreach (var (signature, instead) in (ReadOnlySpan<(string, string)>)
            [
                ("getText()", "readFile"), ("getText(Object)", "readFile"), ("setText(Object)", "writeFile"), ("write(Object...)", "writeFile"), ("append(Object)", "writeFile"), ("leftShift(Object)", "writeFile"),
                ("exists()", "fileExists"), ("isFile()", "fileExists"), ("isDirectory()", "fileExists"), ("delete()", "sh"), ("deleteDir()", "deleteDir"), ("mkdirs()", "sh"), ("mkdir()", "sh"),
                ("listFiles()", "findFiles"), ("list()", "findFiles"), ("eachFile(Closure)", "findFiles"), ("eachFileRecurse(Closure)", "findFiles"), ("eachLine(Closure)", "readFile"), ("readLines()", "readFile"), ("getBytes()", "readFile"),
                ("length()", "sh"), ("lastModified()", "sh"), ("getAbsolutePath()", "pwd"), ("getCanonicalPath()", "pwd"), ("getAbsoluteFile()", "pwd"), ("newReader()", "readFile"), ("newWriter()", "writeFile"), ("withWriter(Closure)", "writeFile"), ("createNewFile()", "writeFile"),
            ])
        {
            t.Method(signature, (_, self, _) => throw Throw.New("java.lang.SecurityException", $"'{self}' would be a file of the server, not of the build's workspace: use the step {instead}"));
        }
    }

    private static FileValue F(object? value) => (FileValue)value!;
}
