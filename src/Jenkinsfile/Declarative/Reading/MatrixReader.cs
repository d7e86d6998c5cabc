using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Declarative.Validation;

namespace Slipway.Jenkinsfile.Declarative.Reading;

internal sealed class MatrixReader(FaultList faults)
{
    public MatrixSection Read(CallExpression section, Func<CallExpression, IReadOnlyList<StageDefinition>> readStages)
    {
        var sections = SectionTable.Read(section.Block()!, faults, Faults.BareStageSection);
        foreach (var (name, at) in sections.Names.Where(s => !DeclarativeNames.MatrixSections.Contains(s.Name)))
        {
            faults.Add(Faults.UnknownMatrixSection(name), at);
        }

        foreach (var required in new[] { "axes", "stages" }.Where(r => !sections.Has(r)))
        {
            faults.Add(Faults.MissingSection(required), section.Span);
        }

        var directives = new DirectiveReader(faults);
        return new MatrixSection(
            sections.Block("axes", faults) is { } axes ? ReadAxes(axes) : [],
            sections.Block("excludes", faults) is { } excludes ? ReadExcludes(excludes) : [],
            sections.Block("stages", faults) is { } stages ? readStages(stages) : [],
            sections.Call("agent") is { } agent ? new AgentReader(faults).Read(agent) : null,
            sections.Block("environment", faults) is { } environment ? new EnvironmentReader(faults).Read(environment) : null,
            sections.Block("when", faults) is { } when ? new WhenReader(faults).Read(when) : null,
            sections.Block("input", faults) is { } input ? directives.ReadInput(input) : null,
            sections.Block("tools", faults) is { } tools ? directives.ReadCalls(tools, DirectiveKind.Tool) : [],
            sections.Block("options", faults) is { } options ? directives.ReadOptions(options, inStage: true) : OptionSet.None,
            sections.Block("post", faults) is { } post ? new PostReader(faults).Read(post) : null,
            section.Span);
    }

    private List<MatrixAxis> ReadAxes(CallExpression section)
    {
        if (section.Block()!.Statements().Count == 0)
        {
            faults.Add(Faults.NoAxes(), section.Span);
        }

        return ReadAxisList(section.Block()!, isExclude: false);
    }

    private List<IReadOnlyList<MatrixAxis>> ReadExcludes(CallExpression section)
    {
        var excludes = new List<IReadOnlyList<MatrixAxis>>();
        if (section.Block()!.Statements().Count == 0)
        {
            faults.Add(Faults.EmptySection("excludes"), section.Span);
        }

        foreach (var statement in section.Block()!.Statements())
        {
            if (statement.AsCall() is { SimpleName: "exclude" } exclude && exclude.IsOnlyBlock())
            {
                excludes.Add(ReadAxisList(exclude.Block()!, isExclude: true));
            }
            else
            {
                faults.Add(Faults.ExpectedExclude(), statement.Span);
            }
        }

        return excludes;
    }

    private List<MatrixAxis> ReadAxisList(ClosureExpression block, bool isExclude)
    {
        var axes = new List<MatrixAxis>();
        foreach (var statement in block.Statements())
        {
            if (statement.AsCall() is not { SimpleName: "axis" } call || !call.IsOnlyBlock())
            {
                faults.Add(Faults.ExpectedAxis(), statement.Span);
                continue;
            }

            var axis = ReadAxis(call, isExclude);
            if (axes.Any(a => a.Name == axis.Name))
            {
                faults.Add(Faults.DuplicateAxis(axis.Name), call.Span);
            }

            axes.Add(axis);
        }

        return axes;
    }

    private MatrixAxis ReadAxis(CallExpression axis, bool isExclude)
    {
        var sections = SectionTable.Read(axis.Block()!, faults, Faults.BareSection);
        foreach (var (field, at) in sections.Names.Where(s => s.Name is not ("name" or "values") && !(isExclude && s.Name == "notValues")))
        {
            faults.Add(Faults.UnknownAxisField(field), at);
        }

        var values = sections.Call("values");
        var notValues = isExclude ? sections.Call("notValues") : null;
        if (isExclude && (values is null) == (notValues is null))
        {
            faults.Add(Faults.ValuesOrNotValues(), axis.Span);
        }
        else if (!isExclude && values is null)
        {
            faults.Add(Faults.AxisWithout("values"), axis.Span);
        }

        return new MatrixAxis(ReadName(axis, sections), (values ?? notValues) is { } list ? ReadValues(list) : [], values is null && notValues is not null, axis.Span);
    }

    private string ReadName(CallExpression axis, SectionTable sections)
    {
        if (sections.Call("name") is not { } call)
        {
            faults.Add(Faults.AxisWithout("name"), axis.Span);
            return "";
        }

        if (call.Arguments is not [PositionalArgument only] || only.Value.Text() is not { } name)
        {
            faults.Add(Faults.ExpectedStringLiteral(), call.Span);
            return faults.TextOf(call);
        }

        if (!EnvironmentReader.IsIdentifier(name))
        {
            faults.Add(Faults.InvalidIdentifier(name), call.Span);
        }

        return name;
    }

    private List<string> ReadValues(CallExpression call)
    {
        var values = new List<string>();
        foreach (var argument in call.Arguments)
        {
            var value = argument.Value.Bare();
            if (value.Text() is not { } text)
            {
                var written = faults.TextOf(value);
                faults.Add(Faults.ExpectedStringLiteralBut(value is GStringExpression ? written : "${" + written + "}"), argument.Span);
                continue;
            }

            if (values.Contains(text))
            {
                faults.Add(Faults.DuplicateAxisValue(text), argument.Span);
            }

            values.Add(text);
        }

        return values;
    }
}
