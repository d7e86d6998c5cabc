using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Slipway.Configuration;
using Slipway.Kubernetes.Connecting;
using Slipway.Provisioning.Kubernetes.Templates;
using Slipway.Server.Clouds;
using Slipway.Store.Secrets;

namespace Slipway.Server.Tests.Clouds;

public sealed class CloudMemoryTests
{
    private readonly SettingsInMemory _settings = new();

    [Fact]
    public async Task The_way_to_a_cloud_comes_back_whole_and_lies_sealed()
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=slipway", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var way = new ClusterConnection
        {
            Server = new Uri("https://k:6443/"),
            Namespace = "agents",
            Authorities = [certificate],
            TlsServerName = "kubernetes",
            Credential = new ClusterCredential { Token = "top-secret-token", TokenFile = "/run/token", ClientCertificate = certificate, Intermediates = [certificate] },
            Proxy = new Uri("http://proxy:3128/"),
            Source = "kubeconfig",
        };
        await Memory().SaveAsync([new ConfiguredCloud(new KubernetesCloudSettings { Name = "a", Namespace = "ci", MaxRequestsPerHost = 9 }, way, "f", "c")], default);

        var found = Assert.Single(await Memory().LoadAsync(default));
        await Memory().SaveAsync([found], default);
        Assert.Equal(1, _settings.Writes);

        Assert.Equal(("a", "ci", "", "c"), (found.Settings.Name, found.Settings.Namespace, found.Fingerprint, found.ConnectionFingerprint));
        Assert.Equal((way.Server, "agents", "kubernetes", way.Proxy, 9), (found.Connection.Server, found.Connection.Namespace, found.Connection.TlsServerName, found.Connection.Proxy, found.Connection.MaxRequestsPerHost));
        Assert.Equal(("top-secret-token", "/run/token"), (found.Connection.Credential.Token, found.Connection.Credential.TokenFile));
        Assert.Equal(certificate.Thumbprint, Assert.Single(found.Connection.Authorities!).Thumbprint);
        Assert.Equal(certificate.Thumbprint, Assert.Single(found.Connection.Credential.Intermediates!).Thumbprint);
        using var loaded = found.Connection.Credential.ClientCertificate!.GetRSAPrivateKey()!;
        Assert.Equal(key.ExportRSAPublicKey(), loaded.ExportRSAPublicKey());
        Assert.DoesNotContain("secret", Assert.Single(_settings.Values).Value, StringComparison.Ordinal);
        Assert.True(SecretSealer.IsSealed(_settings.Values["clouds"]));
    }

    [Fact]
    public async Task What_did_not_change_is_not_written_again_and_nothing_stays_where_there_are_no_clouds()
    {
        ConfiguredCloud one = Cloud("a"), other = Cloud("b");
        await Memory().SaveAsync([one, other], default);
        await Memory().SaveAsync([other, one], default);
        Assert.Equal(1, _settings.Writes);

        await Memory().SaveAsync([], default);
        Assert.Empty(_settings.Values);
    }

    [Fact]
    public async Task Namespaces_are_kept_for_each_cloud_and_go_with_the_last_one()
    {
        await Memory().NamespacesOf("a").SaveAsync(["x", "y"], default);

        Assert.Equal(["x", "y"], await Memory().NamespacesOf("a").LoadAsync(default));
        Assert.Empty(await Memory().NamespacesOf("b").LoadAsync(default));
        await Memory().NamespacesOf("a").SaveAsync([], default);
        Assert.Empty(_settings.Values);
    }

    private CloudMemory Memory() => new(_settings, new SecretSealer(new byte[32]));

    private static ConfiguredCloud Cloud(string name) => new(new KubernetesCloudSettings { Name = name }, new ClusterConnection { Server = new Uri("https://k/") }, "f", "c");
}
