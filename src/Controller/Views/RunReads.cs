using System.Runtime.CompilerServices;
using Slipway.Controller.Capacity;
using Slipway.Controller.Locks;
using Slipway.Controller.Runs;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Store;
using Slipway.Store.Logs;
using Slipway.Store.Runs;

namespace Slipway.Controller.Views;

/// <summary>Runs as UI, API and CLI see them: rows and files of the store, with what only the running server knows (why something waits).</summary>
internal sealed class RunReads(IStore store, RunSupervisor runs, ExecutorAllocator executors, LockManager locks) : IRunReads
{
    private const int CulpritRuns = 100;

    private readonly NodeStarts _nodeStarts = new(store);

    public async Task<IReadOnlyList<RunView>> ListAsync(JobPath job, int? before, int count, CancellationToken cancellation)
    {
        if (await store.Jobs.FindAsync(job, cancellation) is not { } record)
        {
            return [];
        }

        var estimate = await store.Runs.EstimateDurationAsync(record.Id, cancellation);
        return [.. (await store.Runs.ListAsync(record.Id, before, count, cancellation)).Select(r => View(r, estimate))];
    }

    public async Task<IReadOnlyList<RunView>> ListRecentAsync(int count, CancellationToken cancellation) =>
        [.. (await store.Runs.ListRecentAsync(null, count, cancellation)).Select(r => View(r, null))];

    public async Task<RunDetailView?> FindAsync(JobPath job, RunReference run, CancellationToken cancellation) =>
        await FindRecordAsync(job, run, cancellation) is { } found ? await DetailAsync(found, cancellation) : null;

    public async Task<RunDetailView?> FindAsync(RunId run, CancellationToken cancellation) =>
        await store.Runs.FindAsync(run, cancellation) is { } found ? await DetailAsync(found, cancellation) : null;

    public async Task<RunView?> FindRowAsync(JobPath job, RunReference run, CancellationToken cancellation) =>
        await FindRecordAsync(job, run, cancellation) is { } found ? View(found, await store.Runs.EstimateDurationAsync(found.Job, cancellation)) : null;

    public async Task<RunView?> FindOldestAsync(JobPath job, CancellationToken cancellation) =>
        await store.Jobs.FindAsync(job, cancellation) is { } record && await store.Runs.FindOldestAsync(record.Id, cancellation) is { } oldest ? View(oldest, null) : null;

    public async Task<IReadOnlyList<RunSummaryView>> SummarizeAsync(IReadOnlyList<RunId> runs, CancellationToken cancellation) =>
        [.. (await store.Runs.SummarizeAsync(runs, cancellation)).Select(s => new RunSummaryView(
            s.Run.Id, s.Run.Causes, ScmOf(s.Run), [.. s.Stages.Select(n => ViewOf(n, null, 0))]))];

    public async Task<long> MeasureLogAsync(RunId run, CancellationToken cancellation) => (await store.Logs.MeasureAsync(run, LogScope.Whole, cancellation)).Bytes;

    public async Task<LogSlice> ReadLogAsync(RunId run, int? node, long offset, int count, CancellationToken cancellation)
    {
        var scope = ScopeOf(node);
        var extent = await store.Logs.MeasureAsync(run, scope, cancellation);
        if (offset > extent.Bytes)
        {
            offset = 0;
        }

        return await store.Logs.ReadAsync(run, scope, offset, count, cancellation);
    }

    public Task<LogLines> ReadLogLinesAsync(RunId run, int? node, long firstLine, int count, CancellationToken cancellation) =>
        store.Logs.ReadLinesAsync(run, ScopeOf(node), firstLine, count, cancellation);

    public async IAsyncEnumerable<LogMatch> SearchLogAsync(RunId run, int? node, string text, int limit, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var found = 0;
        await foreach (var match in store.Logs.SearchAsync(run, ScopeOf(node), text, 0, cancellation))
        {
            yield return match;
            if (++found >= limit)
            {
                yield break;
            }
        }
    }

    public async Task<bool> WaitForLogAsync(RunId run, long offset, CancellationToken cancellation) => !(await store.Logs.WaitAsync(run, offset, cancellation)).IsComplete;

    public Task<IReadOnlyList<NodeStartView>> ReadNodeStartsAsync(RunId run, CancellationToken cancellation) => _nodeStarts.ReadAsync(run, cancellation);

    public async Task<IReadOnlyList<TestSuiteView>> ReadTestsAsync(RunId run, CancellationToken cancellation) =>
        [.. (await store.Tests.ReadAsync(run, cancellation)).Select(s =>
            new TestSuiteView(s.Name, s.Duration, [.. s.Cases.Select(c => new TestCaseView(c.ClassName, c.Name, c.Status, c.Duration, c.Message, c.Stack, c.Output))]))];

