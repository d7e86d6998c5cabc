using System.Text.Json;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Slipway.Api.Rendering;
using Slipway.Api.Routing;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Nodes;

/// <summary>Nodes, which Jenkins' API calls computers.</summary>
internal sealed class NodeEndpoints(INodeReads nodes, INodeCommands commands)
{
    public void Map(ApiRoutes routes)
    {
        routes.Plain("GET", "/computer/api/{**format}", Permission.Read, ReadAllAsync);
        routes.Plain("GET", "/computer/{name}/api/{**format}", Permission.Read, ReadAsync);
        routes.Plain("GET", "/label/{name}/api/{**format}", Permission.Read, ReadLabelAsync);
        routes.Plain("POST", "/computer/doCreateItem", Permission.Administer, CreateAsync);
        routes.Plain("POST", "/computer/{name}/doDelete", Permission.Administer, DeleteAsync);
        routes.Plain("POST", "/computer/{name}/toggleOffline", Permission.Administer, ToggleOfflineAsync);
        routes.Plain("POST", "/computer/{name}/changeOfflineCause", Permission.Administer, ChangeCauseAsync);
        routes.Plain("GET", "/computer/{name}/jenkins-agent.jnlp", Permission.Administer, ReadLaunchFileAsync);
        routes.Plain("GET", "/computer/{name}/slave-agent.jnlp", Permission.Administer, ReadLaunchFileAsync);
    }

    private async Task ReadAllAsync(HttpContext context) =>
        await RemoteApi.WriteAsync(context, new NodeModels(Outcomes.RootUrl(context)).Of(await nodes.ListAsync(context.RequestAborted)));

    private async Task ReadAsync(HttpContext context)
    {
        var name = context.GetRouteValueText("name");
        if (NodeModels.IsBuiltIn(name))
        {
            await RemoteApi.WriteAsync(context, NodeModels.BuiltIn());
        }
        else
        {
            await (await nodes.FindAsync(name, context.RequestAborted) is { } node ? RemoteApi.WriteAsync(context, new NodeModels(Outcomes.RootUrl(context)).Of(node)) : MissingAsync(context, name));
        }
    }

    private async Task ReadLabelAsync(HttpContext context)
    {
        var name = context.GetRouteValueText("name");
        await RemoteApi.WriteAsync(context, NodeModels.LabelOf(name, [.. (await nodes.ListAsync(context.RequestAborted)).Where(n => n.Labels.Contains(name) || n.Name == name)]));
    }

    private async Task CreateAsync(HttpContext context)
    {
        var name = await RequestBody.ReadValueAsync(context, "name") ?? "";
        if (await RequestBody.ReadValueAsync(context, "json") is not { Length: > 0 } json)
        {
            await Outcomes.InvalidAsync(context, "The form field json, which describes the node, is missing.");
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                await Outcomes.InvalidAsync(context, "The form field json must hold an object: {\"numExecutors\": …, \"labelString\": …}.");
                return;
            }

            var labels = LabelExpression.SplitLabels(Text(root, "labelString"));
            var executors = int.TryParse(Text(root, "numExecutors"), out var number) ? number : 1;
            var outcome = await commands.CreateAsync(name, labels, executors, Text(root, "mode") == "EXCLUSIVE", Text(root, "remoteFS") ?? "", Outcomes.CallerOf(context), context.RequestAborted);
            await (outcome.Succeeded ? Outcomes.RedirectAsync(context, "computer/") : Outcomes.RefuseAsync(context, outcome, conflict: StatusCodes.Status400BadRequest));
        }
        catch (JsonException fault)
        {
            await Outcomes.InvalidAsync(context, $"The form field json cannot be read: {fault.Message}");
        }
    }

    private async Task DeleteAsync(HttpContext context) => await Outcomes.RedirectAsync(
        context,
        await commands.DeleteAsync(context.GetRouteValueText("name"), Outcomes.CallerOf(context), context.RequestAborted),
        "computer/");

    private async Task ToggleOfflineAsync(HttpContext context)
    {
        var name = context.GetRouteValueText("name");
        if (await nodes.FindAsync(name, context.RequestAborted) is not { } node)
        {
            await MissingAsync(context, name);
            return;
        }

        var reason = await RequestBody.ReadValueAsync(context, "offlineMessage");
        await Outcomes.RedirectAsync(
            context,
            await commands.SetOfflineAsync(name, !node.IsTakenOffline, reason, Outcomes.CallerOf(context), context.RequestAborted),
            $"computer/{Uri.EscapeDataString(name)}/");
    }

    private async Task ChangeCauseAsync(HttpContext context)
    {
        var name = context.GetRouteValueText("name");
        var reason = await RequestBody.ReadValueAsync(context, "offlineMessage");
        if (reason is null && await RequestBody.ReadValueAsync(context, "json") is { Length: > 0 } json)
        {
            reason = ReadReason(json);
        }

        await Outcomes.RedirectAsync(
            context,
            await commands.SetOfflineAsync(name, true, reason, Outcomes.CallerOf(context), context.RequestAborted),
            $"computer/{Uri.EscapeDataString(name)}/");
    }

    /// <summary>What an inbound agent is started with: its secret and its name, in the form that launchers have always read.</summary>
    private async Task ReadLaunchFileAsync(HttpContext context)
    {
        var name = context.GetRouteValueText("name");
        var secret = await commands.ReadSecretAsync(name, Outcomes.CallerOf(context), context.RequestAborted);
        if (!secret.Succeeded)
        {
            await Outcomes.RefuseAsync(context, secret);
            return;
        }

        var arguments = new[] { secret.Value!, name, "-webSocket", "-url", nodes.AgentUrl?.AbsoluteUri ?? Outcomes.RootUrl(context) };
        var file = new XElement("jnlp", new XElement("application-desc", new XAttribute("main-class", "hudson.remoting.jnlp.Main"), arguments.Select(a => new XElement("argument", a))));
        context.Response.ContentType = "application/x-java-jnlp-file";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(file.ToString(SaveOptions.DisableFormatting), context.RequestAborted);
    }

    private static string? ReadReason(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Text(document.RootElement, "offlineMessage");
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText() : null;

    private static Task MissingAsync(HttpContext context, string name) => Outcomes.NotFoundAsync(context, $"There is no node '{name}'.");
}
