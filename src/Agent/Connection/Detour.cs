namespace Slipway.Agent.Connection;

/// <summary>
/// Where to connect to instead of the URL's host and port: Jenkins' <c>-tunnel</c> and <c>-direct</c>. The request stays the URL's, its path and <c>Host</c> included.
/// </summary>
/// <param name="IsPlain">The port is the controller's for agents, which speaks without TLS; without a port of its own a detour leads to the URL's, and speaks as the URL says.</param>
internal sealed record Detour(string Host, int Port, bool IsPlain)
{
    /// <summary><c>HOST:PORT</c>, <c>HOST:</c> or <c>:PORT</c>; what is left out is the URL's. Null when it is none of these.</summary>
    public static Detour? Parse(string text, Uri url)
    {
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? text : text[..colon].Trim('[', ']');
        var port = colon < 0 ? "" : text[(colon + 1)..];
        return colon < 0 || (host.Length == 0 && port.Length == 0) || host.AsSpan().ContainsAny(" /\r\n") ? null
            : port.Length == 0 ? new Detour(host, url.Port, IsPlain: false)
            : int.TryParse(port, out var number) && number is > 0 and <= 65535 ? new Detour(host.Length == 0 ? url.DnsSafeHost : host, number, IsPlain: true)
            : null;
    }
}
