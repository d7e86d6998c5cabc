namespace Slipway.Jenkinsfile.Lint;

/// <summary>"Did you mean": the known name that a wrong one is closest to.</summary>
public static class NearestName
{
    /// <summary>The closest known name, or null where none is close enough to be meant.</summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        var best = Closest(name, known, out var distance);
        return best is not null && distance <= Math.Max(1, Math.Min(name.Length, best.Length) / 3) ? best : null;
    }

    /// <summary>The closest known name however far it is; null only where nothing is known.</summary>
    public static string? Closest(string name, IEnumerable<string> known) => Closest(name, known, out _);

    private static string? Closest(string name, IEnumerable<string> known, out int distance)
    {
        string? best = null;
        distance = int.MaxValue;
        foreach (var candidate in known)
        {
            var d = Distance(name, candidate);
            if (d < distance)
            {
                (best, distance) = (candidate, d);
            }
        }

        return best;
    }

    /// <summary>Edits (insert, delete, replace, swap neighbours) from one to the other, not minding case.</summary>
    private static int Distance(string a, string b)
    {
        var twoBack = new int[b.Length + 1];
        var previous = new int[b.Length + 1];
        var current = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            previous[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = Same(a[i - 1], b[j - 1]) ? 0 : 1;
                current[j] = Math.Min(Math.Min(current[j - 1] + 1, previous[j] + 1), previous[j - 1] + cost);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                {
                    current[j] = Math.Min(current[j], twoBack[j - 2] + 1);
                }
            }

            (twoBack, previous, current) = (previous, current, twoBack);
        }

        return previous[b.Length];
    }

    private static bool Same(char x, char y) => char.ToLowerInvariant(x) == char.ToLowerInvariant(y);
}
