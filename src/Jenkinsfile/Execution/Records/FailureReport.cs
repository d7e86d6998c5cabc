using System.Text;
using Slipway.Groovy.Runtime;
using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Steps;

namespace Slipway.Jenkinsfile.Execution.Records;

/// <summary>Writes an exception to the console, so that a reader knows what failed, where, and whose fault it is.</summary>
internal static class FailureReport
{
    private const int LongestTrace = 20;

    public static void Write(StepCall call, GroovyException failure) => call.Log(Describe(failure));

    public static string Describe(Exception failure)
    {
        var text = new StringBuilder();
        if (Failures.IsInfrastructure(failure))
        {
            text.Append("This is a failure of the build's infrastructure, not of the build:\n");
        }

        if (Failures.InterruptionOf(failure) is { } interruption)
        {
            return text.Append(FailureOutcome.Describe(interruption)).ToString();
        }

        if (failure is not GroovyException { Value: var value })
        {
            return text.Append("ERROR: ").Append(failure.Message).ToString();
        }

        if (FailureOutcome.IsAbort(value))
        {
            return text.Append("ERROR: ").Append(value.Message).ToString();
        }

        AppendThrowable(text, value);
        for (var (cause, depth) = (value.Cause, 0); cause is not null && depth < 10; (cause, depth) = (cause.Cause, depth + 1))
        {
            text.Append("\nCaused by: ");
            AppendThrowable(text, cause);
        }

        return text.ToString();
    }

    /// <summary>Where the script failed; null where the message says all there is to say, as that of a failed step.</summary>
    public static SourcePlace? PlaceOf(Exception failure) =>
        failure is GroovyException { Value: var value } && Failures.InterruptionOf(failure) is null && !FailureOutcome.IsAbort(value) ? value.Origin : null;

    private static void AppendThrowable(StringBuilder text, ThrowableValue value)
    {
        text.Append(value);
        for (var i = 0; i < value.Trace.Count; i++)
        {
            if (i == LongestTrace)
            {
                text.Append($"\n\t… {value.Trace.Count - LongestTrace} more");
                break;
            }

            text.Append("\n\tat ").Append(value.Trace[i]);
            if (i == 0 && value.Origin is { } origin)
            {
                text.Append('\n').Append(origin.Excerpt("\t    "));
            }
        }
    }
}
