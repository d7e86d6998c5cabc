namespace Slipway.Jenkinsfile.Declarative.Validation;

/// <param name="SingleOption">What a bare value stands for: <c>label 'x'</c>.</param>
internal sealed record AgentType(string Name, string SingleOption, IReadOnlyList<string> Required, IReadOnlyList<string> Options)
{
    /// <summary><c>any</c> and <c>none</c>: written without a block.</summary>
    public bool TakesNothing => Options.Count == 0;
}

internal static class AgentTypes
{
    private static readonly AgentType[] All =
    [
        new("any", "", [], []),
        new("docker", "image", ["image"],
            ["image", "args", "label", "customWorkspace", "reuseNode", "alwaysPull", "registryUrl", "registryCredentialsId", "containerPerStageRoot", "retries"]),
        new("dockerfile", "filename", [],
            ["filename", "dir", "label", "additionalBuildArgs", "args", "customWorkspace", "reuseNode", "registryUrl", "registryCredentialsId", "containerPerStageRoot", "retries"]),
        new("kubernetes", "label", [],
        [
            "activeDeadlineSeconds", "agentContainer", "agentInjection", "cloud", "containerTemplate", "containerTemplates", "customWorkspace", "defaultContainer", "hostNetwork", "idleMinutes",
            "imagePullSecrets", "inheritFrom", "inheritYamlMergeStrategy", "instanceCap", "label", "namespace", "nodeSelector", "podRetention", "retries", "runAsGroup", "runAsUser",
            "schedulerName", "serviceAccount", "showRawYaml", "slaveConnectTimeout", "supplementalGroups", "workingDir", "workspaceVolume", "yaml", "yamlFile", "yamlMergeStrategy",
        ]),
        new("label", "label", ["label"], ["label", "customWorkspace", "retries"]),
        new("node", "label", ["label"], ["label", "customWorkspace", "retries"]),
        new("none", "", [], []),
    ];

    public static IReadOnlyCollection<string> Names { get; } = [.. All.Select(t => t.Name)];

    public static AgentType? Find(string name) => Array.Find(All, t => t.Name == name);
}
