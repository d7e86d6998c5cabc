using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Slipway.Configuration.Tests;

public sealed class ConnectionTests : IDisposable
{
    private readonly ConfigurationDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_string_credential_is_the_token_for_the_address()
    {
        _directory.Environment["TOKEN"] = "abc";

        var connection = Connect("serverUrl: https://api.example.com:6443, skipTlsVerify: true, credentialsId: c, namespace: agents", "string: {id: c, secret: '${TOKEN}'}");

        Assert.Equal("https://api.example.com:6443/", connection.Server.AbsoluteUri);
        Assert.Equal("abc", connection.Credential.Token);
        Assert.True(connection.SkipTlsVerify);
        Assert.Equal("agents", connection.Namespace);
    }

    [Fact]
    public void Limits_are_those_of_the_cloud_and_never_below_what_Jenkins_allows()
    {
        _directory.InCluster = ConfigurationDirectory.Pod;

        var connection = Connect("connectTimeout: 1, readTimeout: '60', maxRequestsPerHostStr: '7'");

        Assert.Equal((5, 60, 7), (connection.ConnectTimeout.TotalSeconds, connection.ReadTimeout.TotalSeconds, connection.MaxRequestsPerHost));
    }

    [Fact]
    public void A_file_credential_is_a_kubeconfig()
    {
        const string Kubeconfig = "clusters: [{name: k, cluster: {server: 'https://k:6443'}}]\nusers: [{name: u, user: {token: abc}}]\ncontexts: [{name: x, context: {cluster: k, user: u}}]\ncurrent-context: x\n";

        var connection = Connect("credentialsId: c", $"file: {{id: c, fileName: config, secretBytes: {Convert.ToBase64String(Encoding.UTF8.GetBytes(Kubeconfig))}}}");

        Assert.Equal("https://k:6443/", connection.Server.AbsoluteUri);
        Assert.Equal("abc", connection.Credential.Token);
    }

