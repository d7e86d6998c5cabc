using Slipway.Api.Jobs;
using Slipway.Api.Rendering;
using Slipway.Api.Runs;
using Slipway.Feeds;

namespace Slipway.Api.Queue;

/// <summary>The queue as Jenkins describes it.</summary>
internal static class QueueModels
{
    public static ApiObject Queue(IReadOnlyList<QueueItemView> items, string root) => new("hudson.model.Queue", "queue",
    [
        new("discoverableItems", new List<object?>()),
        new("items", items.Select(i => (object?)Of(i, root)).ToList()),
    ]);

    public static ApiObject Of(QueueItemView item, string root)
    {
        var isLeft = item.Left is not null;
        var isQuiet = item.Why.StartsWith("In the quiet period", StringComparison.Ordinal);
        var isBlocked = !isLeft && !isQuiet && item.Kind == QueueItemKind.Run && item.Why.Length > 0;
        var type = isLeft ? "LeftItem" : isQuiet ? "WaitingItem" : isBlocked ? "BlockedItem" : "BuildableItem";
        var properties = new List<ApiProperty>
        {
            new("actions", Actions(item), 2),
            new("blocked", isBlocked, 2),
            new("buildable", !isLeft && !isBlocked && !isQuiet, 2),
            new("id", item.Id.Value, 2),
            new("inQueueSince", item.Since.ToUnixTimeMilliseconds(), 2),
            new("params", string.Concat(item.Parameters.Select(p => $"\n{p.Name}={(p.Type == Model.ParameterType.Password ? "****" : p.Value)}")), 2),
            new("stuck", item.Stuck, 2),
            new("task", new ApiObject(JobModels.PipelineClass, "task", [new("name", item.Job.Name, 3), new("url", root + item.Job.ToUrlPath(), 3), new("color", "notbuilt", 3)]), 2),
            new("url", $"queue/item/{item.Id}/", 2),
            new("why", isLeft || item.Why.Length == 0 ? null : item.Why, 2),
        };
        if (isLeft)
        {
            properties.Add(new ApiProperty("cancelled", item.Cancelled, 2));
            properties.Add(new ApiProperty("executable", item is { Run: not null, RunNumber: { } number }
                ? new ApiObject(RunModels.Class, "executable", [new("number", number, 3), new("url", $"{root}{item.Job.ToUrlPath()}{number}/", 3)])
                : null, 2));
        }
        else
        {
            properties.Add(new ApiProperty("pending", false, 2));
            properties.Add(new ApiProperty("timestamp", item.Since.ToUnixTimeMilliseconds(), 2));
        }

        return new ApiObject("hudson.model.Queue$" + type, char.ToLowerInvariant(type[0]) + type[1..], properties);
    }

    private static List<object?> Actions(QueueItemView item)
    {
        var actions = new List<object?>();
        if (item.Parameters.Count > 0)
        {
            actions.Add(new ApiObject("hudson.model.ParametersAction", "action", [new("parameters", item.Parameters.Select(p => (object?)RunModels.Parameter(p)).ToList(), 3)]));
        }

        actions.Add(new ApiObject("hudson.model.CauseAction", "action", [new("causes", item.Causes.Select(c => (object?)RunModels.Cause(c)).ToList(), 3)]));
        return actions;
    }
}
