using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution.Cancellation;
using Slipway.Model;

namespace Slipway.Jenkinsfile.Execution;

/// <summary>Exceptions as steps throw them into a script, with Jenkins' classes, so that <c>catch</c> clauses find them.</summary>
internal static class Failures
{
    private const string RemovedNodeCause = "org.jenkinsci.plugins.workflow.support.steps.ExecutorStepExecution$RemovedNodeCause";

    private static readonly ThrowableClass Throwable = new("java.lang.Throwable", null);
    private static readonly ThrowableClass Error = new("java.lang.Error", Throwable);
    private static readonly ThrowableClass JavaException = new("java.lang.Exception", Throwable);
    public static ThrowableClass RuntimeException { get; } = new("java.lang.RuntimeException", JavaException);
    private static readonly ThrowableClass IOException = new("java.io.IOException", JavaException);
    private static readonly ThrowableClass InterruptedException = new("java.lang.InterruptedException", JavaException);
    private static readonly ThrowableClass LinkageError = new("java.lang.LinkageError", Error);

    public static ThrowableClass AbortException { get; } = new("hudson.AbortException", IOException);

    public static ThrowableClass FlowInterruptedException { get; } = new("org.jenkinsci.plugins.workflow.steps.FlowInterruptedException", InterruptedException);

    public static ThrowableClass MissingContextVariableException { get; } = new("org.jenkinsci.plugins.workflow.steps.MissingContextVariableException", JavaException);

    public static ThrowableClass IllegalArgumentException { get; } = new("java.lang.IllegalArgumentException", RuntimeException);

    public static ThrowableClass IllegalStateException { get; } = new("java.lang.IllegalStateException", RuntimeException);

    public static ThrowableClass UnsupportedOperationException { get; } = new("java.lang.UnsupportedOperationException", RuntimeException);

    public static ThrowableClass NoSuchFileException { get; } = new("java.nio.file.NoSuchFileException", IOException);

    public static ThrowableClass NoSuchMethodError { get; } = new("java.lang.NoSuchMethodError", new ThrowableClass("java.lang.IncompatibleClassChangeError", LinkageError));

    /// <summary>What a script may name in <c>catch</c> beyond the language's own exceptions.</summary>
    public static IReadOnlyList<ThrowableClass> Classes { get; } = [AbortException, FlowInterruptedException, MissingContextVariableException];

    /// <summary>The step failed, and its message says all there is to say: shown as <c>ERROR: message</c>.</summary>
    public static GroovyException Abort(string message) => Of(AbortException, message);

    public static GroovyException IllegalArgument(string message) => Of(IllegalArgumentException, message);

    public static GroovyException Unsupported(string message) => Of(UnsupportedOperationException, message);

    public static GroovyException IllegalState(string message) => Of(IllegalStateException, message);

    /// <summary>Not the build's fault: a lost agent, a full disk. Scripts see an <c>AbortException</c>.</summary>
    /// <param name="loss">The node that it took away; null where the node is still there.</param>
    public static GroovyException Infrastructure(string message, NodeLoss? loss = null) => new(new ThrowableValue(AbortException, message) { HostPayload = new InfrastructureFailure(loss) });

    /// <summary>
    /// A node went away under its work. For a pod that is an interruption, as in Jenkins: somebody or something deleted it, and the run ends as aborted. Any other node is a failure of the
    /// infrastructure.
    /// </summary>
    public static GroovyException NodeLost(string message, NodeLoss loss) => loss.IsPod ? Interrupted(RemovedNode(message, loss)) : Infrastructure(message, loss);

    /// <summary>What stops the work in the block of a node that went away.</summary>
    public static Interruption RemovedNode(string message, NodeLoss loss) => new(RunResult.Aborted, new InterruptionCause(RemovedNodeCause, $"Agent was removed: {message}")) { Loss = loss };

    /// <summary>A forced one passes by every catch clause: a script that catches and goes on computing would never end.</summary>
    public static GroovyException Interrupted(Interruption interruption) =>
        new(new ThrowableValue(FlowInterruptedException, null) { HostPayload = interruption, HostView = new Scripted.InterruptionObject(interruption), IsUncatchable = interruption.IsForced });

    /// <summary>As Jenkins says it, with the cure.</summary>
    public static GroovyException MissingNode() => Of(
        MissingContextVariableException,
        "Required context class hudson.FilePath is missing\nPerhaps you forgot to surround the step with a step that provides this, such as: node");

    public static GroovyException Of(ThrowableClass @class, string message) => new(new ThrowableValue(@class, message));

    /// <summary>What interrupted, where that is what the exception says.</summary>
    public static Interruption? InterruptionOf(Exception exception) => (exception as GroovyException)?.Value.HostPayload as Interruption;

    /// <summary>False for what no script and no step may catch: a limit of the interpreter that was passed.</summary>
    public static bool IsCatchable(GroovyException exception) => !exception.Value.IsUncatchable && Failures.InterruptionOf(exception) is not { IsForced: true };

    public static bool IsInfrastructure(Exception exception) => Payloads(exception).Any(p => p is InfrastructureFailure { IsNotOwn: true } or Interruption { Loss.IsInfrastructure: true });

    /// <summary>The node that the failure comes from having lost; null where it comes from anything else.</summary>
    public static NodeLoss? LossOf(Exception exception) =>
        Payloads(exception).Select(p => p switch
        {
            InfrastructureFailure failure => failure.Loss,
            Interruption interruption => interruption.Loss,
            _ => null,
        }).FirstOrDefault(l => l is not null);

    /// <summary>What the exception and those that caused it carry.</summary>
    private static IEnumerable<object> Payloads(Exception exception)
    {
        for (var at = (exception as GroovyException)?.Value; at is not null; at = at.Cause)
        {
            if (at.HostPayload is { } payload)
            {
                yield return payload;
            }
        }
    }

    private sealed record InfrastructureFailure(NodeLoss? Loss)
    {
        public bool IsNotOwn => Loss is not { IsInfrastructure: false };
    }
}
