using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Model.Events;
using Slipway.Testing;

namespace Slipway.Jenkinsfile.Tests.Execution;

/// <summary>Runs a piece of C# as a run's program: the engine alone, without a language.</summary>
internal sealed class CodeRun(Func<StepContext, Task> program)
{
    public FakeWorld World { get; init; } = new();

    public InMemoryRecorder Recorder { get; private set; } = null!;

    public RunFinished? Finished { get; private set; }

    public string Log => Recorder.Log;

    public IEnumerable<RunEvent> Events => Recorder.Events;

    public RunExecution Execution { get; private set; } = null!;

    public static RunProgram Program { get; } = new(
        "team/app", 12, "", "Jenkinsfile", null, [], [], "http://ci.example/", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), new Dictionary<string, string>(), null);

    public static async Task<CodeRun> ExecuteAsync(Func<StepContext, Task> program, FakeWorld? world = null)
    {
        var run = new CodeRun(program) { World = world ?? new FakeWorld() };
        await run.ExecuteAsync();
        return run;
    }

    public Task ExecuteAsync(CancellationToken shutdown = default) => ExecuteAsync(new InMemoryRecorder(() => World.Now), shutdown);

    public async Task ExecuteAsync(InMemoryRecorder recorder, CancellationToken shutdown = default)
    {
        Recorder = recorder;
        Execution = new RunExecution(Program, [.. recorder.Entries], recorder, World, new PipelineRunOptions { Time = World.Clock }, _ => new Runnable(program));
        Execution.Resting = () =>
        {
            if (!World.Advance())
            {
                throw new InvalidOperationException("The run rests and nothing is running that could wake it.");
            }
        };
        Finished = await Execution.ExecuteAsync(shutdown);
    }

    private sealed class Runnable(Func<StepContext, Task> program) : IRunnable
    {
        public Fiber NewFiber() => null!;

        public string? Check() => null;

        public Task RunAsync(StepContext context) => program(context);

        public Task<object?> RunAsync(string path, string text, StepContext context) => throw new NotSupportedException();

        public string Where(StepContext context) => "in the test's program";
    }
}
