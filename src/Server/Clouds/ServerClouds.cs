using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Slipway.Configuration;
using Slipway.Controller.Secrets;
using Slipway.Provisioning;
using Slipway.Provisioning.Kubernetes.Cloud;
using Slipway.Provisioning.Kubernetes.Templates;
using Slipway.Provisioning.Local;
using Slipway.Server.Hosting;
using Slipway.Server.Settings;
using Slipway.Store;

namespace Slipway.Server.Clouds;

/// <summary>The clouds of this server: the local one as its settings say, and those that the configuration names.</summary>
internal sealed class ServerClouds : IAsyncDisposable
{
    private ServerClouds(ConfiguredClouds set, LiveConfiguration configuration)
    {
        Set = set;
        Configuration = configuration;
    }

    public ConfiguredClouds Set { get; }

    public LiveConfiguration Configuration { get; }

    /// <summary>Nothing is started yet.</summary>
    /// <exception cref="SettingsException">The agent's program is missing, or the configuration has faults.</exception>
    public static ServerClouds Make(ServerSettings settings, ServerEndpoint endpoint, ServerExtras extras, string data, IStore store, TimeProvider time, ILoggerFactory logs)
    {
        var local = MakeLocal(settings, extras, data, time, logs);
        var owner = OwnerOf(data);
        var memory = new CloudMemory(store.Settings, store.Sealer);
        var set = new ConfiguredClouds(local, cloud => MakeKubernetes(cloud, memory, endpoint, owner, settings.AgentImage, time, logs), memory, time, logs.CreateLogger<ConfiguredClouds>());
        return new ServerClouds(set, new LiveConfiguration(settings.Configuration, new ConfigurationReader(), set, time, logs.CreateLogger<LiveConfiguration>()));
    }

    public async ValueTask DisposeAsync()
    {
        await Configuration.DisposeAsync();
        await Set.DisposeAsync();
    }

    /// <summary>What pods of this server carry: the same over restarts, no other server's, and telling nothing of the key it is made of.</summary>
    internal static string OwnerOf(string data) => Convert.ToHexStringLower(HMACSHA256.HashData(InstanceKey.LoadOrCreate(data), "owner of pods"u8))[..10];

    private static ManagedCloud MakeKubernetes(ConfiguredCloud cloud, CloudMemory memory, ServerEndpoint endpoint, string owner, string agentImage, TimeProvider time, ILoggerFactory logs)
    {
        var log = logs.CreateLogger<KubernetesCloud>();
        if (endpoint is { AgentUrl: null, RootUrl: null } && string.IsNullOrEmpty(cloud.Settings.JenkinsUrl))
        {
            log.LogWarning("Pods of cloud '{Cloud}' are told to dial this server as this machine itself reaches it, which they cannot. Set jenkinsUrl of the cloud, --agent-url or --root-url", cloud.Settings.Name);
        }

        var made = new KubernetesCloud(
            new KubernetesCloudOptions { Settings = WithUrl(cloud.Settings, endpoint), Connection = cloud.Connection, Owner = owner, AgentImage = agentImage, Namespaces = memory.NamespacesOf(cloud.Settings.Name) },
            time,
            log);
        return new ManagedCloud(made, (settings, connection) => made.Reconfigure(WithUrl(settings, endpoint), connection));
    }

    /// <summary>Where nothing else is configured, pods dial the server as its users do: its own address is for programs of this machine.</summary>
    private static KubernetesCloudSettings WithUrl(KubernetesCloudSettings settings, ServerEndpoint endpoint) =>
        string.IsNullOrEmpty(settings.JenkinsUrl) && endpoint is { AgentUrl: null, RootUrl: { } root } ? settings with { JenkinsUrl = root.AbsoluteUri } : settings;

    private static List<ICloud> MakeLocal(ServerSettings settings, ServerExtras extras, string data, TimeProvider time, ILoggerFactory logs)
    {
        if (settings.LocalAgents == 0)
        {
            return [];
        }

        var program = settings.AgentProgram ?? LocalCloudOptions.FindAgentProgram(AppContext.BaseDirectory) ?? throw new SettingsException([ExplainMissingAgent()]);
        return
        [
            new LocalCloud(
                new LocalCloudOptions
                {
                    Directory = Path.Combine(data, "local"),
                    AgentProgram = Path.GetFullPath(program),
                    MaxNodes = settings.LocalAgents,
                    Environment = extras.SharesEnvironment ? AgentEnvironment.Whole : AgentEnvironment.Only(settings.AgentEnvironment),
                    Templates = [new NodeTemplate("local", settings.LocalLabels, NodeMode.Normal, TakesAnyLabel: extras.AnyLabel)],
                },
                time,
                logs.CreateLogger<LocalCloud>()),
        ];
    }

    private static string ExplainMissingAgent() =>
        $"{SettingNames.Agent}: the program slipway-agent, which steps run on, was not found. It was looked for here:"
        + string.Concat(LocalCloudOptions.CandidatesBeside(AppContext.BaseDirectory).Select(c => $"\n    {c}"))
        + "\n  Say where it is with SLIPWAY_AGENT=/path/to/slipway-agent, or the option --agent of slipway server. './dev publish' in a checkout of Slipway makes a directory that has it beside slipway."
        + " A server that needs no local cloud starts without it: --local-agents 0.";
}
