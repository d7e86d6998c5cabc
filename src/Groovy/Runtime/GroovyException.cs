namespace Slipway.Groovy.Runtime;

/// <summary>An exception of the script's world on its way through C#: what a script threw, or what a script can catch.</summary>
public sealed class GroovyException(ThrowableValue value) : Exception(value.ToString())
{
    public ThrowableValue Value { get; } = value;
}

/// <summary>
/// An exception as a script sees it. Its class is a name in <see cref="ThrowableClass"/>'s tree, so <c>catch (IOException e)</c> finds what extends it.
/// <see cref="HostPayload"/> carries what the host needs to know of it (an interruption's result and causes) and is invisible to the script.
/// </summary>
public sealed class ThrowableValue(ThrowableClass @class, string? message, ThrowableValue? cause = null)
{
    public ThrowableClass Class { get; } = @class;

    public string? Message { get; set; } = message;

    public ThrowableValue? Cause { get; set; } = cause;

    public List<ThrowableValue> Suppressed { get; } = [];

    /// <summary>Where it was thrown, innermost first, as <c>file:line</c> with the method's name.</summary>
    public List<string> Trace { get; } = [];

    public object? HostPayload { get; init; }

    public override string ToString() => Message is null ? Class.Name : $"{Class.Name}: {Message}";
}

/// <summary>A class of exceptions: full Java name and parent. The host may define more (<c>hudson.AbortException</c>).</summary>
public sealed record ThrowableClass(string Name, ThrowableClass? Parent)
{
    public bool Is(ThrowableClass other)
    {
        for (var at = this; at is not null; at = at.Parent)
        {
            if (at.Name == other.Name)
            {
                return true;
            }
        }

        return false;
    }
}
