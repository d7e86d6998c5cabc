using Slipway.Configuration.Merging;
using Slipway.Kubernetes.Connecting;
using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Configuration.Credentials;

/// <param name="Fingerprint">Differs when the connection does, its secrets included.</param>
internal sealed record CloudConnection(ClusterConnection Connection, string Fingerprint);

/// <summary>
/// The way from a cloud's settings to its cluster: the address and credential that are given, else the service account of the pod that the server runs in, else a kubeconfig.
/// The server's own service account is shown to its own cluster only, never to an address that a file names.
/// </summary>
internal sealed class CloudConnections(ConfigurationSurroundings surroundings, CredentialStore credentials, ProxySettings? proxy, List<ConfigurationFault> faults, List<string> warnings)
{
    // What the Jenkins plugin allows at least.
    private const int ShortestConnectTimeout = 5;
    private const int ShortestReadTimeout = 15;

    /// <returns>Null after a fault, and where secrets are not resolved: then only what needs none is looked at.</returns>
    public CloudConnection? Connect(KubernetesCloudSettings settings, Place place)
    {
        var before = faults.Count;
        CheckAddress(settings, place);
        if (!surroundings.ResolvesSecrets)
        {
            return null;
        }

        var login = FindLogin(settings, place);
        if (settings.UseJenkinsProxy && proxy is null)
        {
            faults.Add(place.Fault("useJenkinsProxy", "There is no jenkins.proxy with a name and a port in the configuration. Give one, or take this out: HTTPS_PROXY of the server's environment counts without it."));
        }
        else if (settings.UseJenkinsProxy && string.IsNullOrEmpty(settings.ServerUrl) && !Uri.TryCreate(proxy!.Address, UriKind.Absolute, out _))
        {
            faults.Add(place.Fault("useJenkinsProxy", $"The name and port of jenkins.proxy make no address: {proxy.Address}."));
        }

        if (faults.Count > before)
        {
            return null;
        }

        try
        {
            if (Open(settings, login, place) is not { } connection)
            {
                return null;
            }

            var limited = WithLimits(connection, settings);
            return !MayCarryCredential(limited, settings, place) ? null : new CloudConnection(
                limited,
                Fingerprint.Of(limited.ToString(), limited.Namespace, $"{limited.ConnectTimeout} {limited.ReadTimeout} {limited.MaxRequestsPerHost} {limited.SkipTlsVerify} {limited.TlsServerName} {limited.Proxy}", settings.UseJenkinsProxy ? proxy!.Address : null, connection.Credential.Token, connection.Credential.TokenFile,
                    connection.Credential.ClientCertificate?.Thumbprint, string.Join(' ', connection.Authorities?.Select(authority => authority.Thumbprint) ?? [])));
        }
        catch (ClusterConnectionException fault)
        {
            Tell(fault, place);
            return null;
        }
    }

    /// <summary>Address and CA by themselves, so that a fault of the credential hides none of theirs.</summary>
    private void CheckAddress(KubernetesCloudSettings settings, Place place)
    {
        if (string.IsNullOrEmpty(settings.ServerUrl))
        {
            if (!string.IsNullOrWhiteSpace(settings.ServerCertificate))
            {
                warnings.Add(place.Fault("serverCertificate", "This is not looked at without serverUrl: the cluster that the server runs in, or the kubeconfig, names its own.").ToString());
            }

            return;
        }

        // A reference that is still open stands for a text that nobody knows; where it is a fault, it is told.
        var address = IsOpen(settings.ServerUrl) ? settings with { ServerUrl = "https://unknown" } : settings;
        try
        {
            Explicit(IsOpen(settings.ServerCertificate) ? address with { ServerCertificate = null } : address, place).Connect();
        }
        catch (ClusterConnectionException fault)
        {
            Tell(fault, place);
        }
    }

    /// <summary>Whoever listens between could take what is sent over plain HTTP, and be us from then on.</summary>
    private bool MayCarryCredential(ClusterConnection connection, KubernetesCloudSettings settings, Place place)
    {
        if (connection.Server.Scheme != Uri.UriSchemeHttp || connection.Credential is { Token: null, TokenFile: null })
        {
            return true;
        }

        var key = string.IsNullOrEmpty(settings.ServerUrl) ? "credentialsId" : "serverUrl";
        var said = $"The token would be sent over plain HTTP to {connection.Server}, where everybody on the way can read it";
        if (connection.Server.IsLoopback)
        {
            warnings.Add(place.Fault(key, $"{said}; it stays on this machine.").ToString());
            return true;
        }

        faults.Add(place.Fault(key, $"{said}. Use https, with serverCertificate where the cluster has a CA of its own."));
        return false;
    }

