using System.Net.Http.Headers;
using System.Text;

namespace Slipway.Api.Access;

/// <summary>What an <c>Authorization: Basic …</c> header says.</summary>
internal sealed record BasicCredentials(string User, string Secret)
{
    /// <summary>Null where the header is of another scheme or garbled.</summary>
    public static BasicCredentials? Read(string header)
    {
        if (!AuthenticationHeaderValue.TryParse(header, out var value) || !string.Equals(value.Scheme, "Basic", StringComparison.OrdinalIgnoreCase) || value.Parameter is null)
        {
            return null;
        }

        try
        {
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(value.Parameter));
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            return colon < 0 ? null : new BasicCredentials(text[..colon], text[(colon + 1)..]);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
