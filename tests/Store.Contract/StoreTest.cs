using Slipway.Model;
using Slipway.Model.Events;
using Slipway.Store.Jobs;
using Slipway.Store.Queue;
using Slipway.Store.Runs;

namespace Slipway.Store.Contract;

/// <summary>How the store that is tested is opened.</summary>
public interface IStoreUnderTest
{
    Task<IStore> OpenAsync(StoreOptions options, TimeProvider time);
}

/// <summary>A test with a store of its own, in a directory of its own. What the tests say must hold for every store.</summary>
public abstract class StoreTest : IAsyncLifetime
{
    private IStore? _store;

    protected abstract IStoreUnderTest UnderTest { get; }

    protected ManualTime Time { get; } = new();

    protected string Directory { get; } = Path.Combine(Path.GetTempPath(), "slipway-store-" + Guid.NewGuid().ToString("n"));

    protected IStore Store => _store ?? throw new InvalidOperationException("The store is closed.");

    protected virtual StoreOptions Options => new(Directory);

    public virtual async ValueTask InitializeAsync() => _store = await UnderTest.OpenAsync(Options, Time);

    protected async Task CloseAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
            _store = null;
        }
    }

    protected async Task ReopenAsync()
    {
        await CloseAsync();
        _store = await UnderTest.OpenAsync(Options, Time);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await CloseAsync();
        if (System.IO.Directory.Exists(Directory))
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }

        GC.SuppressFinalize(this);
    }

    protected async Task<JobRecord> MakeJobAsync(string path = "app") => await Make.JobAsync(Store, path);

    protected async Task<RunRecord> MakeRunAsync(JobRecord? job = null) => await Make.RunAsync(Store, job ?? await Store.Jobs.FindAsync(JobPath.Parse("app")) ?? await MakeJobAsync(), Time);

    /// <summary>A run that has ended like this.</summary>
    protected async Task<RunRecord> MakeFinishedAsync(JobRecord job, RunResult result)
    {
        var run = await MakeRunAsync(job);
        await Store.Journal.AppendAsync(run.Id, [Make.Started(run), new RunFinished(result, null)]);
        return (await Store.Runs.FindAsync(run.Id))!;
    }
}

/// <summary>A clock that stands until a test moves it.</summary>
public sealed class ManualTime : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;

    public void Advance(TimeSpan by) => Now += by;
}

/// <summary>Things to store.</summary>
public static class Make
{
    public static JobDefinition Pipeline { get; } = new(ItemKind.Pipeline, null, null, true, new InlineScript("echo 'hello'"), [], false, false, null, null);

    public static JobDefinition Folder { get; } = new(ItemKind.Folder, null, null, true, null, [], false, false, null, null);

    public static async Task<JobRecord> JobAsync(IStore store, string path) =>
        (await store.Jobs.CreateAsync(JobPath.Parse(path), "<flow-definition/>", Pipeline)).Job ?? throw new InvalidOperationException($"'{path}' could not be made.");

    public static QueueRequest Request(JobRecord job, TimeProvider time, params IReadOnlyList<ParameterValue> parameters) =>
        new(job.Id, parameters, [new UserCause("ada", "Ada")], time.GetUtcNow(), AtOnce: false);

    public static async Task<RunRecord> RunAsync(IStore store, JobRecord job, TimeProvider time)
    {
        var admission = await store.Queue.EnqueueAsync(Request(job, time));
        return await store.Queue.StartAsync(admission.Item!.Id) ?? throw new InvalidOperationException("The item does not wait.");
    }

    public static RunStarted Started(RunRecord run) => new(new RunProgram(
        run.JobPath.Value, run.Number, "echo 'hello'", "Jenkinsfile", null, run.Parameters, run.Causes, "http://localhost/", run.Started, new Dictionary<string, string>(), null));

    public static RunAnnotated Note(string text) => new(null, null, text);
}
