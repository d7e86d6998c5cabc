namespace Slipway.Agent.Git;

/// <summary>A repository's address as it may be shown.</summary>
internal static class GitUrl
{
    /// <summary><c>https://user:secret@host/x</c> becomes <c>https://host/x</c>; other forms hold no secret and stay.</summary>
    public static string WithoutCredentials(string url) => TrySplit(url, out var scheme, out _, out var rest) ? scheme + rest : url;

    /// <summary>The password or token inside the address, decoded and as written; empty when there is none.</summary>
    public static IReadOnlyList<string> Secrets(string url)
    {
        if (!TrySplit(url, out _, out var user, out _))
        {
            return [];
        }

        // Without a colon the whole part may be a token.
        var colon = user.IndexOf(':', StringComparison.Ordinal);
        var secret = colon < 0 ? user : user[(colon + 1)..];
        return [secret, Uri.UnescapeDataString(secret)];
    }

    private static bool TrySplit(string url, out string scheme, out string user, out string rest)
    {
        (scheme, user, rest) = ("", "", "");
        var separator = url.IndexOf("://", StringComparison.Ordinal);
        if (separator < 0 || !url.StartsWith("http", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var start = separator + 3;
        var end = url.IndexOf('/', start);
        var authority = end < 0 ? url[start..] : url[start..end];
        var at = authority.LastIndexOf('@');
        if (at < 0)
        {
            return false;
        }

        (scheme, user, rest) = (url[..start], authority[..at], url[(start + at + 1)..]);
        return true;
    }
}
