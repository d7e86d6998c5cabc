using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Declarative.Validation;

namespace Slipway.Jenkinsfile.Declarative.Reading;

internal sealed class StageReader(FaultList faults)
{
    private bool _insideParallel;

    /// <summary>Reads the stages in the block of <c>stages</c> or <c>parallel</c>.</summary>
    public IReadOnlyList<StageDefinition> ReadStages(CallExpression section)
    {
        var stages = new List<StageDefinition>();
        var statements = section.Block()!.SeparateStatements(faults).ToList();
        if (statements.Count == 0)
        {
            faults.Add(Faults.NoStages(), section.Span);
        }

        foreach (var statement in statements)
        {
            if (statement.AsCall() is not { SimpleName: "stage" } call)
            {
                faults.Add(Faults.ExpectedStage(), statement.Span);
                continue;
            }

            var stage = ReadStage(call);
            if (stage is null)
            {
                continue;
            }

            if (stages.Any(s => s.Name == stage.Name))
            {
                faults.Add(Faults.DuplicateStage(stage.Name), stage.NameSpan);
            }

            stages.Add(stage);
        }

        return stages;
    }

    private StageDefinition? ReadStage(CallExpression call)
    {
        if (call.WithoutBlock().FirstOrDefault() is not PositionalArgument nameArgument)
        {
            faults.Add(Faults.ExpectedStageName(), call.Span);
            return null;
        }

        if (call.Block() is not { } block)
        {
            faults.Add(Faults.ExpectedBlockFor("stage"), call.Span);
            return null;
        }

        var name = nameArgument.Value.Text();
        if (name is null)
        {
            faults.Add(Faults.StageNameNotConstant(), nameArgument.Span);
            name = faults.TextOf(nameArgument);
        }

        var sections = SectionTable.Read(block, faults, Faults.BareStageSection);
        foreach (var (section, at) in sections.Names.Where(s => !DeclarativeNames.StageSections.Contains(s.Name)))
        {
            faults.Add(Faults.UnknownStageSection(section), at);
        }

        CheckContents(name, call.Span, sections);
        var directives = new DirectiveReader(faults);
        var splits = sections.Has("parallel") || sections.Has("matrix");
        return new StageDefinition(
            name,
            nameArgument.Span,
            sections.Call("agent") is { } agent ? new AgentReader(faults).Read(agent) : null,
            sections.Block("environment", faults) is { } environment ? new EnvironmentReader(faults).Read(environment) : null,
            sections.Block("when", faults) is { } when ? new WhenReader(faults).Read(when) : null,
            sections.Block("input", faults) is { } input ? directives.ReadInput(input) : null,
            sections.Block("tools", faults) is { } tools ? directives.ReadCalls(tools, DirectiveKind.Tool) : [],
            sections.Block("options", faults) is { } options ? directives.ReadOptions(options, inStage: true) : OptionSet.None,
            ReadFailFast(name, sections, splits),
            sections.Block("steps", faults) is { } steps ? new StepsReader(faults).Read(steps) : null,
            sections.Block("stages", faults) is { } stages ? ReadStages(stages) : null,
            sections.Block("parallel", faults) is { } parallel ? Inside(parallel, () => ReadStages(parallel)) : null,
            sections.Block("matrix", faults) is { } matrix ? Inside(matrix, () => new MatrixReader(faults).Read(matrix, ReadStages)) : null,
            sections.Block("post", faults) is { } post ? new PostReader(faults).Read(post) : null,
            call.Span);
    }

    private void CheckContents(string name, Span at, SectionTable sections)
    {
        string[] contents = [.. new[] { "steps", "stages", "parallel", "matrix" }.Where(sections.Has)];
        if (contents.Length == 0)
        {
            faults.Add(Faults.StageWithoutContent(name), at);
        }
        else if (contents.Length > 1)
        {
            faults.Add(Faults.StageWithSeveralContents(name), at);
        }

        if (sections.Has("parallel") || sections.Has("matrix"))
        {
            foreach (var section in new[] { "agent", "tools" }.Where(sections.Has))
            {
                faults.Add(Faults.NotAllowedWithParallel(section, name), sections.Call(section)?.Span ?? at);
            }
        }
    }

    private bool ReadFailFast(string name, SectionTable sections, bool splits)
    {
        if (sections.Call("failFast") is not { } call)
        {
            return false;
        }

        if (!splits)
        {
            faults.Add(Faults.FailFastWithoutParallel(name), call.Span);
        }

        if (call.Arguments is [PositionalArgument only] && only.Value.Boolean() is { } value)
        {
            return value;
        }

        faults.Add(Faults.FailFastNotBoolean(), call.Span);
        return false;
    }

    private T Inside<T>(CallExpression section, Func<T> read)
    {
        if (_insideParallel)
        {
            faults.Add(Faults.NestedParallel(), section.Span);
        }

        var before = _insideParallel;
        _insideParallel = true;
        try
        {
            return read();
        }
        finally
        {
            _insideParallel = before;
        }
    }
}

internal sealed class PostReader(FaultList faults)
{
    public PostSection Read(CallExpression section)
    {
        var conditions = new List<PostCondition>();
        var statements = section.Block()!.SeparateStatements(faults).ToList();
        if (statements.Count == 0)
        {
            faults.Add(Faults.EmptySection("post"), section.Span);
        }

        foreach (var statement in statements)
        {
            if (statement.AsCall() is not { } call || !call.IsOnlyBlock())
            {
                faults.Add(Faults.ExpectedBlockFor("post"), statement.Span);
                continue;
            }

            var name = call.SimpleName!;
            if (!DeclarativeNames.PostConditions.Contains(name))
            {
                faults.Add(Faults.UnknownPostCondition(name), call.Span);
            }

            if (conditions.Any(c => c.Name == name))
            {
                faults.Add(Faults.DuplicatePostCondition(name), call.Span);
            }

            conditions.Add(new PostCondition(name, new StepsReader(faults).Read(call), call.Span));
        }

        return new PostSection(conditions, section.Span);
    }
}
