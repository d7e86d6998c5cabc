using Slipway.Groovy.Syntax;

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

    /// <summary>Where it was thrown, innermost first, as <c>file:line:column</c> with the method's name.</summary>
    public List<string> Trace { get; } = [];

    /// <summary>The innermost of <see cref="Trace"/>; null where it has not passed through code of a script.</summary>
    public SourcePlace? Origin { get; internal set; }

    /// <summary>Says where it comes from, where the host knows better than the call that it is thrown by. What has passed through code of a script knows already.</summary>
    public void ComesFrom(SourcePlace place, string what)
    {
        if (Trace.Count == 0)
        {
            Origin = place;
            Trace.Add($"{place} {what}");
        }
    }

    public object? HostPayload { get; init; }

    /// <summary>What the host shows of it to the script beside message and cause: properties and methods of its own. Null for most.</summary>
    public IHostObject? HostView { get; init; }

    /// <summary>No catch clause and no finally block of a script sees it: a limit was passed, the run ends.</summary>
    public bool IsUncatchable { get; init; }

    /// <summary>The script's own object where the script declares the exception's class.</summary>
    internal UserObject? Instance { get; set; }

    /// <summary>What a catch clause binds its variable to.</summary>
    internal object ForScript => (object?)Instance ?? this;

    public override string ToString() => Message is null ? Class.Name : Class.Name == ThrowableClass.PowerAssertion ? $"Assertion failed: \n\n{Message}\n" : $"{Class.Name}: {Message}";
}

/// <summary>A class of exceptions: full Java name and parent. The host may define more (<c>hudson.AbortException</c>).</summary>
public sealed record ThrowableClass(string Name, ThrowableClass? Parent)
{
    internal const string PowerAssertion = "org.codehaus.groovy.runtime.powerassert.PowerAssertionError";

    public bool Is(ThrowableClass other) => Is(other.Name);

    public bool Is(string name)
    {
        for (var at = this; at is not null; at = at.Parent)
        {
            if (at.Name == name)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A class of the library's tree by its full name; null where there is none.</summary>
    public static ThrowableClass? Find(string name) => ThrowableClasses.Find(name);
}
