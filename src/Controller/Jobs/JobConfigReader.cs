using System.Xml.Linq;
using Slipway.Model;

namespace Slipway.Controller.Jobs;

/// <summary>A <c>config.xml</c> read: the definition where there is no fault.</summary>
public sealed record JobConfig(JobDefinition? Definition, IReadOnlyList<ConfigFault> Faults);

/// <summary>
/// Reads Jenkins' <c>config.xml</c> of pipeline jobs and folders. Elements that mean nothing here (plugin bookkeeping, views, icons) are known by name and passed over;
/// anything else that is not understood is refused with its place: a trigger or property that were dropped in silence would be missed at night.
/// </summary>
public static class JobConfigReader
{
    private static readonly HashSet<string> WithoutMeaningInJobs = ["actions", "keepDependencies", "blockBuildWhenDownstreamBuilding", "blockBuildWhenUpstreamBuilding", "concurrentBuild", "canRoam", "authToken"];

    private static readonly HashSet<string> WithoutMeaningInFolders = ["actions", "properties", "folderViews", "healthMetrics", "icon", "views", "primaryView", "viewsTabBar"];

    public static JobConfig Read(string xml)
    {
        var faults = new List<ConfigFault>();
        var root = ConfigXml.Read(xml, faults);
        if (root is null)
        {
            return new JobConfig(null, faults);
        }

        JobDefinition? definition = root.Name.LocalName switch
        {
            "flow-definition" => ReadPipeline(root, faults),
            "com.cloudbees.hudson.plugins.folder.Folder" => ReadFolder(root, faults),
            _ => null,
        };
        if (definition is null && faults.Count == 0)
        {
            faults.Add(ConfigXml.FaultAt(root, $"<{root.Name.LocalName}> is not a kind of job that this server has. Known: <flow-definition> (a pipeline), <com.cloudbees.hudson.plugins.folder.Folder> (a folder)."));
        }

        return new JobConfig(faults.Count == 0 ? definition : null, faults);
    }

    private static JobDefinition ReadFolder(XElement root, List<ConfigFault> faults)
    {
        foreach (var element in root.Elements().Where(e => e.Name.LocalName is not ("description" or "displayName") && !WithoutMeaningInFolders.Contains(e.Name.LocalName)))
        {
            faults.Add(Unknown(element, "a folder"));
        }

        return new JobDefinition(ItemKind.Folder, TextOf(root, "displayName"), TextOf(root, "description"), true, null, [], false, false, null, null);
    }

    private static JobDefinition ReadPipeline(XElement root, List<ConfigFault> faults)
    {
        var properties = new PipelineProperties();
        ScriptSource? script = null;
        var disabled = false;
        TimeSpan? quietPeriod = null;
        foreach (var element in root.Elements())
        {
            switch (element.Name.LocalName)
            {
                case "description" or "displayName":
                    break;
                case "disabled":
                    disabled = ReadBoolean(element, faults);
                    break;
                case "quietPeriod":
                    quietPeriod = ReadNumber(element, faults) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
                    break;
                case "definition":
                    script = ReadScript(element, faults);
                    break;
                case "properties":
                    JobPropertyReader.Read(element, properties, faults);
                    break;
                case "triggers" when element.HasElements:
                    faults.AddRange(element.Elements().Select(t => ConfigXml.FaultAt(t, $"the trigger <{t.Name.LocalName}> is not supported yet. Remove it and start the job through the API.")));
                    break;
                case "triggers":
                    break;
                case var name when WithoutMeaningInJobs.Contains(name):
                    break;
                default:
                    faults.Add(Unknown(element, "a pipeline job"));
                    break;
            }
        }

        if (script is null && faults.Count == 0)
        {
            faults.Add(ConfigXml.FaultAt(root, "there is no <definition>. Add one of class org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition (script in the job) or org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition (script from SCM)."));
        }

        return new JobDefinition(
            ItemKind.Pipeline,
            TextOf(root, "displayName"),
            TextOf(root, "description"),
            !disabled,
            script,
            properties.Parameters,
            properties.DisallowsConcurrentRuns,
            properties.AbortsPrevious,
            properties.Retention,
            quietPeriod);
    }

