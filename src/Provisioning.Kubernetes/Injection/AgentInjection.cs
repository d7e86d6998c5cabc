using System.Text.Json.Nodes;
using Slipway.Provisioning.Kubernetes.Cloud;
using Slipway.Provisioning.Kubernetes.Pods;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Injection;

/// <summary>How processes get into a container.</summary>
internal enum ContainerAccess
{
    /// <summary>The agent itself runs there.</summary>
    Agent,

    /// <summary>The shim runs in place of an idle command.</summary>
    Shim,

    /// <summary>It runs a program of its own; a shim is started in it when a pipeline asks for it.</summary>
    Exec,
}

/// <summary>
/// Brings the agent's program into every container of a pod and starts it there: as the agent in its container, as the shim in place of idle commands. Without an init container, which would cost a
/// second of every start: all containers start at once, one of our image puts the program on a shared volume, the others wait for it.
/// </summary>
/// <param name="agentImage">The image that holds the program.</param>
/// <param name="usesInitContainer">For images without a shell to wait in.</param>
internal sealed class AgentInjection(string agentImage, bool usesInitContainer) : IPodDecorator
{
    public const string Volume = "slipway-agent";
    public const string Directory = "/run/slipway";
    public const string Program = Directory + "/slipway-agent";

    /// <summary>The container that only brings the program.</summary>
    public const string Installer = "slipway-agent";

    public const string ContainerVariable = "SLIPWAY_CONTAINER";
    public const string OneShotVariable = "SLIPWAY_ONE_SHOT";

    private const string WaitScript = $"until [ -x {Program} ]; do sleep 0.01 2>/dev/null || sleep 1; done; exec \"$0\" \"$@\"";

    public static string Socket(string container) => $"{Directory}/{container}.sock";

    public static IReadOnlyList<string> ShimCommand(string container, string workingDirectory, bool isDetached = false)
    {
        List<string> command = [Program, "shim", "--socket", Socket(container), "--workdir", workingDirectory];
        if (isDetached)
        {
            command.Add("--detach");
        }

        return command;
    }

    /// <summary>The image that agents run from where a template names none.</summary>
    public static string DefaultImage(KubernetesCloudSettings cloud, string agentImage) =>
        string.IsNullOrWhiteSpace(cloud.Jnlpregistry) ? agentImage : $"{cloud.Jnlpregistry.Trim().TrimEnd('/')}/{agentImage}";

    public void Decorate(JsonObject pod, string agentContainer, PodTemplate template, KubernetesCloudSettings cloud, PodContext context)
    {
        var spec = PodParts.Object(pod, "spec");
        var containers = PodParts.Array(spec, "containers");
        if (containers.OfType<JsonObject>().FirstOrDefault(container => PodParts.Name(container) == Installer) is not null)
        {
            throw new PodTemplateException($"A container of the pod template '{template.Name}' is called '{Installer}', as the one that brings the agent's program. Call it otherwise.");
        }

        PodParts.Array(spec, "volumes").Add(new JsonObject { ["name"] = Volume, ["emptyDir"] = new JsonObject() });
        var access = new JsonObject();
        var image = DefaultImage(cloud, agentImage);
        var bringsItself = false;
        foreach (var container in containers.OfType<JsonObject>())
        {
            var name = PodParts.Name(container);
            PodParts.Array(container, "volumeMounts").Add(Mount());
            if (name == agentContainer)
            {
                bringsItself = PodParts.Text(container["image"]) == image;
                SetAgent(container, bringsItself);
                access[name] = nameof(ContainerAccess.Agent);
            }
            else
            {
                access[name] = (SetShim(container, name) ? ContainerAccess.Shim : ContainerAccess.Exec).ToString();
            }
        }

        if (usesInitContainer)
        {
            // Others before it may need nothing of ours, others after it may.
            PodParts.Array(spec, "initContainers").Insert(0, InstallerContainer(image, pod));
        }
        else if (!bringsItself)
        {
            // Containers start one after the other: what comes first, nobody waits for long.
            containers.Insert(0, InstallerContainer(image, pod));
        }

        var annotations = PodParts.Object(PodParts.Object(pod, "metadata"), "annotations");
        annotations[PodMarks.Access] = access.ToJsonString();
        annotations["kubectl.kubernetes.io/default-container"] ??= agentContainer;
    }

    private void SetAgent(JsonObject agent, bool bringsItself)
    {
        List<JsonNode> arguments = [];
        // A command of the container's own is that of an image without our agent (sleep, or another agent): its arguments are not for us.
        if (agent["command"] is not JsonArray { Count: > 0 } && agent["args"] is JsonArray given)
        {
            arguments.AddRange(given.OfType<JsonNode>().Select(argument => argument.DeepClone()));
        }

        agent.Remove("args");
        if (usesInitContainer)
        {
            agent["command"] = new JsonArray([JsonValue.Create(Program), .. arguments]);
        }
        else if (bringsItself)
        {
            agent["command"] = new JsonArray(["slipway-agent", "install", Directory, "--", Program, .. arguments]);
        }
        else
        {
            agent["command"] = new JsonArray(["/bin/sh", "-c", WaitScript, Program, .. arguments]);
        }

        var environment = PodParts.Array(agent, "env");
        environment.RemoveAll(variable => variable is JsonObject entry && PodParts.Name(entry) is ContainerVariable or OneShotVariable);
        environment.Add(new JsonObject { ["name"] = ContainerVariable, ["value"] = PodParts.Name(agent) });
        environment.Add(new JsonObject { ["name"] = OneShotVariable, ["value"] = "1" });
    }

    /// <returns>False: it does something, and is left alone.</returns>
    private bool SetShim(JsonObject container, string name)
    {
        var command = Words(container["command"]);
        var arguments = Words(container["args"]);
        if (!IdleCommand.IsIdle([.. command, .. arguments]))
        {
            return false;
        }

        var shim = ShimCommand(name, PodParts.Text(container["workingDir"]) ?? PodBuilder.DefaultWorkingDirectory);
        var words = new JsonArray([.. (usesInitContainer ? shim : ["/bin/sh", "-c", WaitScript, .. shim]).Select(word => JsonValue.Create(word))]);
        container.Remove("args");
        // An image's own entry point still prepares what it prepares, and then runs what stands in the arguments.
        container[command.Count > 0 ? "command" : "args"] = words;
        return true;
    }

    private static JsonObject InstallerContainer(string image, JsonObject pod)
    {
        var container = new JsonObject
        {
            ["name"] = Installer,
            ["image"] = image,
            ["command"] = new JsonArray("slipway-agent", "install", Directory),
            ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["cpu"] = "10m", ["memory"] = "16Mi" } },
            ["volumeMounts"] = new JsonArray(Mount()),
        };
        return RestrictedSecurity.Applied(container, pod);
    }

    private static JsonObject Mount() => new() { ["name"] = Volume, ["mountPath"] = Directory };

    private static List<string> Words(JsonNode? node) => node is JsonArray words ? [.. words.Select(word => word?.ToString() ?? "")] : [];
}
