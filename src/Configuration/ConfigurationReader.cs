using Slipway.Configuration.Credentials;
using Slipway.Configuration.Merging;
using Slipway.Configuration.Secrets;
using Slipway.Kubernetes.Connecting;
using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Provisioning.Kubernetes.Templates;
using Slipway.Provisioning.Kubernetes.Yaml;

namespace Slipway.Configuration;

/// <summary>A cloud with everything that it needs to be used. Holds secrets.</summary>
/// <param name="Fingerprint">Differs when anything of the cloud does: its settings, its secrets, the way to its cluster.</param>
/// <param name="ConnectionFingerprint">Differs when the way to its cluster does.</param>
public sealed record ConfiguredCloud(KubernetesCloudSettings Settings, ClusterConnection Connection, string Fingerprint, string ConnectionFingerprint)
{
    public override string ToString() => $"{Settings.Name} at {Connection}";
}

/// <summary>What Configuration as Code says, checked whole.</summary>
/// <param name="Clouds">None where there are <paramref name="Faults"/>.</param>
/// <param name="Faults">All of them, in the order of the files.</param>
/// <param name="Warnings">What is usable, and worth a line in the server's log.</param>
/// <param name="NotApplied">Keys that this version leaves alone: <c>unclassified</c>, <c>jenkins.securityRealm</c>.</param>
/// <param name="Files">The configuration's files, in the order in which they were merged.</param>
/// <param name="Watched">Everything whose change may change the result: the files, the directories they were found in, files of secrets.</param>
/// <param name="Fingerprint">Of the whole: equal results have equal ones.</param>
public sealed record ConfigurationResult(
    IReadOnlyList<ConfiguredCloud> Clouds,
    IReadOnlyList<ConfigurationFault> Faults,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> NotApplied,
    IReadOnlyList<string> Files,
    IReadOnlyList<string> Watched,
    string Fingerprint)
{
    /// <summary>Those of <see cref="Files"/> that say nothing: empty, or keys without values.</summary>
    public IReadOnlyList<string> EmptyFiles { get; init; } = [];

    /// <summary>A file says <c>jenkins.clouds: []</c>: that there are none is meant.</summary>
    public bool SaysNoClouds { get; init; }

    /// <summary>Variables of every run.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The faults as lines for people: place, key, message.</summary>
    public IReadOnlyList<string> FaultLines => [.. Faults.Select(fault => fault.ToString())];

    /// <summary>The clouds as lines for people; they name no secret.</summary>
    public IReadOnlyList<string> CloudLines => [.. Clouds.Select(cloud => $"cloud '{cloud.Settings.Name}' at {cloud.Connection}, {(cloud.Settings.Templates.Count == 1 ? "1 pod template" : $"{cloud.Settings.Templates.Count} pod templates")}")];
}

/// <summary>Reads Configuration as Code: files, merged as Jenkins does with its <c>errorOnConflict</c> strategy, with secrets, credentials and connections resolved.</summary>
public sealed class ConfigurationReader
{
    private readonly ConfigurationSurroundings _surroundings;

    public ConfigurationReader(ConfigurationSurroundings? surroundings = null) => _surroundings = surroundings ?? ConfigurationSurroundings.OfThisProcess();

    /// <param name="paths">Files, and directories whose <c>*.yaml</c> and <c>*.yml</c> are taken; null or empty for no configuration at all.</param>
    /// <returns>Never throws for what stands in the files, or for files that cannot be read: those are faults.</returns>
    public ConfigurationResult Read(IReadOnlyList<string> paths)
    {
        var faults = new List<ConfigurationFault>();
        var watched = new List<string>();
        var files = ConfigurationFiles.Find(paths, faults, watched);
        var texts = ConfigurationFiles.ReadAll(files, faults);
        var secrets = new SecretSources(_surroundings);
        var documents = DocumentMerge.Parse(texts, faults);
        faults.AddRange(DocumentMerge.FindConflicts(documents));
        var warnings = new List<string>();
        var clouds = ReadClouds(texts, documents, secrets, faults, warnings);
        var environment = GlobalEnvironment.Read(documents, _surroundings.ResolvesSecrets ? secrets.Find : null, faults);
        watched.AddRange(secrets.Files);
        if (paths.Count > 0 && files.Count == 0 && faults.Count == 0)
        {
            warnings.Add($"There is no *.yaml or *.yml in {string.Join(", ", paths)}: nothing is configured.");
        }

        // A file that is no YAML is told once, though two readers look at it.
        var distinct = faults.DistinctBy(fault => (fault.File, fault.Line, fault.Column, fault.Key, fault.Message)).ToList();
        return new ConfigurationResult(distinct.Count > 0 ? [] : clouds, distinct, warnings, KnownKeys.NotApplied(documents), files, watched, Fingerprint.Of([.. clouds.Select(cloud => cloud.Fingerprint)]))
        {
            EmptyFiles = [.. texts.Select(text => text.File).Except(documents.Where(document => !DocumentMerge.IsEmpty(document.Root)).Select(document => document.File), StringComparer.Ordinal)],
            SaysNoClouds = documents.Exists(document => DocumentMerge.Find(document.Root, "jenkins", "clouds") is YamlValue.Sequence { Items.Count: 0 }),
            Environment = environment,
        };
    }

    private List<ConfiguredCloud> ReadClouds(
        IReadOnlyList<ConfigurationText> texts, IReadOnlyList<ConfigurationDocument> documents, SecretSources secrets, List<ConfigurationFault> faults, List<string> warnings)
    {
        Func<string, string?>? lookup = _surroundings.ResolvesSecrets ? secrets.Find : null;
        var connections = new CloudConnections(_surroundings, new CredentialStore(documents, lookup), ProxySettings.Read(documents, lookup), faults, warnings);
        var clouds = new List<ConfiguredCloud>();
        var places = new Dictionary<string, ConfigurationDocument>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var read = KubernetesConfiguration.Read(text.Text, text.File, lookup);
            var document = documents.FirstOrDefault(candidate => candidate.File == text.File);
            faults.AddRange(read.Faults);
            warnings.AddRange(read.Warnings.Select(warning => warning.ToString()));
            if (document is null)
            {
                continue;
            }

            var nodes = KnownKeys.Clouds(document).ToList();
            foreach (var (settings, index) in read.Clouds.Select((settings, index) => (settings, index)))
            {
                // Both readers list the clouds in the file's order; a cloud that is no mapping is a fault already.
                var node = index < nodes.Count ? nodes[index] : null;
                if (places.TryGetValue(settings.Name, out var first) && first.File != text.File)
                {
                    faults.Add(new ConfigurationFault(text.File, node?.Value.Line ?? 1, node?.Value.Column ?? 1, $"{node?.Key}.name", $"Another cloud is called '{settings.Name}', in {first.File}. Pipelines choose a cloud by its name: give each its own."));
                }
                else if (settings.Name == ReservedName)
                {
                    faults.Add(new ConfigurationFault(text.File, node?.Value.Line ?? 1, node?.Value.Column ?? 1, $"{node?.Key}.name", $"'{ReservedName}' is the name of the cloud of processes on the server's machine. Choose another."));
                }

                places.TryAdd(settings.Name, document);

                // Faults of one kind hide none of another: all are found in one reading.
                if (node is not null && connections.Connect(settings, new Place(text.File, node)) is { } connected && lookup is not null)
                {
                    clouds.Add(new ConfiguredCloud(settings, connected.Connection, Fingerprint.Of(Fingerprint.Of(node.Value, lookup), connected.Fingerprint), connected.Fingerprint));
                }
            }
        }

        return clouds;
    }

    private const string ReservedName = "local";
}