    private static ScriptSource? ReadScript(XElement definition, List<ConfigFault> faults)
    {
        var kind = (string?)definition.Attribute("class");
        switch (kind)
        {
            case "org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition":
                return new InlineScript(definition.Element("script")?.Value ?? "");
            case "org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition":
                return ReadScmScript(definition, faults);
            default:
                faults.Add(ConfigXml.FaultAt(definition, kind is null
                    ? "<definition> has no class attribute, so it does not say where the script is."
                    : $"scripts of class '{kind}' are not supported. Use org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition or org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition."));
                return null;
        }
    }

    private static ScmScript? ReadScmScript(XElement definition, List<ConfigFault> faults)
    {
        var scm = definition.Element("scm");
        var path = TextOf(definition, "scriptPath") ?? "Jenkinsfile";
        if (scm is null || (string?)scm.Attribute("class") is not "hudson.plugins.git.GitSCM")
        {
            faults.Add(ConfigXml.FaultAt((XObject?)scm ?? definition, "the script's SCM is not git. Give <scm class=\"hudson.plugins.git.GitSCM\"> with the repository's URL."));
            return null;
        }

        var remotes = scm.Element("userRemoteConfigs")?.Elements().ToList() ?? [];
        if (remotes.Count != 1)
        {
            faults.Add(ConfigXml.FaultAt(scm, remotes.Count == 0 ? "<userRemoteConfigs> names no repository. Give one with its <url>." : $"{remotes.Count} repositories are named; the script can come from one only."));
            return null;
        }

        var url = TextOf(remotes[0], "url");
        if (url is null)
        {
            faults.Add(ConfigXml.FaultAt(remotes[0], "the repository has no <url>."));
            return null;
        }

        foreach (var extension in scm.Element("extensions")?.Elements() ?? [])
        {
            faults.Add(ConfigXml.FaultAt(extension, $"the git extension <{extension.Name.LocalName}> is not supported yet. Remove it."));
        }

        if (path.Contains('\\') || path.StartsWith('/') || path.Split('/').Contains(".."))
        {
            faults.Add(ConfigXml.FaultAt(definition, $"the script path '{path}' must be relative to the repository's root, with forward slashes and without '..'."));
        }

        var refs = scm.Element("branches")?.Elements().Select(b => TextOf(b, "name")).OfType<string>().ToList() ?? [];
        return new ScmScript(url, refs.Count > 0 ? refs : ["**"], TextOf(remotes[0], "credentialsId"), path);
    }

    internal static string? TextOf(XElement parent, string child) => parent.Element(child)?.Value is { } text && text.Trim().Length > 0 ? text.Trim() : null;

    internal static bool ReadBoolean(XElement element, List<ConfigFault> faults)
    {
        if (bool.TryParse(element.Value.Trim(), out var value))
        {
            return value;
        }

        if (element.Value.Trim().Length > 0)
        {
            faults.Add(ConfigXml.FaultAt(element, $"<{element.Name.LocalName}> is '{element.Value}'; it must be true or false."));
        }

        return false;
    }

    internal static int? ReadNumber(XElement element, List<ConfigFault> faults)
    {
        var text = element.Value.Trim();
        if (text.Length == 0)
        {
            return null;
        }

        if (int.TryParse(text, out var value))
        {
            return value;
        }

        faults.Add(ConfigXml.FaultAt(element, $"<{element.Name.LocalName}> is '{text}'; it must be a whole number."));
        return null;
    }

    internal static ConfigFault Unknown(XElement element, string owner) =>
        ConfigXml.FaultAt(element, $"<{element.Name.LocalName}> is not known in {owner}. Remove it if nothing depends on it.");
}
