using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution.Cancellation;
using Slipway.Model;

namespace Slipway.Jenkinsfile.Execution;

/// <summary>What an exception means to a step, a stage or the run that it leaves.</summary>
/// <param name="Reason">One sentence.</param>
internal sealed record FailureOutcome(RunResult Result, string Reason, bool IsInfrastructure)
{
    public static FailureOutcome Of(Exception exception)
    {
        if (Failures.InterruptionOf(exception) is { } interruption)
        {
            return new FailureOutcome(interruption.Result, Describe(interruption), interruption.Loss is { IsInfrastructure: true });
        }

        var value = (exception as GroovyException)?.Value;
        var reason = value switch
        {
            null => exception.Message,
            _ when IsAbort(value) => value.Message ?? "",
            _ => value.ToString(),
        };
        return new FailureOutcome(RunResult.Failure, reason, Failures.IsInfrastructure(exception));
    }

    public static string Describe(Interruption interruption) =>
        interruption.Causes.Count == 0 ? "Interrupted" : string.Join("; ", interruption.Causes.Select(c => c.Description));

    /// <summary>Its message says all there is to say; others need their class and place to be understood.</summary>
    public static bool IsAbort(ThrowableValue value) => value.Class.Is(Failures.AbortException);
}
