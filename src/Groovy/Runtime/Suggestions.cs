namespace Slipway.Groovy.Runtime;

/// <summary>Finds the nearest known names for one that is not known.</summary>
public static class Suggestions
{
    private const int MostShown = 5;

    /// <summary>The nearest of the candidates, or null where none is near enough to be a slip of the pen.</summary>
    public static string? Nearest(string name, IEnumerable<string> candidates)
    {
        string? best = null;
        var bestDistance = Math.Max(1, name.Length / 3) + 1;
        foreach (var candidate in candidates)
        {
            var distance = Distance(name, candidate, bestDistance);
            if (distance < bestDistance)
            {
                best = candidate;
                bestDistance = distance;
            }
        }

        return best;
    }

    internal static string? Property(object target, string name) => Nearest(name, PropertyNames(target));

    internal static List<string> Methods(object? target, string name, bool isStatic)
    {
        IEnumerable<(string Name, string Text)> known = target switch
        {
            UserObject o => UserMethods(o.Class).Concat(NativeMethods(o.Class.NativeBase)),
            UserClass c when isStatic => UserMethods(c).Where(m => m.Name.Length > 0),
            BuiltinClass c when isStatic => c.Own.Statics.Values.SelectMany(m => m).Select(m => (m.Name, m.ToString())),
            IHostObject or null => [],
            _ => ClassTable.Of(target) is BuiltinClass c ? NativeMethods(c) : [],
        };
        var limit = Math.Max(2, name.Length / 2);
        return
        [
            .. known.DistinctBy(m => m.Text)
                .Select(m => (m.Text, Distance: Distance(name, m.Name, limit + 1)))
                .Where(m => m.Distance <= limit)
                .OrderBy(m => m.Distance)
                .Take(MostShown)
                .Select(m => m.Text),
        ];
    }

    private static IEnumerable<(string Name, string Text)> UserMethods(UserClass @class) =>
        @class.Methods.Values.SelectMany(m => m).Select(m => (m.Code.Name, m.ToString()));

    private static IEnumerable<(string Name, string Text)> NativeMethods(BuiltinClass @class) => @class.AllMethods().Select(m => (m.Name, m.ToString()));

    private static IEnumerable<string> PropertyNames(object target)
    {
        switch (target)
        {
            case UserObject o:
                foreach (var field in o.Class.Fields.Keys)
                {
                    yield return field;
                }

                if (o is ScriptInstance script)
                {
                    foreach (var key in script.Binding.Keys)
                    {
                        yield return Formatting.ToText(key);
                    }
                }

                foreach (var method in o.Class.Methods.Keys)
                {
                    if (PropertyNamed(method) is { } property)
                    {
                        yield return property;
                    }
                }

                break;
            case GroovyClass or IHostObject or GroovyMap:
                break;
            default:
                if (ClassTable.Of(target) is BuiltinClass @class)
                {
                    foreach (var method in @class.AllMethods().Where(m => m.Parameters.Length == 0))
                    {
                        if (PropertyNamed(method.Name) is { } property)
                        {
                            yield return property;
                        }
                    }
                }

                break;
        }
    }

    private static string? PropertyNamed(string getter) => getter.Length > 3 && getter.StartsWith("get", StringComparison.Ordinal)
        ? char.ToLowerInvariant(getter[3]) + getter[4..]
        : getter.Length > 2 && getter.StartsWith("is", StringComparison.Ordinal) && char.IsUpper(getter[2]) ? char.ToLowerInvariant(getter[2]) + getter[3..] : null;

    // Damerau-Levenshtein without repeats, given up once it passes the limit.
    private static int Distance(string a, string b, int limit)
    {
        if (Math.Abs(a.Length - b.Length) >= limit || a.Length > 64 || b.Length > 64)
        {
            return int.MaxValue;
        }

        Span<int> before = stackalloc int[b.Length + 1];
        Span<int> previous = stackalloc int[b.Length + 1];
        Span<int> current = stackalloc int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            previous[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]);
                var cost = Math.Min(Math.Min(previous[j] + 1, current[j - 1] + 1), previous[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost = Math.Min(cost, before[j - 2] + 1);
                }

                current[j] = cost;
            }

            previous.CopyTo(before);
            current.CopyTo(previous);
        }

        return previous[b.Length];
    }
}