    private void Tell(ClusterConnectionException fault, Place place) =>
        faults.AddRange(fault.Faults.Select(f => place.Fault(SettingOf(f.Key), $"{(f.File is null ? "" : f.Line is null ? $"{f.File}: " : $"{f.File}:{f.Line}: ")}{f.Key}: {f.Message}")));

    private static bool IsOpen(string? text) => text?.Contains("${", StringComparison.Ordinal) == true;

    private ClusterLogin? FindLogin(KubernetesCloudSettings settings, Place place)
    {
        if (string.IsNullOrEmpty(settings.CredentialsId) || IsOpen(settings.CredentialsId))
        {
            return null;
        }

        if (credentials.Find(settings.CredentialsId) is { } stored)
        {
            var login = ClusterLogin.Read(stored);
            faults.AddRange(stored.Settings.Session.Faults);
            return login;
        }

        if (IsOwnCluster(settings.ServerUrl) && InCluster() is not null)
        {
            warnings.Add($"{place.File}: {place.Node.Key}.credentialsId: there is no credential '{settings.CredentialsId}' in the configuration. The cloud '{settings.Name}' uses the service account of the server's own pod.");
            return new ClusterLogin.OwnServiceAccount();
        }

        faults.Add(place.Fault("credentialsId", $"There is no credential '{settings.CredentialsId}' in the configuration. Add it below credentials.system.domainCredentials, for instance as 'string' with the token of a service account"
            + (string.IsNullOrEmpty(settings.ServerUrl) ? ", or take credentialsId out to use the service account of the server's pod or its kubeconfig." : IsOwnCluster(settings.ServerUrl) ? "; in a pod with a service account it may be left out." : ".")));
        return null;
    }

