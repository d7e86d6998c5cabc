using Microsoft.AspNetCore.Http;
using Slipway.Api.Jobs;
using Slipway.Api.Rendering;
using Slipway.Api.Routing;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Instance;

/// <summary>The server itself: what it is, what it offers, how busy it is.</summary>
internal sealed class InstanceEndpoints(IJobReads jobs, IRunReads runs, INodeReads nodes, IQueueReads queue)
{
    public void Map(ApiRoutes routes)
    {
        routes.Plain("GET", "/api/{**format}", Permission.Read, ReadAsync);
        routes.Plain("GET", "/view/{view}/api/{**format}", Permission.Read, ReadViewAsync);
        routes.Plain("GET", "/overallLoad/api/{**format}", Permission.Read, ReadLoadAsync);
        routes.Plain("GET", "/pluginManager/api/{**format}", Permission.Read, context => RemoteApi.WriteAsync(context, Plugins.Model));
    }

    private JobModels ModelsFor(HttpContext context) => new(Outcomes.RootUrl(context), jobs, runs);

    private Task ReadAsync(HttpContext context)
    {
        var models = ModelsFor(context);
        var all = models.AllView(JobPath.Root);
        return RemoteApi.WriteAsync(context, new ApiObject("hudson.model.Hudson", "hudson",
        [
            new("assignedLabels", new List<object?> { new ApiObject(null, "label", [new("name", "built-in", 2)]) }),
            new("mode", "NORMAL"),
            new("nodeDescription", "the Slipway controller"),
            new("nodeName", ""),
            new("numExecutors", 0),
            new("description", null),
            new("jobs", models.ChildrenOf(JobPath.Root)),
            new("overallLoad", new ApiObject(null, "overallLoad", [])),
            new("primaryView", all),
            new("quietDownReason", null),
            new("quietingDown", false),

            // No TCP port for agents: they connect by WebSocket.
            new("slaveAgentPort", -1),
            new("unlabeledLoad", new ApiObject("jenkins.model.UnlabeledLoadStatistics", "unlabeledLoad", [])),
            new("url", Outcomes.RootUrl(context)),
            new("useCrumbs", true),
            new("useSecurity", !Outcomes.AccessOf(context).IsOpen),
            new("views", new List<object?> { all }),
        ]));
    }

    private Task ReadViewAsync(HttpContext context)
    {
        var view = context.GetRouteValueText("view");
        return string.Equals(view, "all", StringComparison.OrdinalIgnoreCase)
            ? RemoteApi.WriteAsync(context, ModelsFor(context).AllView(JobPath.Root))
            : Outcomes.NotFoundAsync(context, $"There is no view '{view}'. There is one, 'all'.");
    }

    /// <summary>Momentary values, under the names of Jenkins' time series.</summary>
    private async Task ReadLoadAsync(HttpContext context)
    {
        var online = (await nodes.ListAsync(context.RequestAborted)).Where(n => n is { IsOnline: true, IsTakenOffline: false }).ToList();
        var waiting = (await queue.ListAsync(context.RequestAborted)).Count(q => q.Kind == QueueItemKind.Node);
        var (total, busy) = (online.Sum(n => n.Executors), online.Sum(n => n.Busy.Count));
        await RemoteApi.WriteAsync(context, new ApiObject("hudson.model.OverallLoadStatistics", "overallLoadStatistics",
        [
            new("availableExecutors", Series(total - busy)),
            new("busyExecutors", Series(busy)),
            new("connectingExecutors", Series(0)),
            new("definedExecutors", Series(total)),
            new("idleExecutors", Series(total - busy)),
            new("onlineExecutors", Series(total)),
            new("queueLength", Series(waiting)),
            new("totalExecutors", Series(total)),
        ]));
    }

    private static ApiObject Series(int value) => new(null, "series",
        [.. new[] { "hour", "min", "sec10" }.Select(scale => new ApiProperty(scale, new ApiObject(null, scale, [new("latest", (double)value, 3)]), 2))]);
}
