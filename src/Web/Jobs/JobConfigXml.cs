using System.Xml;
using System.Xml.Linq;

namespace Slipway.Web.Jobs;

/// <summary>Where a job's script is.</summary>
public enum ScriptSource
{
    Inline,
    Scm,
}

/// <summary>What the form of a job edits; everything else in its <c>config.xml</c> stays as it is.</summary>
public sealed record JobConfigForm(
    bool IsFolder,
    string Description,
    ScriptSource Source,
    string Script,
    string Url,
    string Ref,
    string ScriptPath,
    string CredentialsId,
    bool IsDisabled)
{
    public static JobConfigForm Empty { get; } = new(false, "", ScriptSource.Scm, "", "", "main", "Jenkinsfile", "", false);
}

/// <summary>Jenkins' <c>config.xml</c> as a form and back. Pure; the server judges the result when it is given.</summary>
internal static class JobConfigXml
{
    private const string InlineClass = "org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition";
    private const string ScmClass = "org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition";
    private const string FolderElement = "com.cloudbees.hudson.plugins.folder.Folder";

    /// <summary>The fields of a configuration; null where it is not one that the form can show (an unknown kind, or XML that cannot be read).</summary>
    public static JobConfigForm? Read(string xml)
    {
        if (Parse(xml)?.Root is not { } root || root.Name.LocalName is not ("flow-definition" or FolderElement))
        {
            return null;
        }

        var definition = root.Element("definition");
        var source = (string?)definition?.Attribute("class");
        if (definition is not null && source is not (InlineClass or ScmClass))
        {
            return null;
        }

        var scm = definition?.Element("scm");
        var remote = scm?.Element("userRemoteConfigs")?.Elements().FirstOrDefault();
        return new JobConfigForm(
            root.Name.LocalName == FolderElement,
            (string?)root.Element("description") ?? "",
            source == ScmClass ? ScriptSource.Scm : ScriptSource.Inline,
            (string?)definition?.Element("script") ?? "",
            (string?)remote?.Element("url") ?? "",
            (string?)scm?.Element("branches")?.Elements().FirstOrDefault()?.Element("name") ?? "",
            (string?)definition?.Element("scriptPath") ?? "Jenkinsfile",
            (string?)remote?.Element("credentialsId") ?? "",
            (string?)root.Element("disabled") == "true");
    }

    /// <summary>The configuration with the form's fields in it.</summary>
    /// <param name="existing">What it was; null for a new job.</param>
    public static string Write(JobConfigForm form, string? existing)
    {
        var document = (existing is null ? null : Parse(existing)) ?? new XDocument(new XElement(form.IsFolder ? FolderElement : "flow-definition"));
        var root = document.Root ?? throw new InvalidOperationException("A document that was read has a root.");
        root.SetElementValue("description", form.Description);
        if (!form.IsFolder)
        {
            WriteDefinition(root, form);
            root.SetElementValue("disabled", form.IsDisabled ? "true" : "false");
        }

        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + document.Root + "\n";
    }

    private static void WriteDefinition(XElement root, JobConfigForm form)
    {
        var wanted = form.Source == ScriptSource.Inline ? InlineClass : ScmClass;
        var definition = root.Element("definition");
        if ((string?)definition?.Attribute("class") != wanted)
        {
            definition?.Remove();
            definition = new XElement("definition", new XAttribute("class", wanted));
            root.Add(definition);
        }

        if (form.Source == ScriptSource.Inline)
        {
            definition!.SetElementValue("script", form.Script.ReplaceLineEndings("\n"));
            if (definition.Element("sandbox") is null)
            {
                definition.SetElementValue("sandbox", "true");
            }

            return;
        }

        WriteScm(definition!, form);
        definition!.SetElementValue("scriptPath", form.ScriptPath.Length == 0 ? "Jenkinsfile" : form.ScriptPath);
        if (definition.Element("lightweight") is null)
        {
            definition.SetElementValue("lightweight", "true");
        }
    }

    private static void WriteScm(XElement definition, JobConfigForm form)
    {
        if (definition.Element("scm") is not { } scm)
        {
            scm = new XElement("scm", new XAttribute("class", "hudson.plugins.git.GitSCM"), new XElement("configVersion", "2"));
            definition.Add(scm);
        }

        var remote = FirstOf(scm, "userRemoteConfigs", "hudson.plugins.git.UserRemoteConfig");
        remote.SetElementValue("url", form.Url);
        remote.SetElementValue("credentialsId", form.CredentialsId.Length == 0 ? null : form.CredentialsId);
        FirstOf(scm, "branches", "hudson.plugins.git.BranchSpec").SetElementValue("name", BranchOf(form.Ref));
    }

    /// <summary>Jenkins writes a branch as <c>*/main</c>: on whichever remote. A full ref or a pattern is left as it was typed.</summary>
    private static string BranchOf(string reference)
    {
        var trimmed = reference.Trim();
        return trimmed.Length == 0 ? "*/main" : trimmed.Contains('/', StringComparison.Ordinal) || trimmed.Contains('*', StringComparison.Ordinal) ? trimmed : "*/" + trimmed;
    }

    private static XElement FirstOf(XElement parent, string list, string item)
    {
        if (parent.Element(list) is not { } container)
        {
            container = new XElement(list);
            parent.Add(container);
        }

        if (container.Elements().FirstOrDefault() is not { } first)
        {
            first = new XElement(item);
            container.Add(first);
        }

        return first;
    }

    private static XDocument? Parse(string xml)
    {
        // Jenkins declares XML 1.1, which .NET's reader refuses; the documents themselves are plain 1.0.
        var text = xml.TrimStart('\ufeff', ' ', '\n', '\r', '\t');
        if (text.StartsWith("<?xml", StringComparison.Ordinal) && text.IndexOf("?>", StringComparison.Ordinal) is var end and > 0)
        {
            text = text[(end + 2)..];
        }

        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = 8 * 1024 * 1024 };
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), settings);
            return XDocument.Load(reader);
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
