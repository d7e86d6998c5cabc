using System.Security.Cryptography.X509Certificates;

namespace Slipway.Kubernetes.Connecting;

/// <summary>
/// Where an API server is, whom we trust there and who we are: checked and complete, so that what can still fail is the network and the server. Made by
/// <see cref="Kubeconfig"/>, <see cref="InClusterConnection"/> or <see cref="ExplicitConnection"/>; each reports all faults of its source at once as a
/// <see cref="ClusterConnectionException"/>. Holds secrets: its text form names none.
/// </summary>
public sealed class ClusterConnection
{
    /// <summary>Base address, with a path where the API server stands behind one (<c>https://rancher/k8s/clusters/c-1</c>); ends with a slash.</summary>
    public required Uri Server { get; init; }

    /// <summary>The namespace that the source names, for requests that name none; null where it says nothing.</summary>
    public string? Namespace { get; init; }

    /// <summary>Certificates that the server's chain must end in; null for those that the machine trusts.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>The server's certificate is not looked at. Whoever stands between can read and change everything.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>The name the server's certificate must carry, where it is not that of the address.</summary>
    public string? TlsServerName { get; init; }

    public ClusterCredential Credential { get; init; } = ClusterCredential.None;

    /// <summary>http, https or socks5 address of a proxy; null for what the environment says (<c>HTTPS_PROXY</c>, <c>NO_PROXY</c>).</summary>
    public Uri? Proxy { get; init; }

    /// <summary>How long opening a connection may take, TLS included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an answer may take, from sending to its last byte. Watches and followed logs have no such end.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How many requests may be under way at once; further ones wait their turn. Watches and followed logs are not counted.</summary>
    public int MaxRequestsPerHost { get; init; } = 32;

    /// <summary>Where this was read: for messages.</summary>
    public string Source { get; init; } = "settings";

    public override string ToString() => $"{Server} ({Credential}, from {Source})";

    /// <summary>The same connection with other limits.</summary>
    public ClusterConnection With(TimeSpan? connectTimeout = null, TimeSpan? readTimeout = null, int? maxRequestsPerHost = null, string? @namespace = null) => new()
    {
        Server = Server,
        Namespace = @namespace ?? Namespace,
        Authorities = Authorities,
        SkipTlsVerify = SkipTlsVerify,
        TlsServerName = TlsServerName,
        Credential = Credential,
        Proxy = Proxy,
        ConnectTimeout = connectTimeout ?? ConnectTimeout,
        ReadTimeout = readTimeout ?? ReadTimeout,
        MaxRequestsPerHost = maxRequestsPerHost ?? MaxRequestsPerHost,
        Source = Source,
    };
}

/// <summary>Who we are at the API server. A client certificate and a token can be given together; the server decides which counts.</summary>
public sealed class ClusterCredential
{
    public static ClusterCredential None { get; } = new();

    /// <summary>A token that stays as it is.</summary>
    public string? Token { get; init; }

    /// <summary>A file whose token changes under us: read again while we run. It counts more than <see cref="Token"/>.</summary>
    public string? TokenFile { get; init; }

    /// <summary>With its private key.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Certificates between the client's and its authority, sent along.</summary>
    public X509Certificate2Collection? Intermediates { get; init; }

    public override string ToString() => (ClientCertificate, TokenFile ?? Token) switch
    {
        (null, null) => "anonymous",
        (null, _) => TokenFile is null ? "bearer token" : $"bearer token of {TokenFile}",
        ({ } certificate, null) => $"client certificate {certificate.Subject}",
        ({ } certificate, _) => $"client certificate {certificate.Subject} and bearer token",
    };
}

/// <summary>One thing that is wrong with the source of a connection.</summary>
/// <param name="File">The file, or what stands for it; null for settings.</param>
/// <param name="Line">1-based; null where there is none.</param>
/// <param name="Key">The key or setting, as a path: <c>clusters[prod].cluster.server</c>.</param>
/// <param name="Message">What is wrong and what to do. Never holds a secret.</param>
public sealed record ConnectionFault(string? File, int? Line, string Key, string Message)
{
    public override string ToString() => $"{(File is null ? "" : Line is null ? $"{File}: " : $"{File}:{Line}: ")}{Key}: {Message}";
}

/// <summary>The source of a connection cannot be used: every reason at once.</summary>
public sealed class ClusterConnectionException(IReadOnlyList<ConnectionFault> faults)
    : Exception("The connection to the cluster is not usable:\n" + string.Join('\n', faults))
{
    public IReadOnlyList<ConnectionFault> Faults { get; } = faults;
}
