using System.Runtime.CompilerServices;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Web.Testing;

public sealed class FakeJob(JobId id, JobPath path, JobKind kind)
{
    public JobId Id => id;

    public JobPath Path => path;

    public JobKind Kind => kind;

    public string? DisplayName { get; set; }

    public string? Description { get; set; }

    public bool IsEnabled { get; set; } = true;

    public bool AllowsConcurrent { get; set; } = true;

    public string Source { get; set; } = "inline";

    public string Config { get; set; } = "<flow-definition/>";

    public List<ParameterDefinition> Parameters { get; } = [];

    public List<FakeRun> Runs { get; } = [];
}

/// <summary>The whole server as the pages see it, in memory: reads, commands and changes. Tests and the development host drive it.</summary>
public sealed partial class FakeFeeds : IJobReads, IRunReads, IQueueReads, INodeReads
{
    /// <summary>What the page of clouds shows; tests change it.</summary>
    public FakeClouds Clouds { get; } = new();

    private long _ids = 100;

    public FakeChangeFeed Changes { get; } = new();

    /// <summary>The clock of everything here; tests set it.</summary>
    public Func<DateTimeOffset> Clock { get; set; } = () => DateTimeOffset.UtcNow;

    public DateTimeOffset Now => Clock();

    public List<FakeJob> Jobs { get; } = [];

    public List<QueueItemView> Queue { get; } = [];

    public List<NodeView> Nodes { get; } = [];

    public FakeJob AddJob(string path, JobKind kind = JobKind.Pipeline)
    {
        var job = new FakeJob(new JobId(++_ids), JobPath.Parse(path), kind);
        lock (Jobs)
        {
            Jobs.Add(job);
        }

        Changes.Publish(new Change.OfJob(job.Path));
        return job;
    }

    public FakeRun AddRun(FakeJob job, DateTimeOffset? queued = null)
    {
        lock (Jobs)
        {
            var run = new FakeRun(this, new RunId(++_ids), job, job.Runs.Count == 0 ? 1 : job.Runs[^1].Number + 1, queued ?? Now);
            job.Runs.Add(run);
            return run;
        }
    }

    public long NextId() => ++_ids;

    public FakeJob? Find(JobPath path)
    {
        lock (Jobs)
        {
            return Jobs.FirstOrDefault(j => j.Path == path);
        }
    }

    public FakeRun? Find(RunId id)
    {
        lock (Jobs)
        {
            return Jobs.SelectMany(j => j.Runs).FirstOrDefault(r => r.Id == id);
        }
    }

    Task<IReadOnlyList<JobView>> IJobReads.ListAsync(JobPath folder, CancellationToken cancellation)
    {
        lock (Jobs)
        {
            return Task.FromResult<IReadOnlyList<JobView>>([.. Jobs.Where(j => j.Path.Parent == folder && !j.Path.IsRoot).Select(ViewOf)]);
        }
    }

    Task<JobView?> IJobReads.FindAsync(JobPath job, CancellationToken cancellation) => Task.FromResult(Find(job) is { } found ? ViewOf(found) : null);

    public Task<JobDetailView?> FindDetailAsync(JobPath job, CancellationToken cancellation) =>
        Task.FromResult(Find(job) is { } found
            ? new JobDetailView(ViewOf(found), [.. found.Parameters], found.Source, found.AllowsConcurrent, [.. QueueOf(job)])
            : null);

    public Task<string?> ReadConfigAsync(JobPath job, CancellationToken cancellation) => Task.FromResult(Find(job)?.Config);

    public Task<IReadOnlyList<TrendPoint>> ReadTrendAsync(JobPath job, int count, CancellationToken cancellation)
    {
        lock (Jobs)
        {
            return Task.FromResult<IReadOnlyList<TrendPoint>>(
                [.. (Find(job)?.Runs ?? []).Where(r => r.Ended is not null).Select(r => new TrendPoint(r.Number, r.Result, r.Ended!.Value - r.Started, r.View().Tests)).TakeLast(count)]);
        }
    }

    Task<IReadOnlyList<RunView>> IRunReads.ListAsync(JobPath job, int? before, int count, CancellationToken cancellation)
    {
        lock (Jobs)
        {
            return Task.FromResult<IReadOnlyList<RunView>>(
                [.. (Find(job)?.Runs ?? []).Where(r => before is null || r.Number < before).OrderByDescending(r => r.Number).Take(count).Select(r => r.View())]);
        }
    }

