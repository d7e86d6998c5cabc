using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model.Effects;

namespace Slipway.Jenkinsfile.Steps;

/// <summary>Steps by which runs take turns.</summary>
internal static class CoordinationSteps
{
    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        new()
        {
            Name = "milestone",
            Summary = "Lets no older run pass once a newer one has: the older one ends as not built.",
            Parameters = [StepParameter.Integer("ordinal"), StepParameter.Text("label"), StepParameter.Flag("unsafe").Ignored("milestones may stand anywhere.")],
            Main = "ordinal",
            Label = arguments => arguments.Text("label"),
            Run = MilestoneAsync,
        },
        new()
        {
            Name = "lock",
            Summary = "Runs its block while this run alone holds a resource, or a number of those with a label.",
            Parameters =
            [
                StepParameter.Text("resource"),
                StepParameter.Text("label"),
                StepParameter.Integer("quantity", 0),
                StepParameter.Text("variable"),
                StepParameter.Flag("inversePrecedence"),
                StepParameter.Flag("skipIfLocked"),
                StepParameter.Text("reason").Ignored("the run that holds a resource is shown."),
                StepParameter.Choice("resourceSelectStrategy", "sequential", "sequential", "random").RefusedBecause("resources are taken in order."),
                StepParameter.Integer("priority", 0).RefusedBecause("waiting runs are served in order; inversePrecedence serves the newest first."),
                StepParameter.List("extra").RefusedBecause("nest lock blocks to hold several resources, always in the same order."),
            ],
            Main = "resource",
            Block = StepBlock.Required,
            Run = LockAsync,
        },
    ];

    private static async Task<object?> MilestoneAsync(StepCall call)
    {
        var last = call.Run.State.Milestone;
        var ordinal = call.Arguments.Integer("ordinal") ?? (last + 1 ?? 0);
        if (ordinal <= last)
        {
            throw Failures.Abort($"milestone: ordinal {ordinal} comes after {last}; within a run ordinals have to grow.");
        }

        if (ordinal is < 0 or > int.MaxValue)
        {
            throw Failures.IllegalArgument($"milestone: {ordinal} is no ordinal; give a number from 0 to {int.MaxValue}.");
        }

        call.Run.State.Milestone = (int)ordinal;
        call.Log($"Trying to pass milestone {ordinal}");
        await call.Context.PerformAsync(new PassMilestone((int)ordinal, call.Arguments.Text("label")));
        return null;
    }

    private static async Task<object?> LockAsync(StepCall call)
    {
        var (resource, label) = (NullIfEmpty(call.Arguments.Text("resource")), NullIfEmpty(call.Arguments.Text("label")));
        if (resource is null == label is null)
        {
            throw Failures.IllegalArgument("lock needs either a resource or a label: write lock('name') or lock(label: 'printers', quantity: 1).");
        }

        var wanted = resource is not null ? $"[Resource: {resource}]" : $"[Label: {label}, Quantity: {call.Arguments.Integer("quantity") ?? 0}]";
        call.Log($"Trying to acquire lock on {wanted}");
        var request = new AcquireLock(resource, label, (int)(call.Arguments.Integer("quantity") ?? 0), call.Arguments.Flag("inversePrecedence"), call.Arguments.Flag("skipIfLocked"));
        var (id, result) = await call.Context.PerformWithIdAsync(request, (id, late) => late is LockAcquired { Resources.Count: > 0 } ? new ReleaseLock(id) : null);
        var resources = ((LockAcquired)result).Resources;
        if (resources.Count == 0)
        {
            call.Log($"{wanted} is locked, skipping execution...");
            return null;
        }

        call.Log($"Lock acquired on {wanted}");
        try
        {
            return await call.RunBodyAsync(c => c with { Environment = c.Environment.Add(Variables(call.Arguments.Text("variable"), resources)) });
        }
        finally
        {
            await call.Context.PerformAlwaysAsync(new ReleaseLock(id));
            call.Log($"Lock released on resource {wanted}");
        }
    }

    private static Dictionary<string, string?> Variables(string? variable, IReadOnlyList<string> resources)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (NullIfEmpty(variable) is { } name)
        {
            variables[name] = string.Join(',', resources);
            for (var i = 0; i < resources.Count; i++)
            {
                variables[$"{name}{i}"] = resources[i];
            }
        }

        return variables;
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
