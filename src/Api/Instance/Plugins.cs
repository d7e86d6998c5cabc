using Slipway.Api.Rendering;

namespace Slipway.Api.Instance;

/// <summary>
/// Jenkins' plugins whose work is built in here, for clients that look whether they are there. There are no plugins to install, enable or update; the versions say whose behaviour is
/// followed. What is not built in is not listed.
/// </summary>
internal static class Plugins
{
    private static readonly (string Name, string LongName, string Version)[] Known =
    [
        ("cloudbees-folder", "Folders Plugin", "6.940.v7fa_03b_f14759"),
        ("git", "Git plugin", "5.5.2"),
        ("junit", "JUnit Plugin", "1300.v03d9d8a_cf1fb_"),
        ("lockable-resources", "Lockable Resources plugin", "1255.vf48745da_35d0"),
        ("next-build-number", "Next Build Number Plugin", "1.8"),
        ("pipeline-build-step", "Pipeline: Build Step", "540.vb_e8849e1a_b_d8"),
        ("pipeline-milestone-step", "Pipeline: Milestone Step", "119.vdfdc43fc3b_9a_"),
        ("pipeline-model-definition", "Pipeline: Declarative", "2.2214.vb_b_34b_2ea_9b_83"),
        ("pipeline-rest-api", "Pipeline: REST API Plugin", "2.34"),
        ("timestamper", "Timestamper", "1.27"),
        ("workflow-aggregator", "Pipeline", "600.vb_57cdd26fdd7"),
        ("workflow-basic-steps", "Pipeline: Basic Steps", "1058.vcb_fc1e3a_21a_9"),
        ("workflow-cps", "Pipeline: Groovy", "3969.vdc9d3a_efcc6a_"),
        ("workflow-durable-task-step", "Pipeline: Nodes and Processes", "1371.vb_7cec8f3b_95e"),
        ("workflow-job", "Pipeline: Job", "1436.vfa_244484591f"),
        ("ws-cleanup", "Workspace Cleanup Plugin", "0.46"),
    ];

    public static ApiObject Model { get; } = new("hudson.LocalPluginManager", "localPluginManager", [new("plugins", Known.Select(p => (object?)Plugin(p.Name, p.LongName, p.Version)).ToList())]);

    private static ApiObject Plugin(string name, string longName, string version) => new(null, "plugin",
    [
        new("active", true),
        new("backupVersion", null),
        new("bundled", true),
        new("deleted", false),
        new("dependencies", new List<object?>()),
        new("detached", false),
        new("downgradable", false),
        new("enabled", true),
        new("hasUpdate", false),
        new("longName", longName),
        new("pinned", false),
        new("requiredCoreVersion", Routing.ServerHeaders.JenkinsVersion),
        new("shortName", name),
        new("supportsDynamicLoad", "NO"),
        new("url", $"https://plugins.jenkins.io/{name}"),
        new("version", version),
    ]);
}
