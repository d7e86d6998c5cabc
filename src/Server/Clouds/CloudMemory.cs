using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Slipway.Configuration;
using Slipway.Kubernetes.Connecting;
using Slipway.Provisioning.Kubernetes.Cloud;
using Slipway.Provisioning.Kubernetes.Templates;
using Slipway.Store;
using Slipway.Store.Secrets;
using Slipway.Store.Settings;

namespace Slipway.Server.Clouds;

/// <summary>
/// The clouds that may have nodes, with the way to each, so that what is left of one can be found and ended even when the server starts with a configuration that does not name it any more. The way holds secrets: all of it lies sealed.
/// </summary>
internal sealed class CloudMemory(ISettingStore settings, SecretSealer sealer)
{
    private const string Key = "clouds";
    private const string Purpose = "clouds that may have nodes";

    /// <returns>With the way to them and their names alone: no new node can be made of such a cloud, and no configuration has its fingerprint.</returns>
    /// <exception cref="StoreException">It cannot be read, or was sealed with another key.</exception>
    public async Task<IReadOnlyList<ConfiguredCloud>> LoadAsync(CancellationToken cancellation)
    {
        if (await settings.FindAsync(Key, cancellation) is not { } box)
        {
            return [];
        }

        var kept = JsonSerializer.Deserialize<List<KeptCloud>>(sealer.UnsealText(box, Purpose)) ?? [];
        return [.. kept.Select(cloud => cloud.Restore())];
    }

    /// <summary>Replaces what is remembered. Completes when it is durable.</summary>
    public async Task SaveAsync(IReadOnlyList<ConfiguredCloud> clouds, CancellationToken cancellation)
    {
        if (clouds.Count == 0)
        {
            await settings.RemoveAsync(Key, cancellation);
            return;
        }

        var box = sealer.SealText(JsonSerializer.Serialize(clouds.OrderBy(cloud => cloud.Settings.Name, StringComparer.Ordinal).Select(KeptCloud.Of)), Purpose);

        // The same text is sealed to the same bytes: most starts write nothing.
        if (await settings.FindAsync(Key, cancellation) != box)
        {
            await settings.SetAsync(Key, box, cancellation);
        }
    }

    /// <summary>Where a cloud's namespaces are remembered.</summary>
    public INamespaceMemory NamespacesOf(string cloud) => new KeptNamespaces(settings, $"{Key}/{cloud}/namespaces");

    private sealed class KeptNamespaces(ISettingStore settings, string key) : INamespaceMemory
    {
        public async Task<IReadOnlyList<string>> LoadAsync(CancellationToken cancellation) =>
            await settings.FindAsync(key, cancellation) is { } text ? JsonSerializer.Deserialize<List<string>>(text) ?? [] : [];

        public Task SaveAsync(IReadOnlyList<string> namespaces, CancellationToken cancellation) =>
            namespaces.Count == 0 ? settings.RemoveAsync(key, cancellation) : settings.SetAsync(key, JsonSerializer.Serialize(namespaces), cancellation);
    }

    /// <summary>What is written. Certificates and the client's key are PEM: equal ones give equal text.</summary>
    private sealed record KeptCloud(
        string Name,
        string? Namespace,
        int ConnectTimeout,
        int ReadTimeout,
        int MaxRequests,
        Uri Server,
        string? ConnectionNamespace,
        string? Authorities,
        bool SkipsTlsVerify,
        string? TlsServerName,
        string? Token,
        string? TokenFile,
        string? ClientCertificate,
        string? ClientKey,
        string? Intermediates,
        Uri? Proxy,
        string Source,
        string ConnectionFingerprint)
    {
        public static KeptCloud Of(ConfiguredCloud cloud)
        {
            var (settings, way) = (cloud.Settings, cloud.Connection);
            return new KeptCloud(
                settings.Name,
                settings.Namespace,
                settings.ConnectTimeout,
                settings.ReadTimeout,
                settings.MaxRequestsPerHost,
                way.Server,
                way.Namespace,
                Pem(way.Authorities),
                way.SkipTlsVerify,
                way.TlsServerName,
                way.Credential.Token,
                way.Credential.TokenFile,
                way.Credential.ClientCertificate?.ExportCertificatePem(),
                way.Credential.ClientCertificate is { } client ? KeyOf(client) : null,
                Pem(way.Credential.Intermediates),
                way.Proxy,
                way.Source,
                cloud.ConnectionFingerprint);
        }

        public ConfiguredCloud Restore()
        {
            var settings = new KubernetesCloudSettings { Name = Name, Namespace = Namespace, ConnectTimeout = ConnectTimeout, ReadTimeout = ReadTimeout, MaxRequestsPerHost = MaxRequests };
            var way = new ClusterConnection
            {
                Server = Server,
                Namespace = ConnectionNamespace,
                Authorities = Certificates(Authorities),
                SkipTlsVerify = SkipsTlsVerify,
                TlsServerName = TlsServerName,
                Credential = new ClusterCredential
                {
                    Token = Token,
                    TokenFile = TokenFile,
                    ClientCertificate = ClientCertificate is null || ClientKey is null ? null : X509Certificate2.CreateFromPem(ClientCertificate, ClientKey),
                    Intermediates = Certificates(Intermediates),
                },
                Proxy = Proxy,
                Source = Source,
            }.With(TimeSpan.FromSeconds(ConnectTimeout), TimeSpan.FromSeconds(ReadTimeout), MaxRequests);
            return new ConfiguredCloud(settings, way, Fingerprint: "", ConnectionFingerprint);
        }

        private static string? KeyOf(X509Certificate2 certificate)
        {
            using var key = (AsymmetricAlgorithm?)certificate.GetRSAPrivateKey() ?? certificate.GetECDsaPrivateKey();
            return key?.ExportPkcs8PrivateKeyPem();
        }

        private static string? Pem(X509Certificate2Collection? certificates) => certificates is null ? null : string.Join('\n', certificates.Select(certificate => certificate.ExportCertificatePem()));

        private static X509Certificate2Collection? Certificates(string? pem)
        {
            if (pem is null)
            {
                return null;
            }

            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(pem);
            return certificates;
        }
    }
}
