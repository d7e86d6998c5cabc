using Slipway.Api.Jobs;
using Slipway.Api.Rendering;
using Slipway.Api.Runs;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Queue;

/// <summary>The queue as Jenkins describes it.</summary>
internal sealed class QueueModels(string root)
{
    /// <summary>What Jenkins calls the request of a <c>node</c> block for an executor.</summary>
    public const string PlaceholderClass = "org.jenkinsci.plugins.workflow.support.steps.ExecutorStepExecution$PlaceholderTask";

    public ApiObject Of(IReadOnlyList<QueueItemView> items) => new("hudson.model.Queue", "queue",
    [
        new("discoverableItems", new List<object?>()),
        new("items", items.Select(i => (object?)Of(i)).ToList()),
    ]);

    public ApiObject Of(QueueItemView item)
    {
        var type = TypeOf(item);
        List<ApiProperty> properties =
        [
            new("actions", Actions(item), 2),
            new("blocked", type == "BlockedItem", 2),
            new("buildable", type == "BuildableItem", 2),
            new("id", item.Id.Value, 2),
            new("inQueueSince", item.Since.ToUnixTimeMilliseconds(), 2),
            new("params", string.Concat(item.Parameters.Select(p => $"\n{p.Name}={(p.Type == ParameterType.Password ? "****" : p.Value)}")), 2),
            new("stuck", item.Stuck, 2),
            new("task", Task(item), 2),
            new("url", $"queue/item/{item.Id}/", 2),
            new("why", type == "LeftItem" || item.Why.Length == 0 ? null : item.Why, 2),
        ];
        if (type == "LeftItem")
        {
            properties.Add(new ApiProperty("cancelled", item.Cancelled, 2));
            properties.Add(new ApiProperty("executable", item is { Run: not null, RunNumber: { } number } ? Executable(item.Job, number) : null, 2));
        }
        else
        {
            properties.Add(new ApiProperty("pending", false, 2));
            properties.Add(new ApiProperty("timestamp", item.Since.ToUnixTimeMilliseconds(), 2));
        }

        return new ApiObject("hudson.model.Queue$" + type, char.ToLowerInvariant(type[0]) + type[1..], properties);
    }

    /// <summary>Jenkins' four: waits for its quiet period, for another run, for an executor; has left.</summary>
    private static string TypeOf(QueueItemView item) => item switch
    {
        { Left: not null } => "LeftItem",
        _ when item.Why.StartsWith("In the quiet period", StringComparison.Ordinal) => "WaitingItem",
        { Kind: QueueItemKind.Run, Why.Length: > 0 } => "BlockedItem",
        _ => "BuildableItem",
    };

    private ApiObject Task(QueueItemView item) => item.Kind == QueueItemKind.Run
        ? new ApiObject(JobModels.PipelineClass, "task", [new("name", item.Job.Name, 3), new("url", root + item.Job.ToUrlPath(), 3), new("color", "notbuilt", 3)])
        : new ApiObject(PlaceholderClass, "task",
            [new("name", $"part of {string.Join(" » ", item.Job.Segments)} #{item.RunNumber}", 3), new("url", $"{root}{item.Job.ToUrlPath()}{item.RunNumber}/", 3)]);

    private ApiObject Executable(JobPath job, int number) => new(RunModels.Class, "executable", [new("number", number, 3), new("url", $"{root}{job.ToUrlPath()}{number}/", 3)]);

    private static List<object?> Actions(QueueItemView item)
    {
        var actions = new List<object?>();
        if (item.Parameters.Count > 0)
        {
            actions.Add(new ApiObject("hudson.model.ParametersAction", "action", [new("parameters", item.Parameters.Select(p => (object?)RunModels.Parameter(p)).ToList(), 3)]));
        }

        if (item.Causes.Count > 0)
        {
            actions.Add(new ApiObject("hudson.model.CauseAction", "action", [new("causes", item.Causes.Select(c => (object?)RunModels.Cause(c)).ToList(), 3)]));
        }

        return actions;
    }
}
