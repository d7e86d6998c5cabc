using System.Text;

namespace Slipway.Agent.Connection;

/// <summary>The proxy that the environment names for a URL, by the variables that most programs read.</summary>
internal sealed record HttpProxy(string Host, int Port, string AuthorizationHeader)
{
    public static HttpProxy? For(Uri url) => For(url, Environment.GetEnvironmentVariable);

    internal static HttpProxy? For(Uri url, Func<string, string?> variable)
    {
        string? Find(string name) => variable(name.ToLowerInvariant()) is { Length: > 0 } lower ? lower : variable(name);

        var setting = Find(url.Scheme is "https" or "wss" ? "HTTPS_PROXY" : "HTTP_PROXY");
        if (string.IsNullOrWhiteSpace(setting) || url.IsLoopback || IsExcepted(url.DnsSafeHost, Find("NO_PROXY")))
        {
            return null;
        }

        var text = setting.Contains("://", StringComparison.Ordinal) ? setting : "http://" + setting;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var proxy) || proxy.Scheme != "http")
        {
            throw new WireException($"The proxy '{setting}' of the environment is not an http:// URL");
        }

        var authorization = proxy.UserInfo.Length == 0 ? "" : $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(proxy.UserInfo)))}\r\n";
        return new HttpProxy(proxy.DnsSafeHost, proxy.Port, authorization);
    }

    private static bool IsExcepted(string host, string? exceptions) =>
        exceptions is not null && exceptions.Split([',', ' ', '|'], StringSplitOptions.RemoveEmptyEntries)
            .Select(exception => exception.TrimStart('*').TrimStart('.'))
            .Any(exception => exception.Length == 0 || host.Equals(exception, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + exception, StringComparison.OrdinalIgnoreCase));
}
