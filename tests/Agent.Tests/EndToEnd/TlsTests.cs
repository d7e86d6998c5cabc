using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Slipway.Agent.Tests.Testing;
using Slipway.Model.Operations;

namespace Slipway.Agent.Tests.EndToEnd;

/// <summary>A controller whose certificate is signed by an authority that the system does not know, as in most companies.</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("slipway-tls-test-").FullName;
    private readonly KnownAgents _agents = new();
    private readonly MemorySink _sink = new();
    private ControllerHost _controller = null!;

    private string Authority => Path.Combine(_root, "authority.pem");

    public async ValueTask InitializeAsync() => _controller = await ControllerHost.StartAsync(_agents, new MemoryTransfers(), certificate: CreateCertificate());

    public async ValueTask DisposeAsync()
    {
        await _controller.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_authority_named_by_the_environment_is_trusted(bool native)
    {
        using var agent = Start("n1", [], new Dictionary<string, string> { ["SSL_CERT_FILE"] = Authority }, native);

        Assert.Equal(new ShellEnded(0, null), await RunAsync("n1"));
    }

    [Fact]
    public async Task An_authority_named_by_an_option_is_trusted()
    {
        using var agent = Start("n1", ["-cert", Authority]);

        Assert.Equal(new ShellEnded(0, null), await RunAsync("n1"));
    }

    [Fact]
    public async Task An_unknown_authority_is_refused_with_the_two_ways_to_name_it()
    {
        using var agent = Start("n1", ["-noReconnectAfter", "0s"]);

        Assert.Equal(4, await agent.WaitForExitAsync());
        Assert.Contains("is not trusted", agent.Log);
        Assert.Contains("by SSL_CERT_FILE or -cert", agent.Log);
    }

    private AgentProcess Start(string name, string[] arguments, IReadOnlyDictionary<string, string>? environment = null, bool native = false)
    {
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../agent/linux-x64/slipway-agent"));
        Assert.SkipWhen(native && !File.Exists(program), "The native agent is not built: ./dev agent");
        return AgentProcess.Start(["-url", _controller.Url.ToString(), "-name", name, "-secret", _agents.Add(name), "-workDir", Path.Combine(_root, name), .. arguments], environment, native ? program : null);
    }

    private Task<OperationResult> RunAsync(string name) => _controller.Hub.RunAsync(
        new Controller.Agents.AgentWork(name, "e1", "a1", new RunShell("true", false, null) { Surroundings = new(Path.Combine(_root, "ws"), new Dictionary<string, string?>(), []) }, _sink), default).WaitAsync(TimeSpan.FromSeconds(30));

    private X509Certificate2 CreateCertificate()
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=Test authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        authorityRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(authorityRequest.PublicKey, false));
        using var authority = authorityRequest.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Authority, authority.ExportCertificatePem());

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=controller", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), [1, 2, 3, 4]);
        using var withKey = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }
}
