using System.Net;
using System.Net.Sockets;
using Slipway.Server.Settings;

namespace Slipway.Server.Hosting;

/// <summary>The sockets that the server answers on: one for everybody, and where it is configured one for agents alone. Bound before anything else starts; the web server takes them over.</summary>
internal sealed class ListeningSockets : IDisposable
{
    private readonly Socket _main;
    private readonly Socket? _agents;
    private bool _isReleased;

    private ListeningSockets(Socket main, Socket? agents, Uri url)
    {
        (_main, _agents, Url) = (main, agents, url);
        Main = (IPEndPoint)main.LocalEndPoint!;
        Agents = (IPEndPoint?)agents?.LocalEndPoint;
    }

    public IPEndPoint Main { get; }

    public IPEndPoint? Agents { get; }

    public IEnumerable<IPEndPoint> Addresses => Agents is null ? [Main] : [Main, Agents];

    /// <summary>How programs on this machine reach it.</summary>
    public Uri Url { get; }

    /// <exception cref="SettingsException">An address is in use or not this machine's.</exception>
    public static ListeningSockets Bind(ServerEndpoint endpoint)
    {
        var main = Bind(SettingNames.Listen, new IPEndPoint(endpoint.Address, endpoint.Port));
        try
        {
            var agents = endpoint.Agents is { } door ? Bind(SettingNames.AgentListen, door) : null;
            return new ListeningSockets(main, agents, UrlOf(endpoint.Address, (IPEndPoint)main.LocalEndPoint!));
        }
        catch
        {
            main.Dispose();
            throw;
        }
    }

    /// <summary>For the web server, which asks for each of <see cref="Addresses"/> once.</summary>
    public Socket Take(EndPoint address) => address.Equals(Agents) ? _agents! : _main;

    /// <summary>The web server has them now, and closes them.</summary>
    public void Release() => _isReleased = true;

    public void Dispose()
    {
        if (!_isReleased)
        {
            _main.Dispose();
            _agents?.Dispose();
        }
    }

    private static Socket Bind(string setting, IPEndPoint address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Not ReuseAddress: .NET makes that SO_REUSEPORT on Linux, and two servers would share the port in silence. Binding sets SO_REUSEADDR by itself, so that a restart can follow at once.
            socket.Bind(address);
            socket.Listen(512);
            return socket;
        }
        catch (SocketException fault)
        {
            socket.Dispose();
            throw new SettingsException([$"{setting}: {address.Address}:{address.Port} cannot be used: {fault.Message}. Another program may listen there; choose another port."]);
        }
    }

    private static Uri UrlOf(IPAddress address, IPEndPoint bound)
    {
        var host = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? "127.0.0.1"
            : address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
        return new Uri($"http://{host}:{bound.Port}/");
    }
}
