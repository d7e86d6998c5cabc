using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;
using Slipway.Testing;

namespace Slipway.Conformance;

/// <summary>
/// What a corpus entry's run stands in: the agents that its setup names, with real directories and a real shell, the files of its repository, and time that passes only when the run waits.
/// </summary>
internal sealed class CorpusWorld : IDisposable
{
    private readonly CorpusEntry _entry;
    private readonly string _root = Directory.CreateTempSubdirectory("slipway-conformance-").FullName;
    private readonly StringBuilder _output = new();

    /// <summary>The agents' own environments, by allocation.</summary>
    private readonly Dictionary<long, Dictionary<string, string>> _environments = [];

    public CorpusWorld(CorpusEntry entry)
    {
        _entry = entry;
        World = new FakeWorld { Root = _root, Answer = Answer, Delay = e => TimeSpan.FromMilliseconds(e is OnNode ? 20 : 1) };
    }

    public FakeWorld World { get; }

    /// <summary>What the shells printed.</summary>
    public string Output => _output.ToString();

    /// <summary>Archived files by name.</summary>
    public Dictionary<string, string> Archived { get; } = [];

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private EffectResult? Answer(EffectRequested requested) => requested.Request switch
    {
        AllocateNode node => Allocate(requested.Effect, node),
        OnNode { Operation: UploadFiles { Purpose: UploadPurpose.TestReports } upload } => RecordTests(upload),
        OnNode on => new OperationEnded(Operate(on.Allocation, on.Operation)),
        _ => null,
    };

    private EffectResult Allocate(long effect, AllocateNode node)
    {
        var agent = _entry.Setup.Agents.FirstOrDefault(a => node.Label is not null && a.Labels.Contains(node.Label));
        if (node.Label is not null && agent is null)
        {
            return new EffectFailed($"waiting for an agent with label '{node.Label}': the entry's setup has none", true);
        }

        var environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["TMPDIR"] = Path.GetTempPath().TrimEnd('/') };
        foreach (var (name, value) in _entry.Setup.AgentEnv.Concat(agent?.Env ?? []))
        {
            environment[name] = value;
        }

        _environments[effect] = environment;
        World.HeldNodes.Add(effect);
        return new NodeAllocated(agent is null ? "built-in" : $"agent-{agent.Labels[0]}", agent?.Labels ?? [], 0, Prepare(node.CustomWorkspace ?? "workspace/test1", environment), []);
    }

    private WorkspacePrepared Prepare(string path, IReadOnlyDictionary<string, string> environment)
    {
        var directory = Path.GetFullPath(Path.Combine(_root, path));
        if (directory.StartsWith(_root, StringComparison.Ordinal))
        {
            Directory.CreateDirectory(directory);
        }

        return new WorkspacePrepared(directory, directory + "@tmp", true, environment);
    }

    private OperationResult Operate(long allocation, AgentOperation operation)
    {
        var directory = operation.Surroundings.Directory;
        string At(string path) => Path.GetFullPath(Path.Combine(directory, path));
        switch (operation)
        {
            case RunShell shell:
                return Execute(shell, _environments[allocation]);
            case PrepareWorkspace prepare:
                return Prepare(prepare.Custom ?? prepare.Job, _environments[allocation]);
            case ReadTextFile read:
                return File.Exists(At(read.Path)) ? new TextRead(File.ReadAllText(At(read.Path))) : new OperationFailed($"{At(read.Path)}: no such file", false);
            case WriteTextFile write:
                Directory.CreateDirectory(Path.GetDirectoryName(At(write.Path))!);
                File.WriteAllText(At(write.Path), write.Text);
                return new OperationDone();
            case CheckFileExists check:
                return new FileExistence(Path.Exists(At(check.Path)));
            case DeleteDirectory or CleanWorkspace when !directory.StartsWith(_root + "/", StringComparison.Ordinal):
                return new OperationFailed($"{directory} lies outside of this world.", false);
            case DeleteDirectory or CleanWorkspace:
                if (Directory.Exists(directory))
                {
                    Directory.Delete(directory, recursive: true);
                }

                Directory.CreateDirectory(directory);
                return new OperationDone();
            case GitCheckout git:
                return CheckOut(directory, git);
            case UploadFiles { Purpose: UploadPurpose.Artifacts } upload:
                var files = Find(directory, upload.Include);
                foreach (var file in files)
                {
                    Archived[file] = File.ReadAllText(Path.Combine(directory, file));
                }

                return new FilesUploaded(files.Count, 0);
            default:
                return new OperationFailed($"{operation.GetType().Name} is not part of this world.", false);
        }
    }

    private GitCheckedOut CheckOut(string directory, GitCheckout git)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "Jenkinsfile"), Corpus.Instance!.TextOf(_entry.File));
        foreach (var (path, content) in _entry.OtherFiles)
        {
            var isFile = File.Exists(Path.Combine(Corpus.Instance.Directory, content));
            File.WriteAllText(Path.Combine(directory, path), isFile ? Corpus.Instance.TextOf(content) : content);
        }

        return new GitCheckedOut(git.Commit ?? new string('a', 40), "origin/master", git.Url, null, "A commit", []);
    }

    private EffectResult RecordTests(UploadFiles upload)
    {
        var files = Find(upload.Surroundings.Directory, upload.Include);
        var cases = files.SelectMany(f => XDocument.Load(Path.Combine(upload.Surroundings.Directory, f)).Descendants("testcase")).ToList();
        return new TestsRecorded(files.Count, cases.Count, cases.Count(c => c.Element("failure") is not null || c.Element("error") is not null), cases.Count(c => c.Element("skipped") is not null));
    }

    private static List<string> Find(string directory, IReadOnlyList<string> patterns) =>
    [
        .. Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(directory, f))
            .Where(f => patterns.Any(p => Regex.IsMatch(f, "^" + Regex.Escape(p).Replace(@"\*\*/", "(.*/)?").Replace(@"\*", "[^/]*") + "$"))),
    ];

    private ShellEnded Execute(RunShell shell, Dictionary<string, string> environment)
    {
        Directory.CreateDirectory(shell.Surroundings.Directory);
        var start = new ProcessStartInfo("/bin/sh", ["-xe", "-c", shell.Script]) { WorkingDirectory = shell.Surroundings.Directory, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        foreach (var (name, value) in shell.Surroundings.Environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        _output.Append(errors.Result);
        if (!shell.CaptureOutput)
        {
            _output.Append(output);
        }

        return new ShellEnded(process.ExitCode, shell.CaptureOutput ? output : null);
    }
}
