using System.Globalization;
using Microsoft.AspNetCore.Http;
using Slipway.Api.Rendering;
using Slipway.Api.Routing;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Queue;

internal sealed class QueueEndpoints(IQueueReads queue, IRunCommands commands)
{
    public void Map(ApiRoutes routes)
    {
        routes.Plain("GET", "/queue/api/{**format}", Permission.Read, ReadAsync);
        routes.Plain("GET", "/queue/item/{id:long}/api/{**format}", Permission.Read, ReadItemAsync);
        routes.Plain("POST", "/queue/cancelItem", Permission.Build, CancelAsync);
        routes.Plain("POST", "/queue/item/{id:long}/cancelQueue", Permission.Build, CancelItemAsync);
    }

    private async Task ReadAsync(HttpContext context) =>
        await RemoteApi.WriteAsync(context, new QueueModels(Outcomes.RootUrl(context)).Of(await queue.ListAsync(context.RequestAborted)));

    private async Task ReadItemAsync(HttpContext context)
    {
        var id = IdOf(context);
        await (await queue.FindAsync(id, context.RequestAborted) is { } item
            ? RemoteApi.WriteAsync(context, new QueueModels(Outcomes.RootUrl(context)).Of(item))
            : Outcomes.NotFoundAsync(context, $"There is no queue item {id}. Items are kept for ten minutes after they left."));
    }

    private async Task CancelAsync(HttpContext context)
    {
        if (!long.TryParse(await RequestBody.ReadValueAsync(context, "id"), out var id))
        {
            await Outcomes.InvalidAsync(context, "Name the item as id=….");
            return;
        }

        var outcome = await CancelAsync(context, new QueueItemId(id));
        if (!outcome.Succeeded)
        {
            await Outcomes.RefuseAsync(context, outcome, conflict: StatusCodes.Status422UnprocessableEntity);
            return;
        }

        // 204 can carry no length, and python-jenkins takes an answer with neither length nor location for a broken one.
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers.Location = Outcomes.RootUrl(context) + "queue/";
    }

    private async Task CancelItemAsync(HttpContext context) => await Outcomes.RedirectAsync(
        context,
        await CancelAsync(context, IdOf(context)),
        "queue/");

    /// <summary>The item's own job decides who may; what one may not read is not told to be there.</summary>
    private async Task<CommandOutcome> CancelAsync(HttpContext context, QueueItemId id)
    {
        var item = await queue.FindAsync(id, context.RequestAborted);
        return item is not null && !Outcomes.AccessOf(context).May(Permission.Build, item.Job)
            ? new CommandOutcome(CommandStatus.NotFound, $"There is no queue item {id}.")
            : await commands.CancelQueuedAsync(id, Outcomes.CallerOf(context), context.RequestAborted);
    }

    private static QueueItemId IdOf(HttpContext context) => new(long.Parse(context.GetRouteValueText("id"), CultureInfo.InvariantCulture));
}