    private ClusterConnection? Open(KubernetesCloudSettings settings, ClusterLogin? login, Place place)
    {
        if (login is ClusterLogin.KubeconfigText kubeconfig)
        {
            var connection = Kubeconfig.Parse(kubeconfig.Text, kubeconfig.Source);
            return string.IsNullOrEmpty(settings.ServerUrl) ? connection : With(connection, Explicit(settings, place).Connect(), settings);
        }

        if (string.IsNullOrEmpty(settings.ServerUrl))
        {
            return OpenHere(login, place);
        }

        // An address of one's own cluster without a credential means the pod's service account, as with Jenkins.
        if (login is ClusterLogin.OwnServiceAccount || (login is null && IsOwnCluster(settings.ServerUrl)))
        {
            if (InCluster() is { } own && IsOwnCluster(settings.ServerUrl))
            {
                return With(own, Explicit(settings, place).Connect(), settings);
            }

            if (login is not null)
            {
                faults.Add(place.Fault("credentialsId", $"The credential '{settings.CredentialsId}' is the service account of the server's pod, and {(InCluster() is null ? "this is no pod with one" : $"{settings.ServerUrl} is not the pod's cluster: it is not shown there")}. Use a 'string' credential with a token for that cluster."));
                return null;
            }
        }

        if (login is null)
        {
            warnings.Add($"{place.File}: {place.Node.Key}: the cloud '{settings.Name}' names an address and no credential: the API server takes its requests for those of an anonymous user. Give credentialsId.");
        }

        return (Explicit(settings, place) with
        {
            Token = (login as ClusterLogin.Token)?.Value,
            ClientCertificate = (login as ClusterLogin.Certificate)?.CertificatePem,
            ClientKey = (login as ClusterLogin.Certificate)?.KeyPem,
            CertificateAuthority = Authority(settings) ?? (settings.SkipTlsVerify ? null : (login as ClusterLogin.Certificate)?.AuthorityPem),
        }).Connect();
    }

    /// <summary>No address is given: the cluster that the server runs in, else the kubeconfig's.</summary>
    private ClusterConnection? OpenHere(ClusterLogin? login, Place place)
    {
        var here = InCluster() ?? (surroundings.Kubeconfigs.Any(File.Exists) ? Kubeconfig.Load(surroundings.Kubeconfigs) : null);
        if (here is null)
        {
            faults.Add(place.Fault("serverUrl", $"Which cluster? The server runs in no pod with a service account, and there is no kubeconfig ({string.Join(", ", surroundings.Kubeconfigs)}). Give serverUrl and credentialsId, or set KUBECONFIG."));
            return null;
        }

        return login switch
        {
            null or ClusterLogin.OwnServiceAccount => here,
            ClusterLogin.Token token => Copy(here, new ClusterCredential { Token = token.Value }),
            ClusterLogin.Certificate certificate => Copy(here, new ExplicitConnection { Server = here.Server.AbsoluteUri, ClientCertificate = certificate.CertificatePem, ClientKey = certificate.KeyPem }.Connect().Credential),
            _ => here,
        };
    }

    private ExplicitConnection Explicit(KubernetesCloudSettings settings, Place place) => new()
    {
        Server = settings.ServerUrl ?? throw new InvalidOperationException($"{place.Node.Key} has no address."),
        Namespace = string.IsNullOrEmpty(settings.Namespace) ? null : settings.Namespace,
        SkipTlsVerify = settings.SkipTlsVerify,
        CertificateAuthority = Authority(settings),
        Proxy = settings.UseJenkinsProxy ? proxy?.Address : null,
    };

    /// <summary>As with Jenkins, a CA beside skipTlsVerify is not looked at. One without PEM's lines is taken as the base64 between them.</summary>
    private static string? Authority(KubernetesCloudSettings settings) => settings switch
    {
        { SkipTlsVerify: true } or { ServerCertificate: null or "" } => null,
        { ServerCertificate: var text } when text.Contains("-----BEGIN", StringComparison.Ordinal) => text,
        { ServerCertificate: var text } => Decoded(text),
    };

    private static string Decoded(string text)
    {
        try
        {
            var bytes = Convert.FromBase64String(text.Trim());
            var decoded = System.Text.Encoding.UTF8.GetString(bytes);
            return decoded.Contains("-----BEGIN", StringComparison.Ordinal) ? decoded : $"-----BEGIN CERTIFICATE-----\n{text.Trim()}\n-----END CERTIFICATE-----\n";
        }
        catch (FormatException)
        {
            return text;
        }
    }

    /// <summary>Who we are from one source, where we go from the other.</summary>
    private static ClusterConnection With(ClusterConnection who, ClusterConnection where, KubernetesCloudSettings settings) => new()
    {
        Server = where.Server,
        Namespace = where.Namespace ?? who.Namespace,
        Authorities = where.Authorities ?? (settings.SkipTlsVerify ? null : who.Authorities),
        SkipTlsVerify = where.SkipTlsVerify,
        TlsServerName = where.TlsServerName,
        Credential = who.Credential,
        Proxy = where.Proxy ?? who.Proxy,
        Source = who.Source,
    };

    private static ClusterConnection Copy(ClusterConnection connection, ClusterCredential credential, Uri? through = null) => new()
    {
        Server = connection.Server,
        Namespace = connection.Namespace,
        Authorities = connection.Authorities,
        SkipTlsVerify = connection.SkipTlsVerify,
        TlsServerName = connection.TlsServerName,
        Credential = credential,
        Proxy = through ?? connection.Proxy,
        Source = connection.Source,
    };

    private ClusterConnection WithLimits(ClusterConnection connection, KubernetesCloudSettings settings) => ThroughProxy(connection, settings).With(
        TimeSpan.FromSeconds(Math.Max(ShortestConnectTimeout, settings.ConnectTimeout)),
        TimeSpan.FromSeconds(Math.Max(ShortestReadTimeout, settings.ReadTimeout)),
        settings.MaxRequestsPerHost > 0 ? settings.MaxRequestsPerHost : null,
        string.IsNullOrEmpty(settings.Namespace) ? null : settings.Namespace);

    /// <summary>The proxy counts for every way to a cluster, also for one that no address in the file leads to.</summary>
    private ClusterConnection ThroughProxy(ClusterConnection connection, KubernetesCloudSettings settings) =>
        settings.UseJenkinsProxy && connection.Proxy is null ? Copy(connection, connection.Credential, new Uri(proxy!.Address)) : connection;

    private ClusterConnection? InCluster()
    {
        try
        {
            return surroundings.InCluster();
        }
        catch (ClusterConnectionException)
        {
            return null;
        }
    }

    /// <summary>No address means the own one too.</summary>
    private bool IsOwnCluster(string? address)
    {
        if (string.IsNullOrEmpty(address))
        {
            return true;
        }

        var host = Uri.TryCreate(address.Contains("://", StringComparison.Ordinal) ? address : "https://" + address, UriKind.Absolute, out var url) ? url.Host : "";
        return host is "kubernetes.default" or "kubernetes.default.svc" || host.StartsWith("kubernetes.default.svc.", StringComparison.Ordinal)
            || (host.Length > 0 && InCluster()?.Server.Host == host);
    }

    private static string SettingOf(string key) => key switch
    {
        "server" => "serverUrl",
        "certificateAuthority" => "serverCertificate",
        "skipTlsVerify" => "skipTlsVerify",
        "proxy" => "useJenkinsProxy",
        _ => "credentialsId",
    };
}
