using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Runs;

/// <summary>Runs by their stages, as Jenkins' stage view describes them (<c>wfapi</c>). Plain values, written as they stand.</summary>
internal static class StageModels
{
    public static IReadOnlyDictionary<string, object?> Run(RunDetailView run, DateTimeOffset now)
    {
        var ended = run.Run.Ended ?? now;
        return new Dictionary<string, object?>
        {
            ["_links"] = new Dictionary<string, object?>
            {
                ["self"] = Link($"{Path(run)}wfapi/describe"),
                ["artifacts"] = Link($"{Path(run)}wfapi/artifacts"),
            },
            ["id"] = $"{run.Run.Number}",
            ["name"] = run.Run.DisplayName,
            ["status"] = StatusOf(run.Run),
            ["startTimeMillis"] = run.Run.Started.ToUnixTimeMilliseconds(),
            ["endTimeMillis"] = ended.ToUnixTimeMilliseconds(),
            ["durationMillis"] = Milliseconds(ended - run.Run.Started),
            ["queueDurationMillis"] = Milliseconds(run.Run.Started - run.Run.Queued),
            ["pauseDurationMillis"] = 0,
            ["stages"] = run.Nodes.Where(n => n.Kind == FlowNodeKind.Stage).Select(n => Node(run, n, now)).ToList(),
        };
    }

    /// <summary>A node with the steps directly and indirectly in it.</summary>
    public static IReadOnlyDictionary<string, object?> NodeWithSteps(RunDetailView run, FlowNodeView node, DateTimeOffset now) => new Dictionary<string, object?>(Node(run, node, now))
    {
        ["stageFlowNodes"] = StepsOf(run, node).Select(n => new Dictionary<string, object?>(Node(run, n, now)) { ["parentNodes"] = n.Parent is { } parent ? [$"{parent}"] : new List<string>() }).ToList(),
    };

    public static IReadOnlyDictionary<string, object?> Artifact(RunDetailView run, ArtifactView artifact, int index) => new Dictionary<string, object?>
    {
        ["id"] = $"n{index + 1}",
        ["name"] = System.IO.Path.GetFileName(artifact.Path),
        ["path"] = artifact.Path,
        ["url"] = $"{Path(run)}artifact/{string.Join('/', artifact.Path.Split('/').Select(Uri.EscapeDataString))}",
        ["size"] = artifact.Size,
    };

    public static string StatusOf(FlowNodeView node) => node.Status switch
    {
        null => "IN_PROGRESS",
        FlowNodeStatus.Success => "SUCCESS",
        FlowNodeStatus.Unstable => "UNSTABLE",
        FlowNodeStatus.Failure => "FAILED",
        FlowNodeStatus.Aborted => "ABORTED",
        _ => "NOT_EXECUTED",
    };

    public static string Path(RunDetailView run) => $"/{run.Run.JobPath.ToUrlPath()}{run.Run.Number}/";

    private static IReadOnlyDictionary<string, object?> Node(RunDetailView run, FlowNodeView node, DateTimeOffset now)
    {
        var self = $"{Path(run)}execution/node/{node.Id}/";
        var links = new Dictionary<string, object?> { ["self"] = Link(self + "wfapi/describe") };
        if (node.Kind == FlowNodeKind.Step)
        {
            links["log"] = Link(self + "wfapi/log");
        }

        var described = new Dictionary<string, object?>
        {
            ["_links"] = links,
            ["id"] = $"{node.Id}",
            ["name"] = node.Name ?? node.Function,
            ["execNode"] = "",
            ["status"] = StatusOf(node),
            ["startTimeMillis"] = node.Started.ToUnixTimeMilliseconds(),
            ["durationMillis"] = node.Status == FlowNodeStatus.Skipped ? 0 : Milliseconds((node.Ended ?? now) - node.Started),
            ["pauseDurationMillis"] = 0,
        };
        if (node.Detail is { Length: > 0 } detail)
        {
            described["parameterDescription"] = detail;
        }

        if (node.Status == FlowNodeStatus.Failure)
        {
            described["error"] = new Dictionary<string, object?> { ["message"] = node.Reason ?? "failed", ["type"] = "hudson.AbortException" };
        }

        return described;
    }

    private static IEnumerable<FlowNodeView> StepsOf(RunDetailView run, FlowNodeView stage)
    {
        var inside = new HashSet<int> { stage.Id };

        // In order of start, so that a parent comes before what is in it.
        foreach (var node in run.Nodes)
        {
            if (node.Parent is { } parent && inside.Contains(parent) && inside.Add(node.Id) && node.Kind == FlowNodeKind.Step)
            {
                yield return node;
            }
        }
    }

    private static string StatusOf(RunView run) => run.State != RunState.Finished ? "IN_PROGRESS" : run.Result switch
    {
        RunResult.Success => "SUCCESS",
        RunResult.Unstable => "UNSTABLE",
        RunResult.NotBuilt => "NOT_EXECUTED",
        RunResult.Aborted => "ABORTED",
        _ => "FAILED",
    };

    private static Dictionary<string, object?> Link(string path) => new() { ["href"] = path };

    private static long Milliseconds(TimeSpan time) => Math.Max(0, (long)time.TotalMilliseconds);
}
