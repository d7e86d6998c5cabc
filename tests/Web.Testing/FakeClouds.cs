using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Web.Testing;

/// <summary>Clouds that are as a test says.</summary>
public sealed class FakeClouds : ICloudReads, ICloudCommands
{
    public List<CloudView> All { get; } = [];

    public List<string> Checked { get; } = [];

    public string? ReloadFault { get; set; }

    public ConfigurationView Configuration { get; set; } = new(["/etc/slipway/clouds.yaml"], DateTimeOffset.UnixEpoch, [], ["jenkins.numExecutors", "unclassified"], [], null);

    public IReadOnlyList<CloudView> List() => All;

    public Task<CommandOutcome> ReloadAsync(Caller caller, CancellationToken cancellation) =>
        Task.FromResult(ReloadFault is { } fault ? new CommandOutcome(CommandStatus.Invalid, fault) : CommandOutcome.Done);

    public CommandOutcome StartCheck(string cloud, Caller caller)
    {
        Checked.Add(cloud);
        return All.Exists(c => c.Name == cloud) ? CommandOutcome.Done : new CommandOutcome(CommandStatus.NotFound, $"There is no configured cloud '{cloud}'.");
    }

    /// <summary>A cloud with two templates, a node at work, one that waits, and a test that found something.</summary>
    public static CloudView Sample(DateTimeOffset now) => new(
        "kubernetes",
        "kubernetes",
        "https://10.96.0.1/ (bearer token, from service account)",
        200,
        IsLeaving: false,
        [new CloudWatchView("slipway-agents", now.AddSeconds(-3), null), new CloudWatchView("team-b", null, "The API server refused to list pods in 'team-b': forbidden.")],
        [
            new CloudTemplateView("maven", ["maven", "java"], false, "maven:3.9-eclipse-temurin-21", 10, 1, null, TimeSpan.FromMinutes(10), 1),
            new CloudTemplateView("kaniko", ["kaniko"], true, "gcr.io/kaniko-project/executor:debug", 2, 2, "2 of 2 pods of this template exist", null, 0),
        ],
        [
            new CloudNodeView("shop-12-x7k2p", "maven", new RunId(12), "shop", now.AddSeconds(-41), true, false),
            new CloudNodeView("maven-b3m9q", "maven", null, "", now.AddMinutes(-4), true, true),
        ],
        new CloudCheckView(now.AddSeconds(-20), now.AddSeconds(-12), [
            new CloudCheckStep("API server", CloudCheckState.Works, "https://10.96.0.1/ answers in 4 ms; it is Kubernetes v1.34.1 (linux/amd64).", null),
            new CloudCheckStep("clock", CloudCheckState.Warning, "The API server's clock is 42 seconds ahead of this machine's.", "Let both follow a time server (NTP)."),
            new CloudCheckStep("rights in team-b", CloudCheckState.Fails, "Not allowed in 'team-b': create pods, delete pods (without it, not so: agents are pods).",
                "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: slipway-agents\n  namespace: team-b\nrules:\n- apiGroups: [\"\"]\n  resources: [pods]\n  verbs: [create, delete]\n"),
        ]))
    {
        CanCheck = true,
    };
}