    public Task<IReadOnlyList<RunView>> ListRecentAsync(int count, CancellationToken cancellation)
    {
        lock (Jobs)
        {
            return Task.FromResult<IReadOnlyList<RunView>>([.. Jobs.SelectMany(j => j.Runs).OrderByDescending(r => r.Started).Take(count).Select(r => r.View())]);
        }
    }

    public Task<RunDetailView?> FindAsync(JobPath job, RunReference run, CancellationToken cancellation)
    {
        lock (Jobs)
        {
            var runs = Find(job)?.Runs ?? [];
            var found = run.Number is { } number
                ? runs.FirstOrDefault(r => r.Number == number)
                : runs.LastOrDefault(r => run.Permalink switch
                {
                    RunPermalink.LastBuild => true,
                    RunPermalink.LastSuccessfulBuild => r.Result is RunResult.Success or RunResult.Unstable,
                    RunPermalink.LastFailedBuild => r.Result == RunResult.Failure,
                    _ => r.State == RunState.Finished,
                });
            return Task.FromResult(found?.Detail());
        }
    }

    public Task<RunDetailView?> FindAsync(RunId run, CancellationToken cancellation) => Task.FromResult(Find(run)?.Detail());

    public Task<LogSlice> ReadLogAsync(RunId run, int? node, long offset, int count, CancellationToken cancellation) => Task.FromResult(Of(run).ReadBytes(node, offset, count));

    public Task<LogLines> ReadLogLinesAsync(RunId run, int? node, long firstLine, int count, CancellationToken cancellation) => Task.FromResult(Of(run).ReadLines(node, firstLine, count));

    public async IAsyncEnumerable<LogMatch> SearchLogAsync(RunId run, int? node, string text, int limit, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.Yield();
        foreach (var match in Of(run).Search(node, text).Take(limit))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return match;
        }
    }

    public Task<bool> WaitForLogAsync(RunId run, long offset, CancellationToken cancellation) => Of(run).WaitForLogAsync(offset, cancellation);

    public Task<IReadOnlyList<TestSuiteView>> ReadTestsAsync(RunId run, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<TestSuiteView>>([.. Of(run).Tests]);

    public Task<Stream?> OpenArtifactAsync(RunId run, string path, CancellationToken cancellation) => Task.FromResult<Stream?>(null);

    Task<IReadOnlyList<QueueItemView>> IQueueReads.ListAsync(CancellationToken cancellation)
    {
        lock (Queue)
        {
            return Task.FromResult<IReadOnlyList<QueueItemView>>([.. Queue]);
        }
    }

    public Task<QueueItemView?> FindAsync(QueueItemId item, CancellationToken cancellation)
    {
        lock (Queue)
        {
            return Task.FromResult(Queue.FirstOrDefault(q => q.Id == item));
        }
    }

    Task<IReadOnlyList<NodeView>> INodeReads.ListAsync(CancellationToken cancellation)
    {
        lock (Nodes)
        {
            return Task.FromResult<IReadOnlyList<NodeView>>([.. Nodes]);
        }
    }

    Task<NodeView?> INodeReads.FindAsync(string name, CancellationToken cancellation)
    {
        lock (Nodes)
        {
            return Task.FromResult(Nodes.FirstOrDefault(n => n.Name == name));
        }
    }

    private FakeRun Of(RunId id) => Find(id) ?? throw new InvalidOperationException($"There is no run {id}.");

    private List<QueueItemView> QueueOf(JobPath job)
    {
        lock (Queue)
        {
            return [.. Queue.Where(q => q.Job == job)];
        }
    }

    private JobView ViewOf(FakeJob job) => new(
        job.Id,
        job.Path,
        job.Kind,
        job.DisplayName,
        job.Description,
        job.IsEnabled,
        QueueOf(job.Path).Any(q => q.Kind == QueueItemKind.Run),
        job.Runs.Count + 1,
        job.Runs.LastOrDefault()?.View(),
        job.Runs.LastOrDefault(r => r.State == RunState.Finished)?.View(),
        job.Runs.LastOrDefault(r => r.Result == RunResult.Success)?.View(),
        job.Runs.LastOrDefault(r => r.Result == RunResult.Failure)?.View());
}
