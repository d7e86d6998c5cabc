using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Steps.Pods;

/// <summary>Turns the arguments of <c>podTemplate</c> into a template's settings, in the form that Configuration as Code gives them.</summary>
internal static partial class PodSettings
{
    private const string DefaultAgentContainer = "jnlp";

    // It is kept in the run's journal, where yaml full of escapes would be hard to read.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] Scalars =
    [
        "namespace", "serviceAccount", "nodeSelector", "nodeUsageMode", "instanceCap", "slaveConnectTimeout", "idleMinutes", "activeDeadlineSeconds", "runAsUser", "runAsGroup",
        "supplementalGroups", "hostNetwork", "schedulerName", "agentContainer", "agentInjection", "yaml", "inheritYamlMergeStrategy", "showRawYaml",
    ];

    /// <param name="inheritFrom">The templates that it inherits from; null leaves that to the cloud, an empty text is for none.</param>
    /// <param name="wantedContainer">A container that the pod has to have.</param>
    public static string Render(StepArguments arguments, string? inheritFrom, string? wantedContainer)
    {
        var settings = new JsonObject();
        Put(settings, "defaultContainer", wantedContainer);
        Put(settings, "inheritFrom", inheritFrom);
        foreach (var name in Scalars)
        {
            Put(settings, name, arguments.Any(name));
        }

        var containers = Containers(arguments);
        PutList(settings, "containers", containers);
        PutList(settings, "envVars", Variables("podTemplate", arguments));
        PutList(settings, "volumes", arguments.List("volumes").Select(Volume));
        PutList(settings, "annotations", arguments.List("annotations").Select(v => Fields(Read("podTemplate: annotations", "podAnnotation", v))));
        PutList(settings, "imagePullSecrets", arguments.List("imagePullSecrets").Select(PullSecret));
        if (arguments.Any("workspaceVolume") is { } volume)
        {
            settings["workspaceVolume"] = WorkspaceVolume(volume);
        }

        Put(settings, "podRetention", Name("podTemplate: podRetention", arguments.Any("podRetention"), PodSymbols.RetentionNames));
        Put(settings, "yamlMergeStrategy", Name("podTemplate: yamlMergeStrategy", arguments.Any("yamlMergeStrategy"), PodSymbols.MergeStrategyNames));
        return settings.ToJsonString(Plain);
    }

    private static List<JsonObject> Containers(StepArguments arguments)
    {
        var containers = arguments.List("containers").Select(Container).ToList();
        var bad = containers.Select(c => c["name"]!.GetValue<string>()).Where(n => !ContainerName().IsMatch(n)).ToList();
        if (bad.Count > 0)
        {
            throw Failures.Abort($"Container Names MUST match RFC 1123 - They can only contain lowercase letters, numbers or dashes: {string.Join(", ", bad)}");
        }

        if (arguments.Text("workingDir") is { Length: > 0 } directory)
        {
            SetWorkingDirectory(containers, directory, arguments.Text("agentContainer") is { Length: > 0 } agent ? agent : DefaultAgentContainer);
        }

        return containers;
    }

    /// <summary>The workspace lies in the working directory of the agent's container; the others see it where theirs is.</summary>
    private static void SetWorkingDirectory(List<JsonObject> containers, string directory, string agent)
    {
        if (containers.All(c => c["name"]!.GetValue<string>() != agent))
        {
            containers.Add(new JsonObject { ["name"] = agent });
        }

        foreach (var container in containers.Where(c => c["workingDir"] is null))
        {
            container["workingDir"] = directory;
        }
    }

    private static JsonObject Container(object? value)
    {
        var container = Read("podTemplate: containers", "containerTemplate", value);
        var owner = $"containerTemplate '{container.RequiredText("name")}'";
        var fields = Fields(container, "envVars", "ports", "livenessProbe");
        PutList(fields, "envVars", Variables(owner, container));
        PutList(fields, "ports", container.List("ports").Select(p => Fields(Read($"{owner}: ports", "portMapping", p))));
        if (container.Any("livenessProbe") is { } probe)
        {
            fields["livenessProbe"] = Fields(Read($"{owner}: livenessProbe", "containerLivenessProbe", probe));
        }

        return fields;
    }

