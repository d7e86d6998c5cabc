using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Declarative.Validation;

namespace Slipway.Jenkinsfile.Declarative.Reading;

/// <summary>
/// Reads <c>pipeline { … }</c> blocks out of a script's syntax tree. What can be read of a faulty block still comes into the model, so that one look tells all faults.
/// </summary>
internal sealed class PipelineReader(FaultList faults)
{
    /// <summary>The pipelines of a script: those among its own statements and among the statements of its methods. Empty for a scripted pipeline.</summary>
    public IReadOnlyList<DeclarativePipeline> Read(ScriptNode script)
    {
        var bodies = script.Methods.Select(m => m.Body?.Statements ?? []).Prepend(script.Statements);
        var calls = bodies.SelectMany(b => b).Select(AsPipelineCall).OfType<CallExpression>().ToList();
        if (calls.Count == 0)
        {
            foreach (var statement in script.Statements)
            {
                RefuseNested(statement);
            }
        }

        return [.. calls.Select(ReadPipeline)];
    }

    private static CallExpression? AsPipelineCall(Statement statement) => statement switch
    {
        ExpressionStatement { Expression: CallExpression call } when IsPipelineCall(call) => call,
        ReturnStatement { Value: CallExpression call } when IsPipelineCall(call) => call,
        _ => null,
    };

    private static bool IsPipelineCall(CallExpression call) => call is { Target: null, SimpleName: "pipeline" } && call.IsOnlyBlock();

    private void RefuseNested(Statement statement)
    {
        if (statement.AsCall()?.Block() is not { } block)
        {
            return;
        }

        foreach (var inner in block.Statements())
        {
            if (AsPipelineCall(inner) is { } call)
            {
                faults.Add(Faults.PipelineNotAtTop(), call.Span);
            }
            else
            {
                RefuseNested(inner);
            }
        }
    }

    private DeclarativePipeline ReadPipeline(CallExpression pipeline)
    {
        var directives = new DirectiveReader(faults);
        var sections = SectionTable.Read(pipeline.Block()!, faults, Faults.BareSection);
        foreach (var (name, at) in sections.Names)
        {
            if (name == "notifications")
            {
                faults.Add(Faults.SectionRemoved(name), at);
            }
            else if (!DeclarativeNames.PipelineSections.Contains(name))
            {
                faults.Add(Faults.UnknownSection(name), at);
            }
        }

        if (!sections.Has("agent"))
        {
            faults.Add(Faults.MissingSection("agent"), pipeline.Span);
        }

        if (!sections.Has("stages"))
        {
            faults.Add(Faults.MissingSection("stages"), pipeline.Span);
        }

        return new DeclarativePipeline(
            pipeline,
            sections.Call("agent") is { } agent ? new AgentReader(faults).Read(agent) : null,
            sections.Block("environment", faults) is { } environment ? new EnvironmentReader(faults).Read(environment) : null,
            sections.Block("stages", faults) is { } stages ? new StageReader(faults).ReadStages(stages) : [],
            sections.Block("parameters", faults) is { } parameters ? directives.ReadCalls(parameters, DirectiveKind.Parameter) : [],
            sections.Block("options", faults) is { } options ? directives.ReadOptions(options) : OptionSet.None,
            sections.Block("triggers", faults) is { } triggers ? directives.ReadCalls(triggers, DirectiveKind.Trigger) : [],
            sections.Block("tools", faults) is { } tools ? directives.ReadCalls(tools, DirectiveKind.Tool) : [],
            sections.Block("libraries", faults) is { } libraries ? directives.ReadLibraries(libraries) : [],
            sections.Block("post", faults) is { } post ? new PostReader(faults).Read(post) : null,
            pipeline.Span);
    }
}

/// <summary>The sections of a block, each a call by its name.</summary>
internal sealed class SectionTable
{
    private readonly Dictionary<string, CallExpression> _calls = [];
    private readonly List<(string Name, Span At)> _names = [];

    public IReadOnlyList<(string Name, Span At)> Names => _names;

    public bool Has(string name) => _names.Any(n => n.Name == name);

    public CallExpression? Call(string name) => _calls.GetValueOrDefault(name);

    /// <summary>The section as a call whose last argument is a block; a section that has none is a fault.</summary>
    public CallExpression? Block(string name, FaultList faults)
    {
        if (_calls.GetValueOrDefault(name) is not { } call)
        {
            return null;
        }

        if (call.IsOnlyBlock())
        {
            return call;
        }

        faults.Add(Faults.ExpectedBlockFor(name), call.Span);
        return null;
    }

    public static SectionTable Read(ClosureExpression block, FaultList faults, Func<string, Fault> bare)
    {
        var table = new SectionTable();
        foreach (var statement in block.SeparateStatements(faults))
        {
            if (statement.AsCall() is not { } call)
            {
                faults.Add(bare(faults.TextOf(statement).Trim()), statement.Span);
                if (statement is ExpressionStatement { Expression: NameExpression name })
                {
                    table._names.Add((name.Name, name.Span));
                }

                continue;
            }

            var section = call.SimpleName!;
            if (table.Has(section))
            {
                faults.Add(Faults.DuplicateSection(section), call.Span);
                continue;
            }

            table._names.Add((section, call.Span));
            table._calls[section] = call;
        }

        return table;
    }
}
