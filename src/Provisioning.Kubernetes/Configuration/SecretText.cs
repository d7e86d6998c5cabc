namespace Slipway.Provisioning.Kubernetes.Configuration;

/// <summary>Texts that refer to secrets: <c>${NAME}</c>, <c>${NAME:-default}</c>, <c>^${…}</c> for the text itself. A reference may hold others: <c>${base64:${readFile:/etc/key}}</c>.</summary>
internal static class SecretText
{
    /// <summary>The value of one reference.</summary>
    /// <param name="name">With the references in it resolved.</param>
    /// <param name="fallback">What stands behind <c>:-</c>, resolved; null for none.</param>
    /// <param name="written">The whole reference as it stands in the text.</param>
    public delegate string Reference(string name, string? fallback, string written);

    // Texts of templates come from files and pipelines alike.
    private const int DeepestNesting = 20;

    public static string Resolve(string text, Reference resolve) => text.Contains("${", StringComparison.Ordinal) ? Resolve(text, resolve, 0) : text;

    private static string Resolve(string text, Reference resolve, int depth)
    {
        var result = new System.Text.StringBuilder(text.Length);
        var at = 0;
        while (at < text.Length)
        {
            var start = text.IndexOf("${", at, StringComparison.Ordinal);
            if (start < 0 || depth > DeepestNesting || FindEnd(text, start) is not { } end)
            {
                return result.Append(text, at, text.Length - at).ToString();
            }

            var written = text[start..(end + 1)];
            if (start > at && text[start - 1] == '^')
            {
                result.Append(text, at, start - 1 - at).Append(written);
            }
            else
            {
                result.Append(text, at, start - at).Append(Resolve(written, text[(start + 2)..end], resolve, depth + 1));
            }

            at = end + 1;
        }

        return result.ToString();
    }

    private static string Resolve(string written, string inside, Reference resolve, int depth)
    {
        var split = FindDefault(inside);
        var name = inside[..(split ?? inside.Length)];
        return name.Length == 0
            ? written
            : resolve(Resolve(name, resolve, depth), split is { } position ? Resolve(inside[(position + 2)..], resolve, depth) : null, written);
    }

    private static int? FindEnd(string text, int start)
    {
        var open = 0;
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == '$' && i + 1 < text.Length && text[i + 1] == '{')
            {
                open++;
                i++;
            }
            else if (text[i] == '}' && --open == 0)
            {
                return i;
            }
        }

        return null;
    }

    private static int? FindDefault(string inside)
    {
        var open = 0;
        for (var i = 0; i + 1 < inside.Length; i++)
        {
            if (inside[i] == '$' && inside[i + 1] == '{')
            {
                open++;
            }
            else if (inside[i] == '}')
            {
                open--;
            }
            else if (open == 0 && inside[i] == ':' && inside[i + 1] == '-')
            {
                return i;
            }
        }

        return null;
    }
}
