using System.Diagnostics;
using Slipway.Jenkinsfile.Execution;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;

namespace Slipway.Testing;

/// <summary>
/// Everything outside of a run, in memory and with a clock of its own. An effect takes as long as <see cref="Delay"/> says; nothing completes by itself: each time the run has come to rest,
/// the effect that is due first completes, and the clock stands at that moment. So tests are exact, and no test waits.
/// </summary>
public sealed class FakeWorld : IEffectPerformer
{
    private readonly Dictionary<long, Running> _running = [];
    private readonly Dictionary<long, EffectResult> _done = [];
    private readonly Dictionary<long, string> _locks = [];

    public FakeWorld() => Clock = new WorldClock(this);

    /// <summary>The world's time, for what asks a clock.</summary>
    public TimeProvider Clock { get; }

    public DateTimeOffset Now { get; set; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>Effects in the order in which they were begun; one that is picked up after a restart is not begun again.</summary>
    public List<EffectRequested> Performed { get; } = [];

    /// <summary>Allocations that were not given back.</summary>
    public HashSet<long> HeldNodes { get; } = [];

    /// <summary>How long effects take. A <see cref="Wait"/> takes its own time.</summary>
    public Func<Effect, TimeSpan> Delay { get; set; } = _ => TimeSpan.FromSeconds(1);

    /// <summary>Answers an effect instead of the world's own way; null leaves it to that.</summary>
    public Func<EffectRequested, EffectResult?> Answer { get; set; } = _ => null;

    /// <summary>What a shell script does; null runs it with the machine's own shell in the step's directory.</summary>
    public Func<RunShell, ShellEnded>? Shell { get; set; }

    /// <summary>Effects that ignore a request to stop.</summary>
    public Func<Effect, bool> IgnoresCancel { get; set; } = _ => false;

    /// <summary>Chooses which of the running effects completes next; null is the one that is due first.</summary>
    public Random? Order { get; set; }

    /// <summary>The directory below which workspaces lie. Only needed where steps touch files.</summary>
    public string Root { get; set; } = "/agent";

    public IReadOnlyDictionary<string, string> AgentEnvironment { get; set; } = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["HOME"] = "/home/agent" };

    /// <summary>Files of the workspaces by path, for the file steps.</summary>
    public Dictionary<string, string> Files { get; } = [];

    public Dictionary<string, int> Stashes { get; } = [];

    /// <summary>The pod that an allocated node is; null for none.</summary>
    public Func<AllocateNode, NodePod?> Pod { get; set; } = _ => null;

    /// <summary>The environments of containers that differ from <see cref="AgentEnvironment"/>.</summary>
    public Dictionary<string, IReadOnlyDictionary<string, string>> ContainerEnvironments { get; } = [];

    /// <summary>Files of the repository that the script came from.</summary>
    public Dictionary<string, string> ScriptFiles { get; } = [];

    public Dictionary<string, string> ContainerLogs { get; } = [];

    /// <summary>Called when the run rests. True: it did something for the run to react to (an interruption), so nothing else happens yet.</summary>
    public Func<bool>? Resting { get; set; }

    /// <summary>The world as it stands after these records: what a restarted server finds.</summary>
    public void Resume(IEnumerable<JournalEntry> records)
    {
        var requests = new Dictionary<long, Effect>();
        foreach (var record in records)
        {
            Now = record.Time;
            switch (record.Event)
            {
                case EffectRequested requested:
                    requests.Add(requested.Effect, requested.Request);
                    break;
                case EffectCompleted { Result: NodeAllocated } completed:
                    HeldNodes.Add(completed.Effect);
                    break;
                case EffectCompleted { Result: LockAcquired { Resources: [var resource, ..] } } completed:
                    _locks.Add(completed.Effect, resource);
                    break;
                case EffectCompleted completed when requests[completed.Effect] is ReleaseNode release:
                    HeldNodes.Remove(release.Allocation);
                    break;
                case EffectCompleted completed when requests[completed.Effect] is ReleaseLock release:
                    _locks.Remove(release.Acquisition);
                    break;
            }
        }
    }

    public Task<EffectResult> PerformAsync(EffectRequested effect, DateTimeOffset requested, bool again, CancellationToken cancellation)
    {
        if (_done.TryGetValue(effect.Effect, out var known))
        {
            return Task.FromResult(known);
        }

        if (_running.ContainsKey(effect.Effect))
        {
            throw new InvalidOperationException($"Effect {effect.Effect} was started twice.");
        }

        if (!again)
        {
            Performed.Add(effect);
        }

        var delay = effect.Request is Wait wait ? wait.Duration : Delay(effect.Request);
        var running = new Running(effect, requested + delay, new TaskCompletionSource<EffectResult>());
        _running.Add(effect.Effect, running);
        cancellation.Register(() =>
        {
            if (!IgnoresCancel(effect.Request))
            {
                running.IsCancelled = true;
                running.Due = Now;
            }
        });
        return running.Result.Task;
    }

    /// <summary>The run rests: let the next thing happen. False where nothing is running that ever could.</summary>
    public bool Advance()
    {
        if (Resting?.Invoke() == true)
        {
            return true;
        }

        var ready = _running.Values.Where(r => !IsBlocked(r)).OrderBy(r => r.Due).ThenBy(r => r.Effect.Effect).ToList();
        if (ready.Count == 0)
        {
            return false;
        }

        var next = Order is null ? ready[0] : ready[Order.Next(ready.Count)];
        _running.Remove(next.Effect.Effect);
        Now = next.Due > Now ? next.Due : Now;
        var result = next.IsCancelled && next.Effect.Request is not (ReleaseNode or ReleaseLock) ? new EffectCancelled() : Answer(next.Effect) ?? Carry(next.Effect);
        _done[next.Effect.Effect] = result;
        next.Result.SetResult(result);
        return true;
    }

