using Microsoft.AspNetCore.Http;
using Slipway.Api.Access;
using Slipway.Api.Rendering;
using Slipway.Api.Routing;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Queue;

internal sealed class QueueEndpoints(IQueueReads queue, IRunCommands commands)
{
    public void Map(ApiRoutes routes)
    {
        routes.Plain("GET", "/queue/api/{format}", Permission.Read, ReadAsync);
        routes.Plain("GET", "/queue/item/{id:long}/api/{format}", Permission.Read, ReadItemAsync);
        routes.Plain("POST", "/queue/cancelItem", Permission.Build, CancelAsync);
        routes.Plain("POST", "/queue/item/{id:long}/cancelQueue", Permission.Build, CancelItemAsync);
    }

    private async Task ReadAsync(HttpContext context) =>
        await RemoteApi.WriteAsync(context, context.GetRouteValueText("format"), QueueModels.Queue(await queue.ListAsync(context.RequestAborted), Outcomes.RootUrl(context)));

    private async Task ReadItemAsync(HttpContext context)
    {
        if (await queue.FindAsync(IdOf(context), context.RequestAborted) is { } item)
        {
            await RemoteApi.WriteAsync(context, context.GetRouteValueText("format"), QueueModels.Of(item, Outcomes.RootUrl(context)));
        }
        else
        {
            await Outcomes.NotFoundAsync(context, $"There is no queue item {IdOf(context)}. Items are kept for ten minutes after they left.");
        }
    }

    private async Task CancelAsync(HttpContext context)
    {
        if (!long.TryParse(await Outcomes.ValueAsync(context, "id"), out var id))
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "Name the item as id=….");
            return;
        }

        var outcome = await commands.CancelQueuedAsync(new QueueItemId(id), Outcomes.CallerOf(context), context.RequestAborted);
        if (outcome.Succeeded)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        else
        {
            await Outcomes.RefuseAsync(context, outcome, conflict: StatusCodes.Status422UnprocessableEntity);
        }
    }

    private async Task CancelItemAsync(HttpContext context) => await Outcomes.RedirectAsync(
        context,
        await commands.CancelQueuedAsync(IdOf(context), Outcomes.CallerOf(context), context.RequestAborted),
        "queue/");

    private static QueueItemId IdOf(HttpContext context) => new(long.Parse(context.GetRouteValueText("id")));
}
