namespace Slipway.Kubernetes.Connecting;

/// <summary>A connection by its parts, as a cloud's configuration gives them. Certificates and key are PEM text.</summary>
public sealed record ExplicitConnection
{
    public required string Server { get; init; }
    public string? Namespace { get; init; }
    public string? Token { get; init; }
    public string? TokenFile { get; init; }
    public string? ClientCertificate { get; init; }
    public string? ClientKey { get; init; }
    public string? CertificateAuthority { get; init; }
    public bool SkipTlsVerify { get; init; }
    public string? TlsServerName { get; init; }
    public string? Proxy { get; init; }

    public override string ToString() => $"explicit connection to {Server}";

    /// <exception cref="ClusterConnectionException">Parts are missing, unreadable or contradict each other.</exception>
    public ClusterConnection Connect()
    {
        var faults = new List<ConnectionFault>();
        var reader = new CredentialReader(faults);
        var server = reader.Server(Server, null, null, "server");
        var authorities = string.IsNullOrWhiteSpace(CertificateAuthority) ? null : reader.Authorities(CertificateAuthority, null, null, "certificateAuthority");
        if (SkipTlsVerify && !string.IsNullOrWhiteSpace(CertificateAuthority))
        {
            faults.Add(new(null, null, "skipTlsVerify", "contradicts certificateAuthority: give one of them"));
        }

        ClusterCredential? certificate = null;
        if (string.IsNullOrWhiteSpace(ClientCertificate) != string.IsNullOrWhiteSpace(ClientKey))
        {
            var missing = string.IsNullOrWhiteSpace(ClientKey) ? "clientKey" : "clientCertificate";
            faults.Add(new(null, null, missing, "is missing: a client certificate and its key go together"));
        }
        else if (!string.IsNullOrWhiteSpace(ClientCertificate))
        {
            certificate = reader.ClientCertificate(ClientCertificate, ClientKey!, null, null, "clientCertificate", "clientKey");
        }

        if (TokenFile is not null)
        {
            reader.Text(TokenFile, null, null, "tokenFile");
        }

        var proxy = string.IsNullOrWhiteSpace(Proxy) ? null : reader.Proxy(Proxy, null, null, "proxy");
        return faults.Count > 0
            ? throw new ClusterConnectionException(faults)
            : new ClusterConnection
            {
                Server = server!,
                Namespace = Namespace,
                Authorities = authorities,
                SkipTlsVerify = SkipTlsVerify,
                TlsServerName = TlsServerName,
                Proxy = proxy,
                Credential = new ClusterCredential
                {
                    Token = string.IsNullOrWhiteSpace(Token) ? null : Token.Trim(),
                    TokenFile = TokenFile,
                    ClientCertificate = certificate?.ClientCertificate,
                    Intermediates = certificate?.Intermediates,
                },
            };
    }
}
