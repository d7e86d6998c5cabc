using System.Text;
using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Steps;

namespace Slipway.Jenkinsfile.Execution.Records;

/// <summary>Writes an exception to the console, so that a reader knows what failed, where, and whose fault it is.</summary>
internal static class FailureReport
{
    private const int LongestTrace = 20;

    public static void Write(StepCall call, GroovyException failure) => call.Log(Describe(failure, null));

    /// <param name="sourceLine">Gives the text of a line of the script, from <c>file:line</c>; null where none is known.</param>
    public static string Describe(Exception failure, Func<string, string?>? sourceLine)
    {
        if (Failures.InterruptionOf(failure) is { } interruption)
        {
            return FailureOutcome.Describe(interruption);
        }

        var text = new StringBuilder();
        if (Failures.IsInfrastructure(failure))
        {
            text.Append("This is a failure of the build's infrastructure, not of the build:\n");
        }

        if (failure is not GroovyException { Value: var value })
        {
            return text.Append("ERROR: ").Append(failure.Message).ToString();
        }

        if (FailureOutcome.IsAbort(value))
        {
            return text.Append("ERROR: ").Append(value.Message).ToString();
        }

        AppendThrowable(text, value, sourceLine);
        for (var (cause, depth) = (value.Cause, 0); cause is not null && depth < 10; (cause, depth) = (cause.Cause, depth + 1))
        {
            text.Append("\nCaused by: ");
            AppendThrowable(text, cause, sourceLine);
        }

        return text.ToString();
    }

    private static void AppendThrowable(StringBuilder text, ThrowableValue value, Func<string, string?>? sourceLine)
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
            if (i == 0 && sourceLine?.Invoke(value.Trace[i]) is { } line)
            {
                text.Append("\n\t    ").Append(line.Trim());
            }
        }
    }
}
