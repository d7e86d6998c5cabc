using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Execution.Cancellation;
using Slipway.Jenkinsfile.Execution.Records;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Steps;

/// <summary><c>retry</c>: runs its block again when it fails, or only when one of its conditions says that a new attempt may help.</summary>
internal static class RetryStep
{
    private const string NotKubernetes = "handleNonKubernetes";

    public static StepDefinition Definition { get; } = new()
    {
        Name = "retry",
        Summary = "Runs its block again when it fails, up to that many times in all; an interruption of the run is not retried. With conditions, only failures that one of them names are.",
        Parameters = [StepParameter.Integer("count").Required(), StepParameter.List("conditions")],
        Main = "count",
        Block = StepBlock.Required,
        Differences = "nonresumable() never comes true: every step goes on after a restart of the server. agent() and kubernetesAgent() are for what the infrastructure took away: a pod that ran over its own deadline or out of its memory is not tried again, nor is a node that stands around the retry.",
        Run = RunAsync,
    };

    public static IReadOnlyList<SymbolDefinition> Conditions { get; } =
    [
        new("agent") { Classes = ["AgentErrorCondition"] },
        new("kubernetesAgent") { Parameters = [StepParameter.Flag(NotKubernetes)], Classes = ["KubernetesAgentErrorCondition"] },
        new("nonresumable") { Classes = ["SynchronousResumeNotSupportedErrorCondition"] },
    ];

    private static readonly string[] Names = [.. Conditions.Select(c => c.Name)];

    private static async Task<object?> RunAsync(StepCall call)
    {
        var count = call.Arguments.RequiredInteger("count");
        var conditions = call.Arguments.List("conditions").Select(c => SymbolValue.Require(c, "retry: conditions", Names)).ToList();
        for (var attempt = 1L; ; attempt++)
        {
            var isLast = attempt >= count;
            try
            {
                return await call.RunBodyAsync(c => conditions.Count == 0 ? c : c with { Retry = new RetryScope(c.Retry, f => !isLast && Matches(conditions, call, f)) });
            }
            catch (GroovyException failure) when (!isLast && Failures.IsCatchable(failure))
            {
                if (!ShouldRetry(conditions, call, failure))
                {
                    throw;
                }

                FailureReport.Write(call, failure);
                call.Log("Retrying");
            }
        }
    }

    /// <summary>As <see cref="Matches"/>, and says in the log why a lost node is not tried again.</summary>
    private static bool ShouldRetry(List<SymbolValue> conditions, StepCall call, GroovyException failure)
    {
        if (conditions.Count == 0)
        {
            return Failures.InterruptionOf(failure) is not { IsActual: true };
        }

        if (Matches(conditions, call, failure))
        {
            return true;
        }

        if (Failures.LossOf(failure) is { Node: { } node } loss)
        {
            if (!loss.IsInfrastructure)
            {
                call.Log($"{node} ended by what the pipeline asked of it, which a new one would do as well: it is not tried again.");
            }
            else if (IsAround(call, loss))
            {
                call.Log($"{node} was allocated around this retry, which cannot bring it back: put retry around node.");
            }
            else if (conditions.Any(c => c.Name == "kubernetesAgent"))
            {
                call.Log($"{node} was not a Kubernetes agent");
            }
        }

        return false;
    }

    /// <summary>What the pipeline itself did wrong matches no condition.</summary>
    private static bool Matches(List<SymbolValue> conditions, StepCall call, GroovyException failure) =>
        Failures.LossOf(failure) is { IsInfrastructure: true } loss && !IsAround(call, loss) && conditions.Any(c => c.Name switch
        {
            "agent" => true,
            "kubernetesAgent" => loss.IsPod || c.Arguments.Flag(NotKubernetes),
            _ => false,
        });

    private static bool IsAround(StepCall call, NodeLoss loss) => loss.Allocation is { } lost && call.Context.Node?.Id == lost;
}
