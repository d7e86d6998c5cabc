using Slipway.Api.Rendering;
using Slipway.Api.Runs;
using Slipway.Feeds;

namespace Slipway.Api.Nodes;

/// <summary>Nodes as Jenkins describes them. One for a request: links begin with the root that it was sent to.</summary>
internal sealed class NodeModels(string root)
{
    public const string BuiltInName = "Built-In Node";

    /// <summary>The names that Jenkins gives, or gave, to the controller's own node: clients look for it, and there is nothing to run on it.</summary>
    public static bool IsBuiltIn(string name) => name is "(built-in)" or "(master)" or BuiltInName;

    public ApiObject Of(IReadOnlyList<NodeView> nodes) => new("hudson.model.ComputerSet", "computerSet",
    [
        new("busyExecutors", nodes.Sum(n => n.Busy.Count)),
        new("computer", nodes.Select(n => (object?)Of(n)).Prepend(BuiltIn()).ToList()),
        new("displayName", "Nodes"),
        new("totalExecutors", nodes.Where(n => n.IsOnline).Sum(n => n.Executors)),
    ]);

    public static ApiObject BuiltIn() => new("hudson.model.Hudson$MasterComputer", "masterComputer",
    [
        new("actions", new List<object?>(), 2),
        new("assignedLabels", new List<object?> { Label("built-in") }, 2),
        new("description", "the Slipway controller; it runs no builds itself", 2),
        new("displayName", BuiltInName, 2),
        new("executors", new List<object?>(), 2),
        new("icon", "symbol-computer", 2),
        new("idle", true, 2),
        new("jnlpAgent", false, 2),
        new("launchSupported", false, 2),
        new("manualLaunchAllowed", false, 2),
        new("numExecutors", 0, 2),
        new("offline", false, 2),
        new("offlineCause", null, 2),
        new("offlineCauseReason", "", 2),
        new("oneOffExecutors", new List<object?>(), 2),
        new("temporarilyOffline", false, 2),
    ]);

    public ApiObject Of(NodeView node) => new("hudson.slaves.SlaveComputer", "slaveComputer",
    [
        new("actions", new List<object?>(), 2),
        new("assignedLabels", node.Labels.Append(node.Name).Select(l => (object?)Label(l)).ToList(), 2),
        new("description", node.Kind == NodeKind.OnDemand ? $"on demand, of cloud {node.Cloud}" : "", 2),
        new("displayName", node.Name, 2),
        new("executors", Enumerable.Range(0, node.Executors).Select(i => (object?)Executor(i, node)).ToList(), 2),
        new("icon", node.IsOnline ? "symbol-computer" : "symbol-computer-offline", 2),
        new("idle", node.Busy.Count == 0, 2),
        new("jnlpAgent", node.Kind == NodeKind.Permanent, 2),
        new("launchSupported", false, 2),
        new("manualLaunchAllowed", true, 2),
        new("numExecutors", node.Executors, 2),
        new("offline", !node.IsOnline || node.IsTakenOffline, 2),
        new("offlineCause", node.OfflineReason is { } reason ? new ApiObject("hudson.slaves.OfflineCause$SimpleOfflineCause", "offlineCause", [new("description", reason, 3)]) : null, 2),
        new("offlineCauseReason", node.OfflineReason ?? "", 2),
        new("oneOffExecutors", new List<object?>(), 2),
        new("temporarilyOffline", node.IsTakenOffline, 2),
    ]);

    /// <param name="carrying">The nodes that carry it.</param>
    public static ApiObject LabelOf(string name, IReadOnlyList<NodeView> carrying) => new("hudson.model.labels.LabelAtom", "labelAtom",
    [
        new("busyExecutors", carrying.Sum(n => n.Busy.Count)),
        new("clouds", carrying.Where(n => n.Cloud is not null).Select(n => n.Cloud).Distinct().Select(c => (object?)new ApiObject(null, "cloud", [new("name", c, 2)])).ToList()),
        new("description", null),
        new("idleExecutors", carrying.Where(n => n.IsOnline).Sum(n => n.Executors - n.Busy.Count)),
        new("name", name, 2),
        new("nodes", carrying.Select(n => (object?)new ApiObject("hudson.slaves.DumbSlave", "node", [new("nodeName", n.Name, 2)])).ToList()),
        new("offline", carrying.All(n => !n.IsOnline)),
        new("tiedJobs", new List<object?>()),
        new("totalExecutors", carrying.Where(n => n.IsOnline).Sum(n => n.Executors)),
    ]);

    private ApiObject Executor(int number, NodeView node)
    {
        var busy = node.Busy.FirstOrDefault(b => b.Number == number);
        return new ApiObject(null, "executor",
        [
            new("currentExecutable", busy is null
                ? null
                : new ApiObject(RunModels.Class, "currentExecutable", [new("number", busy.RunNumber, 2), new("url", $"{root}{busy.Job.ToUrlPath()}{busy.RunNumber}/", 2)])),
            new("idle", busy is null),
            new("likelyStuck", false),
            new("number", number),
            new("progress", -1),
        ]);
    }

    private static ApiObject Label(string name) => new(null, "label", [new("name", name, 3)]);
}
