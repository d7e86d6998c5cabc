using Slipway.Jenkinsfile.Execution;
using Slipway.Model;
using Slipway.Model.Events;

namespace Slipway.Testing;

/// <summary>Runs a Jenkinsfile in a <see cref="FakeWorld"/>, from the beginning or from a part of its journal.</summary>
public sealed class ScriptRun
{
    private PipelineRun? _run;

    public FakeWorld World { get; init; } = new();

    public required RunProgram Program { get; init; }

    public PipelineRunOptions Options { get; init; } = new();

    public InMemoryRecorder Recorder { get; private set; } = null!;

    public RunFinished? Finished { get; private set; }

    public string Log => Recorder.Log;

    public RunResult Result => Finished!.Result;

    public IEnumerable<RunEvent> Events => Recorder.Events;

    public static RunProgram NewProgram(string script) => new(
        "team/app",
        12,
        script,
        "Jenkinsfile",
        null,
        [],
        [new UserCause("admin", "admin")],
        "http://ci.example/",
        new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        new Dictionary<string, string>(),
        null);

    public static Task<ScriptRun> ExecuteAsync(string script, FakeWorld? world = null) => ExecuteAsync(NewProgram(script), world);

    public static async Task<ScriptRun> ExecuteAsync(RunProgram program, FakeWorld? world = null)
    {
        var run = new ScriptRun { Program = program, World = world ?? new FakeWorld() };
        await run.ExecuteAsync();
        return run;
    }

    public void Interrupt(string cause, RunResult result = RunResult.Aborted) => _run!.Interrupt(new InterruptRequested(result, cause, null));

    /// <summary>The node of that allocation is gone.</summary>
    public void Lose(long allocation, string message = "The pod was deleted.", bool isInfrastructure = true) => _run!.Lose(new AllocationLost(allocation, message, isInfrastructure));

    public Task ExecuteAsync(CancellationToken shutdown = default) => ExecuteAsync(new InMemoryRecorder(() => World.Now), shutdown);

    public async Task ExecuteAsync(InMemoryRecorder recorder, CancellationToken shutdown = default)
    {
        Recorder = recorder;
        _run = new PipelineRun(Program, [.. recorder.Entries], recorder, World, Options with { Time = World.Clock })
        {
            Resting = () =>
            {
                if (!World.Advance())
                {
                    throw new InvalidOperationException($"The run rests and nothing is running that could wake it. The log so far:\n{recorder.Log}");
                }
            },
        };
        Finished = await _run.ExecuteAsync(shutdown);
    }
}
