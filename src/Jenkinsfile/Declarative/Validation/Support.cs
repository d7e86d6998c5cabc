using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;

namespace Slipway.Jenkinsfile.Declarative.Validation;

/// <summary>What is valid Declarative but cannot be carried out by this version: refused before anything runs, never ignored.</summary>
internal sealed class Support(FaultList faults)
{
    private static readonly HashSet<string> Options =
    [
        "ansiColor", "buildDiscarder", "catchError", "checkoutToSubdirectory", "disableConcurrentBuilds", "disableRestartFromStage", "durabilityHint", "lock",
        "parallelsAlwaysFailFast", "preserveStashes", "quietPeriod", "retry", "skipDefaultCheckout", "skipStagesAfterUnstable", "timeout", "timestamps", "warnError", "withEnv",
    ];

    private static readonly HashSet<string> ParameterTypes = ["booleanParam", "choice", "password", "string", "text"];

    private static readonly Dictionary<string, string> Agents = new()
    {
        ["docker"] = "Run the step's container through a pod template, or call docker in sh.",
        ["dockerfile"] = "Build the image before, or call docker in sh.",
    };

    public void Check(DeclarativePipeline pipeline)
    {
        CheckAgent(pipeline.Agent);
        CheckEnvironment(pipeline.Environment);
        CheckOptions(pipeline.Options);
        CheckParameters(pipeline.Parameters);
        CheckTools(pipeline.Tools);
        foreach (var library in pipeline.Libraries)
        {
            Refuse(library.Span, "A shared library", "Put the code into the Jenkinsfile, or load it with a step.");
        }

        foreach (var trigger in pipeline.Triggers)
        {
            faults.Warn(Faults.NotOffered($"The trigger \"{trigger.Name}\"", "It starts no runs; start them through the API or by hand."), trigger.Span);
        }

        foreach (var stage in pipeline.AllStages)
        {
            CheckStage(stage);
        }
    }

    private void CheckStage(StageDefinition stage)
    {
        CheckAgent(stage.Agent);
        CheckEnvironment(stage.Environment);
        CheckOptions(stage.Options);
        CheckTools(stage.Tools);
        if (stage.Input is { } input)
        {
            Refuse(input.Span, "input", "Split the job in two, and start the second by hand.");
        }

        if (stage.Matrix is { } matrix)
        {
            CheckAgent(matrix.Agent);
            CheckEnvironment(matrix.Environment);
            CheckOptions(matrix.Options);
            CheckTools(matrix.Tools);
            if (matrix.Input is { } asked)
            {
                Refuse(asked.Span, "input", "Split the job in two, and start the second by hand.");
            }
        }
    }

    private void CheckAgent(AgentSection? agent)
    {
        if (agent is not null && Agents.TryGetValue(agent.Type, out var cure))
        {
            Refuse(agent.Span, $"The agent type \"{agent.Type}\"", cure);
        }
    }

    private void CheckEnvironment(EnvironmentSection? environment)
    {
        foreach (var variable in environment?.Variables ?? [])
        {
            if (variable.Value is CallExpression { Target: null, SimpleName: "credentials" })
            {
                Refuse(variable.Value.Span, "credentials() in environment", "Pass the secret through the agent's own environment.");
            }
        }
    }

    private void CheckOptions(OptionSet options)
    {
        foreach (var option in options.Items.Where(o => DirectiveCatalog.PipelineOptions.Find(o.Name) is not null && !Options.Contains(o.Name)))
        {
            Refuse(option.Span, $"The option \"{option.Name}\"", "Remove it.");
        }

        foreach (var option in options.Items.Where(o => o.Name is "quietPeriod" or "preserveStashes"))
        {
            faults.Warn(Faults.NotOffered($"The option \"{option.Name}\"", "It is accepted and does nothing."), option.Span);
        }
    }

    private void CheckParameters(IReadOnlyList<DirectiveCall> parameters)
    {
        foreach (var parameter in parameters.Where(p => DirectiveCatalog.Parameters.Find(p.Name) is not null && !ParameterTypes.Contains(p.Name)))
        {
            Refuse(parameter.Span, $"The parameter type \"{parameter.Name}\"", "Use string, text, booleanParam, choice or password.");
        }
    }

    private void CheckTools(IReadOnlyList<DirectiveCall> tools)
    {
        foreach (var tool in tools)
        {
            Refuse(tool.Span, $"Installing the tool \"{tool.Name}\"", "Run on an agent that has it, and leave tools { } out.");
        }
    }

    private void Refuse(Span at, string what, string cure) => faults.Add(Faults.NotOffered(what, cure), at);
}