    [Fact]
    public void A_certificate_credential_is_a_key_store_with_its_password()
    {
        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest("CN=slipway", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var store = Convert.ToBase64String(certificate.Export(X509ContentType.Pkcs12, "open"));

        var connection = Connect("serverUrl: https://k, credentialsId: c", $"certificate: {{id: c, password: open, keyStoreSource: {{uploaded: {{uploadedKeystore: {store}}}}}}}");

        Assert.Equal("CN=slipway", connection.Credential.ClientCertificate?.Subject);
        Assert.True(connection.Credential.ClientCertificate!.HasPrivateKey);
    }

    [Fact]
    public void A_PEM_certificate_and_its_key_are_a_credential()
    {
        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest("CN=slipway", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        _directory.Environment["CERT"] = certificate.ExportCertificatePem();
        _directory.Environment["KEY"] = key.ExportPkcs8PrivateKeyPem();

        var connection = Connect("serverUrl: https://k, credentialsId: c", "x509ClientCert: {id: c, clientCertificate: '${CERT}', clientKeySecret: '${KEY}', serverCaCertificate: '${CERT}'}");

        Assert.Equal("CN=slipway", connection.Credential.ClientCertificate?.Subject);
        Assert.Single(connection.Authorities!);
    }

    [Fact]
    public void An_unknown_credential_in_a_pod_is_the_pods_service_account_with_a_warning()
    {
        _directory.InCluster = ConfigurationDirectory.Pod;

        var result = _directory.ReadText(Text("serverUrl: https://kubernetes.default, skipTlsVerify: true, credentialsId: k8s-service-account"));

        Assert.Empty(result.Faults);
        Assert.Equal(ConfigurationDirectory.Pod.Credential.TokenFile, Assert.Single(result.Clouds).Connection.Credential.TokenFile);
        Assert.Equal("https://kubernetes.default/", result.Clouds[0].Connection.Server.AbsoluteUri);
        Assert.Contains("k8s-service-account", Assert.Single(result.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void The_pods_service_account_is_not_shown_to_another_cluster()
    {
        _directory.InCluster = ConfigurationDirectory.Pod;

        var unknown = _directory.ReadText(Text("serverUrl: https://elsewhere, credentialsId: nobody"));
        var none = _directory.ReadText(Text("serverUrl: https://elsewhere"));

        Assert.Equal("jenkins.clouds[0].kubernetes.credentialsId", Assert.Single(unknown.Faults).Key);
        Assert.Equal("anonymous", Assert.Single(none.Clouds).Connection.Credential.ToString());
    }

    [Fact]
    public void A_cloud_that_says_nothing_is_the_pods_cluster_else_that_of_the_kubeconfig_else_a_fault()
    {
        Assert.Equal("jenkins.clouds[0].kubernetes.serverUrl", Assert.Single(_directory.ReadText(Text("name: k")).Faults).Key);

        _directory.Kubeconfigs.Add(_directory.Write("kubeconfig", "clusters: [{name: k, cluster: {server: 'https://k:6443'}}]\nusers: [{name: u, user: {token: abc}}]\ncontexts: [{name: x, context: {cluster: k, user: u}}]\ncurrent-context: x\n"));
        Assert.Equal("https://k:6443/", Connect("name: k").Server.AbsoluteUri);

        _directory.InCluster = ConfigurationDirectory.Pod;
        Assert.Equal(ConfigurationDirectory.Pod.Server, Connect("name: k").Server);
    }

    [Fact]
    public void A_CA_may_be_given_without_its_first_and_last_line()
    {
        using var key = ECDsa.Create();
        using var authority = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));

        var connection = Connect($"serverUrl: https://k, serverCertificate: {Convert.ToBase64String(authority.RawData)}");

        Assert.Equal("CN=authority", Assert.Single(connection.Authorities!).Subject);
    }

    [Theory]
    [InlineData("usernamePassword: {id: c, username: u, password: p}", "Kubernetes takes none")]
    [InlineData("basicSSHUserPrivateKey: {id: c}", "Kinds: string")]
    [InlineData("string: {id: c}", "the token")]
    [InlineData("file: {id: c, secretBytes: '%%'}", "base64")]
    [InlineData("certificate: {id: c, password: p, keyStoreSource: {uploaded: {uploadedKeystore: AAAA}}}", "cannot be opened")]
    [InlineData("string: {id: c, secret: '${NOBODY}'}", "stands for nothing")]
    public void A_credential_that_cannot_be_used_is_a_fault_at_its_place(string credential, string message)
    {
        var faults = _directory.ReadText(Text("serverUrl: https://k, credentialsId: c", credential)).Faults;

        Assert.Contains(faults, fault => fault.Key.StartsWith("credentials.system.domainCredentials[0].credentials[0]", StringComparison.Ordinal) && fault.Message.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Faults_of_form_credential_address_and_certificate_are_told_in_one_reading()
    {
        var faults = _directory.ReadText(Text("nonsense: 1, serverUrl: 'ftp://x', serverCertificate: garbage, credentialsId: nosuch, useJenkinsProxy: true")).Faults;

        Assert.Equal(
            ["credentialsId", "nonsense", "serverCertificate", "serverUrl", "useJenkinsProxy"],
            faults.Select(fault => fault.Key["jenkins.clouds[0].kubernetes.".Length..]).Order(StringComparer.Ordinal));
        Assert.All(faults, fault => Assert.Equal(3, fault.Line));
    }

    [Fact]
    public void An_address_is_checked_without_secrets_too()
    {
        _directory.ResolvesSecrets = false;

        var faults = _directory.ReadText(Text("serverUrl: 'ftp://x', serverCertificate: '${CA}', credentialsId: '${ID}'")).Faults;

        Assert.Equal("jenkins.clouds[0].kubernetes.serverUrl", Assert.Single(faults).Key);
    }

    [Fact]
    public void A_token_is_not_sent_over_plain_HTTP_but_on_the_machine_itself()
    {
        _directory.Environment["TOKEN"] = "abc";
        const string Credential = "string: {id: c, secret: '${TOKEN}'}";

        var away = _directory.ReadText(Text("serverUrl: 'http://k:8080', credentialsId: c", Credential));
        var here = _directory.ReadText(Text("serverUrl: 'http://127.0.0.1:8080', credentialsId: c", Credential));
        var anonymous = _directory.ReadText(Text("serverUrl: 'http://k:8080'"));

        var fault = Assert.Single(away.Faults);
        Assert.Equal("jenkins.clouds[0].kubernetes.serverUrl", fault.Key);
        Assert.Contains("over plain HTTP", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("abc", fault.Message, StringComparison.Ordinal);
        Assert.Empty(here.Faults);
        Assert.Contains(here.Warnings, warning => warning.Contains("over plain HTTP", StringComparison.Ordinal));
        Assert.Empty(anonymous.Faults);
    }

    [Fact]
    public void The_proxy_counts_for_the_pods_own_cluster_too()
    {
        _directory.InCluster = ConfigurationDirectory.Pod;

        var result = _directory.ReadText("jenkins:\n  proxy: {name: proxy.example.com, port: 3128}\n  clouds:\n  - kubernetes: {useJenkinsProxy: true}\n");

        Assert.Equal("http://proxy.example.com:3128/", Assert.Single(result.Clouds).Connection.Proxy?.AbsoluteUri);
    }

    [Fact]
    public void Credentials_that_no_cloud_names_are_left_alone()
    {
        _directory.InCluster = ConfigurationDirectory.Pod;

        Assert.Empty(_directory.ReadText(Text("name: k", "string: {id: other, secret: '${NOBODY}'}")).Faults);
    }

    [Fact]
    public void A_connection_names_no_secret_in_its_text()
    {
        _directory.Environment["TOKEN"] = "abcdef";

        Assert.DoesNotContain("abcdef", _directory.ReadText(Text("serverUrl: https://k, credentialsId: c", "string: {id: c, secret: '${TOKEN}'}")).Clouds[0].ToString(), StringComparison.Ordinal);
    }

    private Slipway.Kubernetes.Connecting.ClusterConnection Connect(string cloud, string? credential = null)
    {
        var result = _directory.ReadText(Text(cloud, credential));
        Assert.Empty(result.Faults);
        return Assert.Single(result.Clouds).Connection;
    }

    private static string Text(string cloud, string? credential = null) =>
        $"jenkins:\n  clouds:\n  - kubernetes: {{{cloud}}}\n" + (credential is null ? "" : $"credentials:\n  system:\n    domainCredentials:\n    - credentials:\n      - {credential}\n");
}
