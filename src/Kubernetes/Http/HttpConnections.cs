using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Slipway.Kubernetes.Connecting;

namespace Slipway.Kubernetes.Http;

/// <summary>
/// Makes the handler under the client. HTTP/1.1 on purpose: one connection per watch or log, so that a slow reader of one never holds up the others (in HTTP/2 they share a
/// connection's window), and how many requests run at once is ours to say (<see cref="RequestLimiter"/>).
/// </summary>
internal static class HttpConnections
{
    /// <returns>The client, and who tells why a server's certificate was refused.</returns>
    public static (HttpClient Http, ServerTrust Trust) Create(ClusterConnection connection, TimeProvider time)
    {
        var trust = new ServerTrust(connection.Authorities, connection.TlsServerName ?? connection.Server.IdnHost, time);
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = connection.ConnectTimeout,
            AllowAutoRedirect = false,
            UseCookies = false,
            // Addresses of the API server change: idle connections do not live on for ever.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            ConnectCallback = OpenAsync,
            SslOptions = Tls(connection, trust),
        };
        if (connection.Proxy is not null)
        {
            handler.Proxy = new WebProxy(connection.Proxy);
        }
        else if (connection.Server.IsLoopback)
        {
            handler.UseProxy = false;
        }

        var http = new HttpClient(handler)
        {
            BaseAddress = connection.Server,
            // Time limits are per request: see KubernetesTransport.
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = 256 * 1024 * 1024,
        };
        return (http, trust);
    }

    /// <summary>With keep-alive probes: a watch over a path that went dead without a word (a node lost, a NAT that forgot) ends within half a minute.</summary>
    private static async ValueTask<Stream> OpenAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 15);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static SslClientAuthenticationOptions Tls(ClusterConnection connection, ServerTrust trust)
    {
        var options = new SslClientAuthenticationOptions();
        if (connection.Credential.ClientCertificate is { } certificate)
        {
            options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, connection.Credential.Intermediates, offline: true);
        }

        if (connection.SkipTlsVerify)
        {
#pragma warning disable CA5359 // What skipTlsVerify asks for, said in its documentation.
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else
        {
            options.RemoteCertificateValidationCallback = (_, presented, chain, errors) => trust.IsTrusted(presented, chain, errors);
        }

        return options;
    }
}
