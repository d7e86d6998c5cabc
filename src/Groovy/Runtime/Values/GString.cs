using System.Runtime.CompilerServices;
using System.Text;

namespace Slipway.Groovy.Runtime;

/// <summary>A string with values in it, put together each time its text is asked for: a closure among the values is called then.</summary>
public sealed class GString(string[] strings, object?[] values)
{
    public IReadOnlyList<string> Strings => strings;

    public IReadOnlyList<object?> Values => values;

    public GString Plus(GString other)
    {
        var joined = new string[strings.Length + other.Strings.Count - 1];
        strings.CopyTo(joined, 0);
        joined[strings.Length - 1] += other.Strings[0];
        for (var i = 1; i < other.Strings.Count; i++)
        {
            joined[strings.Length - 1 + i] = other.Strings[i];
        }

        return new GString(joined, [.. values, .. other.Values]);
    }

    public override bool Equals(object? obj) => obj is GString other && ToString() == other.ToString();

    public override int GetHashCode() => 37 + ToString().GetHashCode(StringComparison.Ordinal);

    public override string ToString()
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var text = new StringBuilder();
        for (var i = 0; i < strings.Length; i++)
        {
            text.Append(strings[i]);
            if (i < values.Length)
            {
                var value = values[i];
                text.Append(value is Closure closure ? closure.RenderIn(this) : Formatting.ToText(value));
            }
        }

        return text.ToString();
    }
}
