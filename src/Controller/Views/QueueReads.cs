using Slipway.Controller.Capacity;
using Slipway.Controller.Queue;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Store;
using Slipway.Store.Queue;

namespace Slipway.Controller.Views;

internal sealed class QueueReads(IStore store, RunQueue queue, ExecutorAllocator executors) : IQueueReads
{
    public Task<IReadOnlyList<QueueItemView>> ListAsync(CancellationToken cancellation) => Task.FromResult(Waiting());

    public async Task<QueueItemView?> FindAsync(QueueItemId item, CancellationToken cancellation)
    {
        if (NodeRequestIds.IsNodeRequest(item))
        {
            return Waiting().FirstOrDefault(w => w.Id == item);
        }

        return await store.Queue.FindAsync(item, cancellation) is { } record ? View(record, queue.WhyWaiting(item) ?? "") : null;
    }

    public IReadOnlyList<QueueItemView> Waiting() =>
        [.. queue.Waiting.Select(w => View(w.Item, w.Why)).Concat(executors.Waiting.Select(View)).OrderBy(v => v.Since)];

    private static QueueItemView View(QueueItemRecord item, string why) => new(
        item.Id,
        QueueItemKind.Run,
        item.JobPath,
        null,
        why,
        Stuck: false,
        item.IsCancelled,
        item.Since,
        item.Left,
        RunReads.WithoutSecrets(item.Parameters),
        item.Causes,
        item.Run,
        item.Number);

    private static QueueItemView View(WaitingExecutor waiting) => new(
        NodeRequestIds.Of(waiting),
        QueueItemKind.Node,
        waiting.Job,
        waiting.Label,
        waiting.Why,
        waiting.IsStuck,
        Cancelled: false,
        waiting.Since,
        null,
        [],
        [],
        waiting.Run,
        waiting.RunNumber);
}
