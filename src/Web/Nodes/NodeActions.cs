using Slipway.Feeds;
using Slipway.Web.Hosting;

namespace Slipway.Web.Nodes;

internal static class NodeActions
{
    public static async Task<ActionResult> CreateAsync(ActionRequest request, CancellationToken cancellation)
    {
        var name = request.Field("name");
        if (!int.TryParse(request.Field("executors"), out var executors) || executors is < 1 or > 1000)
        {
            return ActionResult.Refuse(CommandStatus.Invalid, $"'{request.Field("executors")}' is not a number of executors. Give one from 1 to 1000.", "computer/new");
        }

        var outcome = await request.Service<INodeCommands>().CreateAsync(
            name,
            request.Field("labels").Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries),
            executors,
            request.Field("exclusive") == "true",
            request.Field("remote"),
            request.Caller,
            cancellation);
        return new ActionResult(outcome, outcome.Succeeded ? Href(name) : "computer/new", $"{name} was created.");
    }

    public static async Task<ActionResult> SetOfflineAsync(ActionRequest request, CancellationToken cancellation)
    {
        var name = request["node"] ?? "";
        var offline = request["offline"] != "false";
        var outcome = await request.Service<INodeCommands>().SetOfflineAsync(name, offline, $"taken offline by {request.Caller.Name}", request.Caller, cancellation);
        return new ActionResult(outcome, Href(name), offline ? $"{name} takes no new work." : $"{name} takes work again.");
    }

    public static async Task<ActionResult> DeleteAsync(ActionRequest request, CancellationToken cancellation)
    {
        var name = request["node"] ?? "";
        var outcome = await request.Service<INodeCommands>().DeleteAsync(name, request.Caller, cancellation);
        return new ActionResult(outcome, outcome.Succeeded ? "computer/" : Href(name), $"{name} was deleted.");
    }

    private static string Href(string name) => $"computer/{Uri.EscapeDataString(name)}/";
}
