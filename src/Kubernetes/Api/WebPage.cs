using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Kubernetes.Api;

/// <summary>Answers of something that is no API server: a page, or a reference to one. Named as that, and not quoted.</summary>
internal static partial class WebPage
{
    private const int LongestTitle = 80;

    /// <returns>Null where the answer is no page.</returns>
    public static string? Explain(HttpStatusCode code, byte[] body)
    {
        if ((int)code is >= 300 and < 400)
        {
            return $"it answers, but is no Kubernetes API server: it sends the request elsewhere (HTTP {(int)code}). Is this the API server's own address, with https?";
        }

        var text = Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, 4096)).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        if (!text.StartsWith('<'))
        {
            return null;
        }

        var title = Title().Match(text) is { Success: true } match ? match.Groups[1].Value : Tag().Replace(text, " ");
        var words = string.Join(' ', title.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        var said = words.Length == 0 ? "" : $", '{(words.Length > LongestTitle ? words[..LongestTitle] + "…" : words)}'";
        return $"it answers, but is no Kubernetes API server, or something stands before it: it shows a web page (HTTP {(int)code}{said}).";
    }

    [GeneratedRegex("<title>([^<]*)</title>", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 500)]
    private static partial Regex Title();

    [GeneratedRegex("<[^>]*>", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 500)]
    private static partial Regex Tag();
}
