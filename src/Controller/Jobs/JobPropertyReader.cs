using System.Xml.Linq;
using Slipway.Model;

namespace Slipway.Controller.Jobs;

/// <summary>What the <c>properties</c> element of a pipeline job says.</summary>
internal sealed class PipelineProperties
{
    public List<ParameterDefinition> Parameters { get; } = [];

    public bool DisallowsConcurrentRuns { get; set; }

    public bool AbortsPrevious { get; set; }

    public BuildRetention? Retention { get; set; }
}

/// <summary>Reads job properties under the class names that Jenkins' plugins give them.</summary>
internal static class JobPropertyReader
{
    public static void Read(XElement properties, PipelineProperties into, List<ConfigFault> faults)
    {
        foreach (var property in properties.Elements())
        {
            switch (property.Name.LocalName)
            {
                case "hudson.model.ParametersDefinitionProperty":
                    ReadParameters(property, into, faults);
                    break;
                case "org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty":
                    into.DisallowsConcurrentRuns = true;
                    into.AbortsPrevious = property.Element("abortPrevious") is { } abort && JobConfigReader.ReadBoolean(abort, faults);
                    break;
                case "jenkins.model.BuildDiscarderProperty":
                    into.Retention = ReadRetention(property, faults);
                    break;
                case "org.jenkinsci.plugins.workflow.job.properties.PipelineTriggersJobProperty":
                    faults.AddRange((property.Element("triggers")?.Elements() ?? []).Select(t => ConfigXml.FaultAt(t, $"the trigger <{t.Name.LocalName}> is not supported yet. Remove it and start the job through the API.")));
                    break;
                case "org.jenkinsci.plugins.workflow.job.properties.DisableResumeJobProperty" or "org.jenkinsci.plugins.workflow.job.properties.DurabilityHintJobProperty":
                    // Every run resumes here, and is durable; there is nothing to switch off.
                    break;
                default:
                    faults.Add(JobConfigReader.Unknown(property, "the properties of a pipeline job"));
                    break;
            }
        }
    }

    private static void ReadParameters(XElement property, PipelineProperties into, List<ConfigFault> faults)
    {
        foreach (var element in property.Element("parameterDefinitions")?.Elements() ?? [])
        {
            var name = JobConfigReader.TextOf(element, "name");
            if (name is null)
            {
                faults.Add(ConfigXml.FaultAt(element, "the parameter has no <name>."));
                continue;
            }

            var description = JobConfigReader.TextOf(element, "description");
            var fallback = element.Element("defaultValue")?.Value ?? "";
            ParameterDefinition? parameter = element.Name.LocalName switch
            {
                "hudson.model.StringParameterDefinition" => new StringParameter(name, description, fallback, element.Element("trim") is { } trim && JobConfigReader.ReadBoolean(trim, faults)),
                "hudson.model.TextParameterDefinition" => new TextParameter(name, description, fallback),
                "hudson.model.BooleanParameterDefinition" => new BooleanParameter(name, description, element.Element("defaultValue") is { } value && JobConfigReader.ReadBoolean(value, faults)),
                "hudson.model.ChoiceParameterDefinition" => ReadChoice(element, name, description, faults),
                "hudson.model.PasswordParameterDefinition" => new PasswordParameter(name, description, fallback),
                _ => null,
            };
            if (parameter is not null)
            {
                into.Parameters.Add(parameter);
            }
            else if (element.Name.LocalName is not "hudson.model.ChoiceParameterDefinition")
            {
                faults.Add(ConfigXml.FaultAt(element, $"parameters of kind <{element.Name.LocalName}> are not supported. Known: string, text, boolean, choice and password parameters."));
            }
        }
    }

    private static ChoiceParameter? ReadChoice(XElement element, string name, string? description, List<ConfigFault> faults)
    {
        var choices = (element.Element("choices")?.Descendants("string") ?? []).Select(c => c.Value).ToList();
        if (choices.Count == 0)
        {
            faults.Add(ConfigXml.FaultAt(element, $"the choice parameter '{name}' offers no choices. List them as <string> elements in <choices>."));
            return null;
        }

        return new ChoiceParameter(name, description, choices);
    }

    private static BuildRetention? ReadRetention(XElement property, List<ConfigFault> faults)
    {
        var strategy = property.Element("strategy");
        if ((string?)strategy?.Attribute("class") is not "hudson.tasks.LogRotator")
        {
            faults.Add(ConfigXml.FaultAt((XObject?)strategy ?? property, "the build discarder's strategy is not hudson.tasks.LogRotator, the only one known."));
            return null;
        }

        return new BuildRetention(Limit("daysToKeep"), Limit("numToKeep"), Limit("artifactDaysToKeep"), Limit("artifactNumToKeep"));

        // Jenkins writes -1 for "without limit".
        int? Limit(string child) => strategy!.Element(child) is { } element && JobConfigReader.ReadNumber(element, faults) is { } number and >= 0 ? number : null;
    }
}
