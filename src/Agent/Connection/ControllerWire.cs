using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slipway.Agent.Spool;
using Slipway.Protocol;

namespace Slipway.Agent.Connection;

/// <summary>
/// Opens HTTP/1.1 connections to the controller, directly or through a proxy. Written on sockets rather than on HttpClient, which would be a third of the binary and of the memory of an idle agent.
/// </summary>
internal sealed class ControllerWire(AgentOrigin origin)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(20);

    private readonly Uri _root = new(origin.ControllerUrl);

    /// <summary>A fresh connection, encrypted where the URL says so.</summary>
    /// <exception cref="WireException">No connection; the message says to what, and why.</exception>
    public async Task<Stream> OpenAsync(CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(ConnectTimeout);
        Stream? stream = null;
        try
        {
            // A detour is a way of its own: a proxy is for the URL's host.
            var proxy = origin.Detour is null ? HttpProxy.For(_root) : null;
            stream = await ConnectAsync(origin.Detour?.Host ?? proxy?.Host ?? _root.DnsSafeHost, origin.Detour?.Port ?? proxy?.Port ?? _root.Port, timeout.Token);
            if (proxy is not null)
            {
                await TunnelAsync(stream, proxy, timeout.Token);
            }

            return IsEncrypted ? await EncryptAsync(stream, timeout.Token) : stream;
        }
        catch (Exception exception)
        {
            if (stream is not null)
            {
                await stream.DisposeAsync();
            }

            if (cancellation.IsCancellationRequested || exception is WireException)
            {
                throw;
            }

            throw new WireException(exception is OperationCanceledException
                ? $"{_root}{Way} does not answer within {ConnectTimeout.TotalSeconds:0} seconds"
                : $"{_root}{Way} cannot be reached: {Innermost(exception)}");
        }
    }

    private bool IsEncrypted => origin.Detour is not { IsPlain: true } && _root.Scheme is "https" or "wss";

    private string Way => origin.Detour is { } detour ? $" by way of {detour.Host}:{detour.Port}" : "";

    /// <summary>The beginning of every request: target, host, who we are.</summary>
    public StringBuilder Head(string method, string path)
    {
        var head = new StringBuilder();
        head.Append(method).Append(' ').Append(_root.AbsolutePath.TrimEnd('/')).Append('/').Append(path).Append(" HTTP/1.1\r\n");
        head.Append("Host: ").Append(_root.Authority).Append("\r\n");
        head.Append("User-Agent: slipway-agent/").Append(AgentVersion.Text).Append("\r\n");
        head.Append(AgentProtocol.NodeNameHeader).Append(": ").Append(Uri.EscapeDataString(origin.NodeName)).Append("\r\n");
        head.Append(AgentProtocol.SecretHeader).Append(": ").Append(origin.Secret).Append("\r\n");
        head.Append(AgentProtocol.VersionHeader).Append(": ").Append(AgentProtocol.Version).Append("\r\n");
        foreach (var header in origin.Headers)
        {
            head.Append(header).Append("\r\n");
        }

        return head;
    }

    private static async Task<NetworkStream> ConnectAsync(string host, int port, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task TunnelAsync(Stream stream, HttpProxy proxy, CancellationToken cancellation)
    {
        var request = $"CONNECT {_root.DnsSafeHost}:{_root.Port} HTTP/1.1\r\nHost: {_root.DnsSafeHost}:{_root.Port}\r\n{proxy.AuthorizationHeader}\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellation);
        var answer = await HttpHead.ReadAsync(stream, cancellation);
        if (answer.Status != 200)
        {
            throw new WireException($"The proxy {proxy.Host}:{proxy.Port} refuses a connection to {_root.Authority}: {answer.Status} {answer.Reason}. Check HTTPS_PROXY and NO_PROXY.");
        }
    }

    private async Task<Stream> EncryptAsync(Stream stream, CancellationToken cancellation)
    {
        var encrypted = new SslStream(stream, leaveInnerStreamOpen: false);
        var options = new SslClientAuthenticationOptions { TargetHost = _root.DnsSafeHost };
        if (origin.TrustAnyCertificate)
        {
#pragma warning disable CA5359 // The user asked for it, by the option that Jenkins' agent has for this.
            options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (origin.CertificateFile is { } file)
        {
            options.CertificateChainPolicy = TrustOnly(file);
        }

        try
        {
            await encrypted.AuthenticateAsClientAsync(options, cancellation);
        }
        catch (System.Security.Authentication.AuthenticationException exception)
        {
            throw new WireException($"The certificate of {_root.Authority} is not trusted: {Innermost(exception)}. Give its authority's certificate in a PEM file by SSL_CERT_FILE or -cert.");
        }

        return encrypted;
    }

    private static X509ChainPolicy TrustOnly(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(file);
        return policy;
    }

    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception.Message;
    }
}

/// <summary>The controller cannot be reached, or does not speak as expected. The message is for people; trying again later may help.</summary>
internal class WireException(string message) : IOException(message);

/// <summary>The controller refused us, and said why. Trying the same again does not help.</summary>
internal sealed class RefusedException(int status, string message) : WireException(message)
{
    public int Status { get; } = status;
}