    public async Task<IReadOnlyList<string>> ReadCulpritsAsync(RunId run, CancellationToken cancellation)
    {
        if (await store.Runs.FindAsync(run, cancellation) is not { } record)
        {
            return [];
        }

        var failed = (await store.Runs.ListAsync(record.Job, record.Number, CulpritRuns, cancellation)).Where(r => r.IsFinished).TakeWhile(r => r.Result != RunResult.Success);
        var culprits = new List<string>();
        foreach (var suspect in failed.Prepend(record))
        {
            culprits.AddRange((await store.Runs.ReadChangesAsync(suspect.Id, cancellation)).SelectMany(s => s.Changes).Select(c => c.Author));
        }

        return [.. culprits.Distinct()];
    }

    public Task<Stream?> OpenArtifactAsync(RunId run, string path, CancellationToken cancellation) => store.Artifacts.OpenAsync(run, path, cancellation);

    internal RunView View(RunRecord run, TimeSpan? estimate) => new(
        run.Id,
        run.Job,
        run.JobPath,
        run.Number,
        run.State,
        run.Result,
        run.ShownName,
        run.Description,
        run.Queued,
        run.Started,
        run.Ended,
        estimate,
        run.IsKeptForever,
        run.IsFinished ? null : WhyWaiting(run.Id),
        run.Tests);

    private async Task<RunRecord?> FindRecordAsync(JobPath job, RunReference run, CancellationToken cancellation)
    {
        if (await store.Jobs.FindAsync(job, cancellation) is not { } record)
        {
            return null;
        }

        return run.Permalink is { } permalink
            ? await store.Runs.FindAsync(record.Id, permalink, cancellation)
            : await store.Runs.FindAsync(record.Id, run.Number ?? 0, cancellation);
    }

    private string? WhyWaiting(RunId run) =>
        runs.WhySuspended(run) ?? locks.WhyWaiting(run) ?? executors.Waiting.FirstOrDefault(w => w.Run == run)?.Why ?? runs.Find(run)?.Performer.TransferWaits.Select(w => w.Why).FirstOrDefault();

    private async Task<RunDetailView> DetailAsync(RunRecord run, CancellationToken cancellation)
    {
        var estimate = await store.Runs.EstimateDurationAsync(run.Job, cancellation);
        var sizes = await store.Logs.MeasureNodesAsync(run.Id, cancellation);
        var waiting = run.IsFinished ? [] : executors.Waiting.Where(w => w.Run == run.Id).ToList();
        var live = runs.Find(run.Id);
        var whys = waiting.Select(w => (Node: live?.Performer.FlowNodeOf(w.Effect), w.Why)).Concat((live?.Performer.TransferWaits ?? []).Select(w => (Node: w.FlowNode, w.Why))).Where(w => w.Node is not null).ToLookup(w => w.Node!.Value, w => w.Why);
        var nodes = (await store.Runs.ReadFlowNodesAsync(run.Id, cancellation)).Select(n => ViewOf(n, whys[n.Id].FirstOrDefault(), sizes.GetValueOrDefault(n.Id))).ToList();
        var artifacts = (await store.Artifacts.ListAsync(run.Id, cancellation)).Select(a => new ArtifactView(a.Path, a.Size)).ToList();
        var extent = await store.Logs.MeasureAsync(run.Id, LogScope.Whole, cancellation);
        return new RunDetailView(
            View(run, estimate),
            run.Causes,
            WithoutSecrets(run.Parameters),
            nodes,
            artifacts,
            run.Error,
            run.ErrorIsInfrastructure,
            extent.Bytes,
            run.QueueItem,
            ScmOf(run),
            run.Nodes)
        {
            Changes = [.. (await store.Runs.ReadChangesAsync(run.Id, cancellation)).Select(c => new ChangeSetView(c.Url, c.Branch, c.Revision, c.Changes))],
        };
    }

    private static FlowNodeView ViewOf(FlowNodeRecord node, string? waiting, long logSize) => new(
        node.Id, node.Parent, node.Kind, node.Function, node.Name, node.Detail, node.Started, node.Ended, node.Status, node.Reason, waiting, logSize);

    private static ScmView? ScmOf(RunRecord run) => run.Scm is { } scm ? new ScmView(scm.Url, scm.Commit, scm.Branch) : null;

    private static LogScope ScopeOf(int? node) => node is { } one ? LogScope.Of(one) : LogScope.Whole;

    /// <summary>Parameters as readers see them.</summary>
    internal static IReadOnlyList<ParameterValue> WithoutSecrets(IReadOnlyList<ParameterValue> parameters) =>
        [.. parameters.Select(p => p.Type == ParameterType.Password ? p with { Value = "****" } : p)];
}
