using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Execution.Records;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model;

namespace Slipway.Jenkinsfile.Steps;

/// <summary>Carries out one call of a step: finds it, binds its arguments, shows it in console and graph, and runs its code.</summary>
internal static class StepRunner
{
    private static readonly IReadOnlyDictionary<string, object?> NoArguments = new Dictionary<string, object?>();

    /// <summary>Calls a step from C#, exactly as a script would.</summary>
    public static Task<object?> CallStepAsync(this StepContext context, string name, IReadOnlyDictionary<string, object?>? arguments = null, StepBody? body = null) =>
        InvokeAsync(context, Find(context, name), [], arguments ?? NoArguments, body);

    /// <summary>Calls <c>parallel</c> from C#.</summary>
    public static Task<object?> CallParallelAsync(this StepContext context, IReadOnlyList<KeyValuePair<string, StepBody>> branches, bool failFast) =>
        InvokeAsync(context, Find(context, "parallel"), [], new Dictionary<string, object?> { ["failFast"] = failFast }, null, branches);

    public static StepDefinition Find(StepContext context, string name) =>
        context.Run.Steps.Find(name) ?? throw NoSuchStep(name, context.Run.Steps.Names, []);

    public static async Task<object?> InvokeAsync(
        StepContext outer,
        StepDefinition definition,
        IReadOnlyList<object?> positional,
        IReadOnlyDictionary<string, object?> named,
        StepBody? body,
        IReadOnlyList<KeyValuePair<string, StepBody>>? branches = null)
    {
        var run = outer.Run;
        if (outer.Scope.TakePending() is { } interruption)
        {
            throw Failures.Interrupted(interruption);
        }

        run.Steps.CountCall(run.Options.MaxSteps);
        var arguments = definition.TakesAnything
            ? new StepArguments(definition.Name, named)
            : ArgumentBinder.Bind(definition.Name, definition.Parameters, definition.Main, positional, named);
        var label = definition.Label(arguments);
        var detail = Detail(run, outer, definition, arguments);
        var node = run.Graph.Start(outer.FlowNode, definition.IsStage && body is not null ? FlowNodeKind.Stage : FlowNodeKind.Step, definition.Name, label, detail);
        var stage = definition.IsStage && body is not null ? new StageState(label ?? definition.Name, outer.Stage) : outer.Stage;
        var context = outer with { FlowNode = node, Stage = stage };
        var call = new StepCall { Definition = definition, Context = context, Arguments = arguments, Body = body, Branches = branches ?? [] };
        call.Log(label is null || definition.IsStage ? $"[Pipeline] {definition.Name}" : $"[Pipeline] {definition.Name} ({label})");
        try
        {
            CheckUse(call);
            var result = await definition.Run(call);
            var ownStage = call.Context.Stage != outer.Stage ? call.Context.Stage : null;
            var status = ownStage is { IsSkipped: true } ? FlowNodeStatus.Skipped : FlowGraph.StatusOf(ownStage?.Result ?? call.Outcome);
            run.Graph.End(node, status, ownStage?.Reason ?? call.OutcomeReason);
            return result;
        }
        catch (GroovyException failure)
        {
            var outcome = FailureOutcome.Of(failure);
            run.Graph.End(node, FlowGraph.StatusOf(outcome.Result), run.Console.MaskSecrets(outcome.Reason, context.Masked), outcome.IsInfrastructure);
            throw;
        }
        finally
        {
            if (body is not null || call.Branches.Count > 0)
            {
                call.Log($"[Pipeline] // {definition.Name}");
            }
        }
    }

    private static void CheckUse(StepCall call)
    {
        var definition = call.Definition;
        if (definition.Refused is { } reason)
        {
            throw Failures.Unsupported($"The step '{definition.Name}' is not supported: {reason}");
        }

        if (definition.Block == StepBlock.Required && call.Body is null)
        {
            throw Failures.IllegalArgument($"{definition.Name} step must be called with a body");
        }

        if (definition.Block == StepBlock.None && call.Body is not null)
        {
            throw Failures.IllegalArgument($"{definition.Name} takes no block: remove the braces behind it, or put the call inside of the block that was meant.");
        }

        if (definition.NeedsNode)
        {
            call.Context.RequireNode();
        }
    }

    /// <summary>The main argument as the graph shows it: one line, short, without secrets.</summary>
    private static string? Detail(RunServices run, StepContext context, StepDefinition definition, StepArguments arguments)
    {
        const int longest = 200;
        if (definition.Main is not { } main || arguments.Any(main) is not { } value || value is not (string or long or bool))
        {
            return null;
        }

        var text = run.Console.MaskSecrets(value.ToString()!, context.Masked).Trim();
        return text.Length > longest ? text[..longest] + "…" : text;
    }

    /// <param name="others">Further names that could have been meant.</param>
    public static GroovyException NoSuchStep(string name, IReadOnlyList<string> known, IEnumerable<string> others) => Failures.Of(
        Failures.NoSuchMethodError, $"No such DSL method '{name}' found among steps [{string.Join(", ", known)}].{DidYouMean.Hint(name, known.Concat(others))}");
}
