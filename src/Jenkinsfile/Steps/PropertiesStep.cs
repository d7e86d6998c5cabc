using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model;
using Slipway.Model.Events;

namespace Slipway.Jenkinsfile.Steps;

/// <summary><c>properties</c>: what the pipeline says of its job, for the runs after this one.</summary>
internal static class PropertiesStep
{
    public static StepDefinition Definition { get; } = new()
    {
        Name = "properties",
        Summary = "Sets the job's parameters, retention and concurrency from the pipeline, from the next run on.",
        Parameters = [StepParameter.List("properties").Required()],
        Main = "properties",
        Run = call =>
        {
            Declare(call.Context, call.Arguments.List("properties"));
            return BasicSteps.Nothing;
        },
    };

    private static IReadOnlyList<string> Known { get; } =
        ["parameters", "buildDiscarder", "disableConcurrentBuilds", "pipelineTriggers", "durabilityHint", "disableResume", "preserveStashes", "githubProjectProperty"];

    /// <summary>Records the properties, and gives this run the defaults of parameters that it was not started with.</summary>
    public static void Declare(StepContext context, IReadOnlyList<object?> properties)
    {
        var declared = new JobPropertiesDeclared(null, null, null, null);
        foreach (var property in properties.Where(p => p is not null))
        {
            declared = Read(declared, SymbolValue.Require(property, "properties", Known));
        }

        context.Run.State.Declare(declared);
        foreach (var parameter in declared.Parameters ?? [])
        {
            context.AddDefault(parameter);
        }
    }

    /// <summary>The default of a declared parameter, where the run was not given a value.</summary>
    public static void AddDefault(this StepContext context, ParameterDefinition definition)
    {
        var value = DefaultOf(definition);
        if (!context.Run.Parameters.Add(value))
        {
            return;
        }

        context.Run.Environment.SetParameter(value);
        if (value.Type == ParameterType.Password)
        {
            context.Run.Console.MaskEverywhere(value.Value);
        }
    }

    public static ParameterValue DefaultOf(ParameterDefinition definition) => definition switch
    {
        StringParameter s => new ParameterValue(s.Name, s.Trim ? s.DefaultValue.Trim() : s.DefaultValue),
        TextParameter t => new ParameterValue(t.Name, t.DefaultValue, ParameterType.Text),
        BooleanParameter b => new ParameterValue(b.Name, b.DefaultValue ? "true" : "false", ParameterType.Boolean),
        ChoiceParameter c => new ParameterValue(c.Name, c.Choices.Count > 0 ? c.Choices[0] : "", ParameterType.Choice),
        PasswordParameter p => new ParameterValue(p.Name, p.DefaultValue, ParameterType.Password),
        _ => throw new InvalidOperationException($"A parameter of type {definition.GetType().Name} has no default."),
    };

    /// <summary>A parameter's definition from <c>string(name: …)</c> and the like.</summary>
    public static ParameterDefinition ReadParameter(object? value)
    {
        var symbol = SymbolValue.Require(value, "parameters", "string", "text", "booleanParam", "choice", "password", "file", "credentials", "run");
        var arguments = symbol.Arguments;
        var (name, description) = (arguments.RequiredText("name"), arguments.Text("description"));
        return symbol.Name switch
        {
            "string" => new StringParameter(name, description, arguments.Text("defaultValue") ?? "", arguments.Flag("trim")),
            "text" => new TextParameter(name, description, arguments.Text("defaultValue") ?? ""),
            "booleanParam" => new BooleanParameter(name, description, arguments.Flag("defaultValue")),
            "choice" => new ChoiceParameter(name, description, ReadChoices(name, arguments.Any("choices"))),
            _ => new PasswordParameter(name, description, arguments.Text("defaultValue") ?? arguments.Text("defaultValueAsSecret") ?? ""),
        };
    }

    private static JobPropertiesDeclared Read(JobPropertiesDeclared declared, SymbolValue property) => property.Name switch
    {
        "parameters" => declared with { Parameters = [.. property.Arguments.List("parameterDefinitions").Select(ReadParameter)] },
        "buildDiscarder" => declared with { Retention = ReadRetention(property.Arguments.Any("strategy")) },
        "disableConcurrentBuilds" => declared with { DisallowsConcurrentRuns = true, AbortsPrevious = property.Arguments.Flag("abortPrevious") },
        "pipelineTriggers" when property.Arguments.List("triggers").Count > 0 => throw Failures.Unsupported("pipelineTriggers: triggers in a pipeline are not supported yet; leave the list empty."),
        _ => declared,
    };

    public static BuildRetention ReadRetention(object? strategy)
    {
        var rotator = SymbolValue.Require(strategy, "buildDiscarder", "logRotator").Arguments;
        return new BuildRetention(Number(rotator, "daysToKeepStr"), Number(rotator, "numToKeepStr"), Number(rotator, "artifactDaysToKeepStr"), Number(rotator, "artifactNumToKeepStr"));
    }

    private static int? Number(StepArguments rotator, string name) => rotator.Text(name) switch
    {
        null or "" or "-1" => null,
        var text when int.TryParse(text, out var number) && number > 0 => number,
        var text => throw Failures.IllegalArgument($"logRotator: '{text}' is no number for {name}; write for example {name}: '10'."),
    };

    private static List<string> ReadChoices(string name, object? choices)
    {
        var read = ScriptValues.IsList(choices, out var list) ? [.. list.Select(ScriptValues.ToText)]
            : ScriptValues.IsText(choices, out var text) ? text.Split('\n').ToList()
            : [];
        return read.Count > 0 ? read : throw Failures.IllegalArgument($"choice: the parameter '{name}' has no choices. Write choices: ['one', 'other'].");
    }
}
