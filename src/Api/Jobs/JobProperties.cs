using Slipway.Api.Rendering;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Jobs;

/// <summary>A job's properties as Jenkins' plugins describe them; of these its clients read the parameters.</summary>
internal static class JobProperties
{
    public static List<object?> Of(JobDetailView job)
    {
        var properties = new List<object?>();
        if (!job.AllowsConcurrentRuns)
        {
            properties.Add(new ApiObject("org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty", "disableConcurrentBuildsJobProperty", []));
        }

        if (job.Parameters.Count > 0)
        {
            properties.Add(new ApiObject("hudson.model.ParametersDefinitionProperty", "parametersDefinitionProperty",
                [new("parameterDefinitions", job.Parameters.Select(p => (object?)Definition(p)).ToList(), 2)]));
        }

        return properties;
    }

    private static ApiObject Definition(ParameterDefinition definition)
    {
        var (kind, valueKind, value) = definition switch
        {
            BooleanParameter boolean => ("Boolean", "Boolean", (object?)boolean.DefaultValue),
            ChoiceParameter choice => ("Choice", "String", choice.Choices.Count > 0 ? choice.Choices[0] : ""),
            TextParameter text => ("Text", "Text", text.DefaultValue),
            PasswordParameter => ("Password", "Password", null),
            StringParameter line => ("String", "String", line.DefaultValue),
            _ => throw new InvalidOperationException($"Parameters of type {definition.GetType().Name} have no name in the API."),
        };
        List<ApiProperty> ofDefault = [new("name", definition.Name, 4)];
        if (value is not null)
        {
            // A password's default is nobody's to read.
            ofDefault.Add(new ApiProperty("value", value, 4));
        }

        List<ApiProperty> properties =
        [
            new("defaultParameterValue", new ApiObject($"hudson.model.{valueKind}ParameterValue", "value", ofDefault), 3),
            new("description", definition.Description, 3),
            new("name", definition.Name, 3),
            new("type", $"{kind}ParameterDefinition", 3),
        ];
        if (definition is ChoiceParameter { Choices: var choices })
        {
            properties.Add(new ApiProperty("choices", choices.Select(c => (object?)c).ToList(), 3));
        }

        return new ApiObject($"hudson.model.{kind}ParameterDefinition", "parameterDefinition", properties);
    }
}
