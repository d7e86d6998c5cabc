using System.Text.Json;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Slipway.Api.Access;
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
        routes.Plain("GET", "/computer/api/{format}", Permission.Read, ReadAllAsync);
        routes.Plain("GET", "/computer/{name}/api/{format}", Permission.Read, ReadAsync);
        routes.Plain("GET", "/label/{name}/api/{format}", Permission.Read, ReadLabelAsync);
        routes.Plain("POST", "/computer/doCreateItem", Permission.Administer, CreateAsync);
        routes.Plain("POST", "/computer/{name}/doDelete", Permission.Administer, DeleteAsync);
        routes.Plain("POST", "/computer/{name}/toggleOffline", Permission.Administer, ToggleOfflineAsync);
        routes.Plain("POST", "/computer/{name}/changeOfflineCause", Permission.Administer, ChangeCauseAsync);
        routes.Plain("GET", "/computer/{name}/jenkins-agent.jnlp", Permission.Administer, ReadLaunchFileAsync);
        routes.Plain("GET", "/computer/{name}/slave-agent.jnlp", Permission.Administer, ReadLaunchFileAsync);
    }

    private async Task ReadAllAsync(HttpContext context)
    {
        var all = await nodes.ListAsync(context.RequestAborted);
        var computers = new List<object?> { BuiltIn() };
        computers.AddRange(all.Select(n => (object?)Computer(n)));
        await RemoteApi.WriteAsync(context, context.GetRouteValueText("format"), new ApiObject("hudson.model.ComputerSet", "computerSet",
        [
            new("busyExecutors", all.Sum(n => n.Busy.Count)),
            new("computer", computers),
            new("displayName", "Nodes"),
            new("totalExecutors", all.Where(n => n.IsOnline).Sum(n => n.Executors)),
        ]));
    }

    private async Task ReadAsync(HttpContext context)
    {
        var name = context.GetRouteValueText("name");
        var computer = name is "(built-in)" or "(master)" ? BuiltIn() : await nodes.FindAsync(name, context.RequestAborted) is { } node ? Computer(node) : null;
        await (computer is null ? MissingAsync(context, name) : RemoteApi.WriteAsync(context, context.GetRouteValueText("format"), computer));
    }

    private async Task ReadLabelAsync(HttpContext context)
    {
        var name = context.GetRouteValueText("name");
        var carrying = (await nodes.ListAsync(context.RequestAborted)).Where(n => n.Labels.Contains(name) || n.Name == name).ToList();
        await RemoteApi.WriteAsync(context, context.GetRouteValueText("format"), new ApiObject("hudson.model.labels.LabelAtom", "labelAtom",
        [
            new("busyExecutors", carrying.Sum(n => n.Busy.Count)),
            new("description", null),
            new("idleExecutors", carrying.Where(n => n.IsOnline).Sum(n => n.Executors - n.Busy.Count)),
            new("name", name, 2),
            new("nodes", carrying.Select(n => (object?)new ApiObject("hudson.slaves.DumbSlave", "node", [new("nodeName", n.Name, 2)])).ToList()),
            new("offline", carrying.All(n => !n.IsOnline)),
            new("totalExecutors", carrying.Where(n => n.IsOnline).Sum(n => n.Executors)),
        ]));
    }

    private async Task CreateAsync(HttpContext context)
    {
        var name = await Outcomes.ValueAsync(context, "name") ?? "";
        if (await Outcomes.ValueAsync(context, "json") is not { Length: > 0 } json)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "The form field json, which describes the node, is missing.");
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var labels = LabelExpression.SplitLabels(Text(root, "labelString"));
            var executors = int.TryParse(Text(root, "numExecutors"), out var number) ? number : 1;
            var outcome = await commands.CreateAsync(name, labels, executors, Text(root, "mode") == "EXCLUSIVE", Text(root, "remoteFS") ?? "", Outcomes.CallerOf(context), context.RequestAborted);
            await (outcome.Succeeded ? Outcomes.RedirectAsync(context, "computer/") : Outcomes.RefuseAsync(context, outcome, conflict: StatusCodes.Status400BadRequest));
        }
        catch (JsonException fault)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, $"The form field json cannot be read: {fault.Message}");
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

        var reason = await Outcomes.ValueAsync(context, "offlineMessage");
        await Outcomes.RedirectAsync(
            context,
            await commands.SetOfflineAsync(name, !node.IsTakenOffline, reason, Outcomes.CallerOf(context), context.RequestAborted),
            $"computer/{Uri.EscapeDataString(name)}/");
    }

    private async Task ChangeCauseAsync(HttpContext context)
    {
        var name = context.GetRouteValueText("name");
        var reason = await Outcomes.ValueAsync(context, "offlineMessage");
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

        var arguments = new[] { secret.Value!, name, "-webSocket", "-url", Outcomes.RootUrl(context) };
        var file = new XElement("jnlp", new XElement("application-desc", new XAttribute("main-class", "hudson.remoting.jnlp.Main"), arguments.Select(a => new XElement("argument", a))));
        context.Response.ContentType = "application/x-java-jnlp-file";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(file.ToString(SaveOptions.DisableFormatting), context.RequestAborted);
    }

    private static ApiObject BuiltIn() => new("hudson.model.Hudson$MasterComputer", "masterComputer",
    [
        new("displayName", "Built-In Node", 2),
        new("executors", new List<object?>()),
        new("idle", true, 2),
        new("numExecutors", 0, 2),
        new("offline", false, 2),
        new("offlineCauseReason", "", 2),
        new("temporarilyOffline", false, 2),
        new("assignedLabels", new List<object?>(), 2),
    ]);

    private static ApiObject Computer(NodeView node) => new("hudson.slaves.SlaveComputer", "slaveComputer",
    [
        new("assignedLabels", node.Labels.Append(node.Name).Select(l => (object?)new ApiObject("hudson.model.labels.LabelAtom", "label", [new("name", l, 3)])).ToList(), 2),
        new("description", node.Kind == NodeKind.OnDemand ? $"on demand, of cloud {node.Cloud}" : "", 2),
        new("displayName", node.Name, 2),
        new("executors", Enumerable.Range(0, node.Executors).Select(i => (object?)Executor(i, node)).ToList(), 2),
        new("icon", node.IsOnline ? "symbol-computer" : "symbol-computer-offline", 2),
        new("idle", node.Busy.Count == 0, 2),
        new("jnlpAgent", true, 2),
        new("launchSupported", false, 2),
        new("manualLaunchAllowed", true, 2),
        new("numExecutors", node.Executors, 2),
        new("offline", !node.IsOnline || node.IsTakenOffline, 2),
        new("offlineCauseReason", node.OfflineReason ?? "", 2),
        new("temporarilyOffline", node.IsTakenOffline, 2),
    ]);

    private static ApiObject Executor(int number, NodeView node)
    {
        var busy = node.Busy.FirstOrDefault(b => b.Number == number);
        return new ApiObject("hudson.model.Executor", "executor",
        [
            new("currentExecutable", busy is null ? null : new ApiObject(Runs.RunModels.Class, "run", [new("number", busy.RunNumber, 3), new("url", $"{busy.Job.ToUrlPath()}{busy.RunNumber}/", 3)]), 3),
            new("idle", busy is null, 3),
            new("number", number, 3),
        ]);
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText() : null;

    private static Task MissingAsync(HttpContext context, string name) => Outcomes.NotFoundAsync(context, $"There is no node '{name}'.");
}
