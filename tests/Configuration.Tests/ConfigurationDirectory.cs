using Slipway.Kubernetes.Connecting;

namespace Slipway.Configuration.Tests;

/// <summary>A directory of configuration and secrets, and a machine to read it on.</summary>
internal sealed class ConfigurationDirectory : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-configuration-").FullName;

    public ConfigurationDirectory() => Directory.CreateDirectory(Secrets);

    public string Root => _directory;

    public string Secrets => Path.Combine(_directory, "secrets");

    public Dictionary<string, string> Environment { get; } = [];

    public ClusterConnection? InCluster { get; set; }

    public List<string> Kubeconfigs { get; } = [];

    public bool ResolvesSecrets { get; set; } = true;

    public static ClusterConnection Pod { get; } = new()
    {
        Server = new Uri("https://10.96.0.1:443/"),
        Namespace = "ci",
        Credential = new ClusterCredential { TokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token" },
        Source = "service account",
    };

    public string Write(string name, string text)
    {
        var file = Path.Combine(_directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    public ConfigurationResult Read(params string[] paths) => new ConfigurationReader(new ConfigurationSurroundings
    {
        Variable = Environment.GetValueOrDefault,
        SecretDirectories = [Secrets],
        SecretsFile = Path.Combine(Secrets, "secrets.properties"),
        InCluster = () => InCluster,
        Kubeconfigs = Kubeconfigs,
        ResolvesSecrets = ResolvesSecrets,
    }).Read(paths);

    /// <summary>Reads one file of this text.</summary>
    public ConfigurationResult ReadText(string text) => Read(Write("jenkins.yaml", text));

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
