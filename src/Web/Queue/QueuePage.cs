using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Hosting;

namespace Slipway.Web.Queue;

/// <param name="Cancellable">The items that this caller may cancel: their own job decides.</param>
public sealed record QueueModel(IReadOnlyList<QueueItemView> Items, IReadOnlySet<QueueItemId> Cancellable, DateTimeOffset Now);

internal static class QueuePage
{
    public static async Task<Page?> ReadAsync(PageRequest request, IServiceProvider services, CancellationToken cancellation)
    {
        var items = await services.GetRequiredService<IQueueReads>().ListAsync(cancellation);
        var model = new QueueModel(
            [.. items.Where(i => request.Access.May(Permission.Read, i.Job))],
            items.Where(i => request.Access.May(Permission.Build, i.Job)).Select(i => i.Id).ToHashSet(),
            services.GetRequiredService<TimeProvider>().GetUtcNow());
        return Page.Of<QueueContent>("Queue", model) with { Section = PageSection.Queue, Watch = "queue" };
    }
}
