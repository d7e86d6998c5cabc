using System.Text;
using Slipway.Kubernetes.Connecting;

namespace Slipway.Kubernetes.Tests;

public sealed class KubeconfigTests : IDisposable
{
    private static readonly TestCertificates Certificates = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-kubeconfig-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_current_context_yields_server_namespace_authority_and_certificate_from_data_and_from_files()
    {
        var (certificate, key) = Certificates.Client("builder");
        File.WriteAllText(Path.Combine(_folder, "client.key"), key);
        var file = Write("config", $"""
            apiVersion: v1
            kind: Config
            current-context: ci
            clusters:
            - name: prod
              cluster:
                server: https://10.0.0.1:6443
                certificate-authority-data: {Base64(Certificates.AuthorityPem)}
                tls-server-name: kubernetes
                proxy-url: socks5://localhost:1080
            users:
            - name: builder
              user:
                client-certificate-data: {Base64(certificate)}
                client-key: client.key
            contexts:
            - name: ci
              context: {"{"}cluster: prod, user: builder, namespace: builds{"}"}
            preferences: {"{}"}
            """);

        var connection = Kubeconfig.Load([file]);

        Assert.Equal("https://10.0.0.1:6443/", connection.Server.ToString());
        Assert.Equal("builds", connection.Namespace);
        Assert.Equal("CN=test-cluster-ca", Assert.Single(connection.Authorities!).Subject);
        Assert.True(connection.Credential.ClientCertificate!.HasPrivateKey);
        Assert.Equal("kubernetes", connection.TlsServerName);
        Assert.Equal("socks5", connection.Proxy!.Scheme);
        Assert.DoesNotContain("PRIVATE", connection.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_files_the_first_that_names_something_counts_and_absent_ones_are_passed_over()
    {
        var first = Write("first", """
            current-context: here
            contexts:
            - {name: here, context: {cluster: a, user: u}}
            users:
            - {name: u, user: {token: first}}
            """);
        var second = Write("second", """
            current-context: there
            clusters:
            - {name: a, cluster: {server: 'http://second:80'}}
            users:
            - {name: u, user: {token: second}}
            """);

        var connection = Kubeconfig.Load([Path.Combine(_folder, "absent"), first, second]);

        Assert.Equal("http://second/", connection.Server.ToString());
        Assert.Equal("first", connection.Credential.Token);
    }

    [Fact]
    public void All_faults_are_told_at_once_with_file_line_and_key_and_without_secrets()
    {
        var file = Write("config", """
            current-context: ci
            clusters:
            - name: prod
              cluster:
                server: ftp://x
                insecure-skip-tls-verify: maybe
                certificate-authority: absent.crt
            users:
            - name: builder
              user:
                exec: {command: aws}
                client-key-data: c2VjcmV0
                token: hunter2
            contexts:
            - name: ci
              context: {cluster: prod, user: builder}
            - context: {cluster: prod}
            """);

        var failure = Assert.Throws<ClusterConnectionException>(() => Kubeconfig.Load([file]));

        Assert.Equal(
            [
                (17, "contexts[1].name"),
                (5, "clusters[prod].cluster.server"),
                (6, "clusters[prod].cluster.insecure-skip-tls-verify"),
                (7, "clusters[prod].cluster.certificate-authority"),
                (11, "users[builder].user.exec"),
                (9, "users[builder].user.client-certificate"),
            ],
            failure.Faults.Select(fault => (fault.Line!.Value, fault.Key)));
        Assert.All(failure.Faults, fault => Assert.Equal(file, fault.File));
        Assert.DoesNotContain("hunter2", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("contexts: []", "current-context")]
    [InlineData("current-context: gone\ncontexts:\n- {name: here, context: {cluster: a}}", "there is no context 'gone'; contexts are here")]
    [InlineData("current-context: c\ncontexts:\n- {name: c, context: {cluster: a, user: u}}\nusers:\n- {name: v, user: {}}", "there is none named 'a' under clusters; there are none")]
    [InlineData("current-context: c\ncontexts:\n- {name: c, context: {cluster: a, user: u}}\nusers:\n- {name: v, user: {}}", "there is none named 'u' under users; there are v")]
    [InlineData("clusters: {a: b}", "clusters: is not a list")]
    [InlineData("a: [", "is not YAML")]
    [InlineData("- a", "is not a mapping")]
    public void What_is_missing_is_named_with_what_is_there(string text, string expected)
    {
        var failure = Assert.Throws<ClusterConnectionException>(() => Kubeconfig.Parse(text, "secret kubeconfig"));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_is_no_file_may_name_no_files()
    {
        var text = "current-context: c\nclusters:\n- {name: a, cluster: {server: 'https://a', certificate-authority: ca.crt}}\ncontexts:\n- {name: c, context: {cluster: a}}";

        Assert.Contains("may name no files", Assert.Throws<ClusterConnectionException>(() => Kubeconfig.Parse(text, "a secret")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pods_service_account_connects_with_the_token_file_and_its_absence_is_told_whole()
    {
        Write("token", "t");
        Write("ca.crt", Certificates.AuthorityPem);
        Write("namespace", "slipway\n");

        var connection = InClusterConnection.Connect("fd00::1", "6443", _folder);
        var failure = Assert.Throws<ClusterConnectionException>(() => InClusterConnection.Connect(null, "x", Path.Combine(_folder, "absent")));

        Assert.Equal("https://[fd00::1]:6443/", connection.Server.ToString());
        Assert.Equal("slipway", connection.Namespace);
        Assert.Equal(Path.Combine(_folder, "token"), connection.Credential.TokenFile);
        Assert.Equal(4, failure.Faults.Count);
    }

    [Fact]
    public void Explicit_parts_that_contradict_or_lack_each_other_are_all_told()
    {
        var parts = new ExplicitConnection { Server = "", CertificateAuthority = "no pem", SkipTlsVerify = true, ClientCertificate = "x", Proxy = "ftp://p", TokenFile = Path.Combine(_folder, "absent") };

        var failure = Assert.Throws<ClusterConnectionException>(parts.Connect);

        Assert.Equal(["certificateAuthority", "clientKey", "proxy", "server", "skipTlsVerify", "tokenFile"], failure.Faults.Select(fault => fault.Key).Order());
    }

    [Fact]
    public void A_key_that_is_not_the_certificates_is_refused()
    {
        var parts = new ExplicitConnection { Server = "https://a", ClientCertificate = Certificates.Client("a").Certificate, ClientKey = Certificates.Client("b").Key };

        Assert.Equal("clientKey", Assert.Single(Assert.Throws<ClusterConnectionException>(parts.Connect).Faults).Key);
    }

    [Fact]
    public void A_server_behind_a_path_keeps_it()
    {
        Assert.Equal("https://rancher/k8s/clusters/c-1/", new ExplicitConnection { Server = "rancher/k8s/clusters/c-1" }.Connect().Server.ToString());
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