    private static IEnumerable<JsonObject> Variables(string owner, StepArguments arguments) => arguments.List("envVars").Select(value =>
    {
        var variable = SymbolValue.Read(value) is null && ScriptValues.IsMap(value, out var map)
            ? SymbolValue.Create(SymbolCatalog.Find("envVar")!, [], map)
            : SymbolValue.Require(value, $"{owner}: envVars", PodSymbols.VariableNames);

        // Older releases of the plugin had a name of its own for the variables of each place.
        return new JsonObject { [variable.Name is "secretEnvVar" ? variable.Name : "envVar"] = Fields(variable.Arguments) };
    });

    private static JsonObject Volume(object? value)
    {
        var volume = SymbolValue.Require(value, "podTemplate: volumes", PodSymbols.VolumeNames);
        return volume.Arguments.Text("mountPath") is { Length: > 0 }
            ? new JsonObject { [volume.Name] = Fields(volume.Arguments) }
            : throw Failures.IllegalArgument($"{volume.Name} in volumes needs mountPath: where the containers see the volume, such as {volume.Name}(mountPath: '/data', …).");
    }

    private static JsonObject WorkspaceVolume(object value)
    {
        var volume = SymbolValue.Require(value, "podTemplate: workspaceVolume", PodSymbols.WorkspaceVolumeNames);
        return volume.Arguments.Has("mountPath")
            ? throw Failures.IllegalArgument($"{volume.Name} as workspaceVolume takes no mountPath: it is mounted at the working directory of each container.")
            : new JsonObject { [volume.Name] = Fields(volume.Arguments) };
    }

    private static JsonObject PullSecret(object? value) => ScriptValues.IsText(value, out var name)
        ? new JsonObject { ["name"] = name }
        : Fields(Read("podTemplate: imagePullSecrets", "imagePullSecret", value));

    /// <summary>Something of which there is one kind only: its symbol, or a map of its fields.</summary>
    private static StepArguments Read(string where, string symbol, object? value) => SymbolValue.Read(value) is null && ScriptValues.IsMap(value, out var map)
        ? SymbolValue.Create(SymbolCatalog.Find(symbol)!, [], map).Arguments
        : SymbolValue.Require(value, where, symbol).Arguments;

    /// <summary>One of several names, as a symbol (<c>never()</c>) or as a text.</summary>
    private static string? Name(string where, object? value, IReadOnlyList<string> names)
    {
        if (value is null)
        {
            return null;
        }

        if (!ScriptValues.IsText(value, out var text))
        {
            return SymbolValue.Require(value, where, names).Name;
        }

        return names.FirstOrDefault(n => string.Equals(n, text, StringComparison.OrdinalIgnoreCase))
            ?? throw Failures.IllegalArgument($"{where} cannot be '{text}'.{DidYouMean.Hint(text, names)} Known: {string.Join(", ", names.Select(n => n + "()"))}.");
    }

    private static JsonObject Fields(StepArguments arguments, params IReadOnlyList<string> except)
    {
        var fields = new JsonObject();
        foreach (var (name, value) in arguments.Values.Where(a => !except.Contains(a.Key)))
        {
            Put(fields, name, value);
        }

        return fields;
    }

    /// <summary>What was not given, or given as null, is left out: the cloud's own value holds then.</summary>
    private static void Put(JsonObject settings, string name, object? value)
    {
        if (value is not null)
        {
            settings[name] = value switch
            {
                bool flag => JsonValue.Create(flag),
                long number => JsonValue.Create(number),
                _ => JsonValue.Create((string)value),
            };
        }
    }

    private static void PutList(JsonObject settings, string name, IEnumerable<JsonObject> items)
    {
        var list = new JsonArray([.. items]);
        if (list.Count > 0)
        {
            settings[name] = list;
        }
    }

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
    private static partial Regex ContainerName();
}
