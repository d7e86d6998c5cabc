using System.Text.RegularExpressions;
using Slipway.Model.Operations;

namespace Slipway.Model.Scm;

/// <summary>
/// Addresses of git repositories that carry credentials (<c>https://user:secret@host/x</c>). They are taken apart before anything is shown, logged, journaled or given to a program as
/// an argument, for every user of a machine can read the arguments of its processes.
/// </summary>
public static partial class RepositoryUrl
{
    /// <summary>
    /// The address as it may be shown and given to <c>git</c>. For <c>http</c>, <c>https</c> and others the user's part is taken out; <c>ssh</c> needs the user's name, which is no secret, and
    /// loses the password alone, which ssh could not use. Other forms (<c>git@host:x</c>, a path) hold no secret and stay.
    /// </summary>
    public static string WithoutCredentials(string url)
    {
        if (Address().Match(url) is not { Success: true } address || address.Index != 0)
        {
            return url;
        }

        var (scheme, user, rest) = (address.Groups[1].Value, address.Groups[2].Value, url[address.Length..]);
        return scheme.Contains("ssh", StringComparison.OrdinalIgnoreCase) && !IsHidden(user, out var name) ? $"{scheme}{name}@{rest}" : scheme + rest;

        static bool IsHidden(string user, out string name)
        {
            var colon = user.IndexOf(':', StringComparison.Ordinal);
            name = colon < 0 ? user : user[..colon];
            return name.Length == 0;
        }
    }

    /// <summary>The same for every address within a text, such as a program's message.</summary>
    public static string HideCredentials(string text) => text.Contains("://", StringComparison.Ordinal) ? Address().Replace(text, address => WithoutCredentials(address.Value)) : text;

    /// <summary>The user and secret inside an <c>http</c> address, decoded; null when there is none. A user without a password is taken for a token, and is sent with an empty password.</summary>
    public static GitCredential? CredentialIn(string url)
    {
        if (!url.StartsWith("http", StringComparison.OrdinalIgnoreCase) || Address().Match(url) is not { Success: true, Index: 0 } address || address.Groups[2].Length == 0)
        {
            return null;
        }

        var user = address.Groups[2].Value;
        var colon = user.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? new GitCredential(Uri.UnescapeDataString(user), "") : new GitCredential(Uri.UnescapeDataString(user[..colon]), Uri.UnescapeDataString(user[(colon + 1)..]));
    }

    /// <summary>What must be masked wherever it shows: the password inside an <c>http</c> address, or the user without one, which may be a token; decoded and as written.</summary>
    public static IReadOnlyList<string> SecretsIn(string url)
    {
        if (CredentialIn(url) is not { } credential)
        {
            return [];
        }

        var user = Address().Match(url).Groups[2].Value;
        var written = user[(user.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return written.Length == 0 ? [] : [written, credential.Secret.Length > 0 ? credential.Secret : credential.User];
    }

    // To the last '@' before the path: passwords are often not encoded.
    [GeneratedRegex("""([a-z][a-z0-9+.-]*://)([^/\s'"<>]*)@""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}