    private bool IsBlocked(Running running) => running is { IsCancelled: false, Effect.Request: AcquireLock { SkipIfLocked: false, Resource: { } resource } } && _locks.ContainsValue(resource);

    private EffectResult Carry(EffectRequested requested)
    {
        switch (requested.Request)
        {
            case AllocateNode node:
                HeldNodes.Add(requested.Effect);
                return new NodeAllocated($"agent-{requested.Effect}", node.Label is null ? ["linux"] : [node.Label], 0, Prepare(node.CustomWorkspace ?? "job"), []) { Pod = Pod(node) };
            case ReadContainerLog log:
                return new OperationEnded(new TextRead(ContainerLogs.GetValueOrDefault(log.Container, "")));
            case ReadScriptFile file:
                return ScriptFiles.TryGetValue(file.Path, out var text) ? new OperationEnded(new TextRead(text)) : new EffectFailed($"{file.Path} is not in the repository.", IsInfrastructure: false);
            case ReleaseNode release:
                HeldNodes.Remove(release.Allocation);
                return new EffectDone();
            case OnNode { Operation: UploadFiles { Purpose: UploadPurpose.TestReports } }:
                return new TestsRecorded(1, 3, 0, 0);
            case OnNode on:
                return new OperationEnded(Operate(on.Operation));
            case ReadClock:
                return new ClockRead(Now);
            case DrawRandom random:
                var bytes = new byte[random.Bytes];
                new Random((int)requested.Effect).NextBytes(bytes);
                return new RandomDrawn(bytes);
            case BuildJob build:
                return new JobBuilt(new RunId(7), 7, build.Await ? RunResult.Success : null, build.Job);
            case AcquireLock { Resource: { } resource, SkipIfLocked: var skip }:
                if (_locks.ContainsValue(resource))
                {
                    return skip ? new LockAcquired([]) : throw new InvalidOperationException("A held lock was given away.");
                }

                _locks.Add(requested.Effect, resource);
                return new LockAcquired([resource]);
            case AcquireLock byLabel:
                return new LockAcquired([byLabel.Label + "-1"]);
            case ReleaseLock release:
                _locks.Remove(release.Acquisition);
                return new EffectDone();
            default:
                return new EffectDone();
        }
    }

    private WorkspacePrepared Prepare(string name) => new($"{Root}/workspace/{name}", $"{Root}/workspace/{name}@tmp", true, AgentEnvironment);

    private OperationResult Operate(AgentOperation operation)
    {
        var directory = operation.Surroundings.Directory;
        string At(string path) => path.StartsWith('/') ? path : $"{directory}/{path}";
        switch (operation)
        {
            case RunShell shell:
                return Shell?.Invoke(shell) ?? Execute(shell);
            case PrepareWorkspace prepare:
                return Prepare(prepare.Custom ?? prepare.Job);
            case ReadTextFile read:
                return Files.TryGetValue(At(read.Path), out var text) ? new TextRead(text) : new OperationFailed($"{At(read.Path)}: no such file", false);
            case WriteTextFile write:
                Files[At(write.Path)] = write.Text;
                return new OperationDone();
            case CheckFileExists check:
                return new FileExistence(Files.ContainsKey(At(check.Path)));
            case DeleteDirectory or CleanWorkspace:
                foreach (var file in Files.Keys.Where(f => f.StartsWith(directory + "/", StringComparison.Ordinal)).ToList())
                {
                    Files.Remove(file);
                }

                return new OperationDone();
            case UploadFiles upload:
                Stashes[upload.Name] = Files.Count;
                return new FilesUploaded(Files.Count, Files.Values.Sum(f => f.Length));
            case DownloadFiles download:
                return Stashes.ContainsKey(download.Stash) ? new OperationDone() : new OperationFailed($"No such saved stash ‘{download.Stash}’", false);
            case OpenContainer open:
                return new ContainerOpened(ContainerEnvironments.GetValueOrDefault(open.Container, AgentEnvironment));
            case GitCheckout git:
                return new GitCheckedOut(git.Commit ?? new string('a', 40), "origin/" + git.Refs[0].Split('/')[^1], git.Url, null, "A commit", []);
            default:
                return new OperationDone();
        }
    }

    private static ShellEnded Execute(RunShell shell)
    {
        Directory.CreateDirectory(shell.Surroundings.Directory);
        var start = new ProcessStartInfo("/bin/sh", ["-c", shell.Script])
        {
            WorkingDirectory = shell.Surroundings.Directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in shell.Surroundings.Environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ShellEnded(process.ExitCode, shell.CaptureOutput ? output : null);
    }

    private sealed class WorldClock(FakeWorld world) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => world.Now;
    }

    private sealed class Running(EffectRequested effect, DateTimeOffset due, TaskCompletionSource<EffectResult> result)
    {
        public EffectRequested Effect => effect;

        public DateTimeOffset Due { get; set; } = due;

        public bool IsCancelled { get; set; }

        public TaskCompletionSource<EffectResult> Result => result;
    }
}
