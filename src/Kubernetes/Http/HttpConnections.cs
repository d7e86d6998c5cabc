using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Slipway.Kubernetes.Connecting;

namespace Slipway.Kubernetes.Http;

/// <summary>
/// Makes the handler under the client. HTTP/1.1 on purpose: one connection per watch or log, so that a slow reader of one never holds up the others (in HTTP/2 they share a
/// connection's window), and how many requests run at once is ours to say (<see cref="RequestLimiter"/>).
/// </summary>
internal static class HttpConnections
{
    public static HttpClient Create(ClusterConnection connection)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = connection.ConnectTimeout,
            AllowAutoRedirect = false,
            UseCookies = false,
            // Addresses of the API server change: idle connections do not live on for ever.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            ConnectCallback = OpenAsync,
            SslOptions = Tls(connection),
        };
        if (connection.Proxy is not null)
        {
            handler.Proxy = new WebProxy(connection.Proxy);
        }
        else if (connection.Server.IsLoopback)
        {
            handler.UseProxy = false;
        }

        return new HttpClient(handler)
        {
            BaseAddress = connection.Server,
            // Time limits are per request: see KubernetesTransport.
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = 256 * 1024 * 1024,
        };
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

    private static SslClientAuthenticationOptions Tls(ClusterConnection connection)
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
        else if (connection.Authorities is { } authorities)
        {
            options.RemoteCertificateValidationCallback = (_, presented, chain, errors) => IsTrusted(presented, chain, errors, authorities);
        }

        return options;
    }

    /// <summary>Only our authorities count, not the machine's. One of them may be an intermediate: whoever put it into the file trusts it.</summary>
    private static bool IsTrusted(X509Certificate? presented, X509Chain? sent, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if (presented is null || (errors & (SslPolicyErrors.RemoteCertificateNotAvailable | SslPolicyErrors.RemoteCertificateNameMismatch)) != 0)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1"));
        foreach (var authority in authorities)
        {
            (authority.SubjectName.RawData.AsSpan().SequenceEqual(authority.IssuerName.RawData) ? chain.ChainPolicy.CustomTrustStore : chain.ChainPolicy.ExtraStore).Add(authority);
        }

        if (sent is not null)
        {
            foreach (var element in sent.ChainElements)
            {
                chain.ChainPolicy.ExtraStore.Add(element.Certificate);
            }
        }

        using var leaf = X509CertificateLoader.LoadCertificate(presented.GetRawCertData());
        return chain.Build(leaf)
            || (chain.ChainStatus.All(status => status.Status is X509ChainStatusFlags.PartialChain or X509ChainStatusFlags.NoError)
                && authorities.Any(authority => authority.RawDataMemory.Span.SequenceEqual(chain.ChainElements[^1].Certificate.RawDataMemory.Span)));
    }
}
