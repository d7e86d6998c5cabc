using System.Diagnostics;
using System.Text;
using Slipway.Agent.Processes;
using Slipway.Agent.Spool;

namespace Slipway.Agent.Connection;

/// <summary>
/// <c>slipway-agent check URL</c>: whether an agent on this machine would reach the controller, by the way that an agent takes: name resolution, proxy, certificate, WebSocket. It brings no secret, so
/// that a controller refuses it; that refusal is what it looks for.
/// </summary>
internal static class ReachabilityCheck
{
    public const string Verb = "check";

    public const string Help = """
          slipway-agent check URL [-tunnel HOST:PORT]
                                tells whether an agent would reach the controller from here, and why not
        """;

    private const string NodeName = "slipway-agent-check";

    public static int Run(string[] arguments)
    {
        var url = arguments is [_] or [_, "-tunnel", _] ? arguments[0] : "";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https" or "ws" or "wss"))
        {
            return Say("slipway-agent check takes the controller's root URL: slipway-agent check https://ci.example.com/", ExitCode.WrongUsage);
        }

        Detour? detour = null;
        if (arguments is [_, _, var tunnel] && (detour = Detour.Parse(tunnel, address)) is null)
        {
            return Say($"-tunnel takes HOST:PORT, HOST: or :PORT, not '{tunnel}'.", ExitCode.WrongUsage);
        }

        var since = Stopwatch.GetTimestamp();
        var wire = new ControllerWire(new AgentOrigin(NodeName, "none", url, InPlaceWorkspace: null, CertificateFile: null, TrustAnyCertificate: false, Headers: []) { Detour = detour });
        try
        {
            using var socket = WebSocketUpgrade.OpenAsync(wire, CancellationToken.None).GetAwaiter().GetResult();
            return Reached(url, detour, since);
        }
        catch (RefusedException refusal) when (refusal.Status is 401 or 403)
        {
            return Reached(url, detour, since);
        }
        catch (Exception exception) when (exception is WireException or IOException)
        {
            return Say($"Not reached: {exception.Message}", exception is RefusedException ? ExitCode.Refused : ExitCode.Failed);
        }
    }

    private static int Reached(string url, Detour? detour, long since) => Say($"Reached {url}{(detour is null ? "" : $" by way of {detour.Host}:{detour.Port}")} in {Stopwatch.GetElapsedTime(since).TotalMilliseconds:0} ms.", ExitCode.Done);

    private static int Say(string text, int exitCode)
    {
        Native.WriteAll(1, Encoding.UTF8.GetBytes(text + "\n"));
        return exitCode;
    }
}
