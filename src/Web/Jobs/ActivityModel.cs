using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Web.Jobs;

/// <summary>What goes on right now, for the side of the listing: who waits, who works, what ended last.</summary>
public sealed record ActivityModel(
    IReadOnlyList<QueueItemView> Queue,
    int QueueLength,
    IReadOnlyList<NodeView> Nodes,
    int Executors,
    int BusyExecutors,
    IReadOnlyList<RunView> Running,
    IReadOnlyList<RunView> Recent)
{
    private const int MostQueued = 5;
    private const int MostRuns = 6;

    public static async Task<ActivityModel> ReadAsync(IRequestAccess access, IServiceProvider services, DateTimeOffset now, CancellationToken cancellation)
    {
        var queue = (await services.GetRequiredService<IQueueReads>().ListAsync(cancellation)).Where(q => access.May(Permission.Read, q.Job)).ToList();
        var nodes = await services.GetRequiredService<INodeReads>().ListAsync(cancellation);
        var runs = (await services.GetRequiredService<IRunReads>().ListRecentAsync(40, cancellation)).Where(r => access.May(Permission.Read, r.JobPath)).ToList();
        return new ActivityModel(
            [.. queue.Take(MostQueued)],
            queue.Count,
            nodes,
            nodes.Where(n => n.IsOnline).Sum(n => n.Executors),
            nodes.Sum(n => n.Busy.Count),
            [.. runs.Where(r => r.State == RunState.Running).Take(MostRuns)],
            [.. runs.Where(r => r.State == RunState.Finished).OrderByDescending(r => r.Ended).Take(MostRuns)]);
    }
}
