using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Declarative.Validation;

namespace Slipway.Jenkinsfile.Declarative.Reading;

internal enum DirectiveKind
{
    Parameter,
    Trigger,
    Tool,
}

/// <summary>Reads the sections that are lists of calls: options, parameters, triggers, tools, libraries, input.</summary>
internal sealed class DirectiveReader(FaultList faults)
{
    public OptionSet ReadOptions(CallExpression section, bool inStage = false)
    {
        var known = inStage ? DirectiveCatalog.StageOptions : DirectiveCatalog.PipelineOptions;
        var items = ReadList(section, "options", "Options", "an option", call =>
        {
            var name = call.SimpleName!;
            if (name is "parameters" or "triggers")
            {
                faults.Add(Faults.PropertyAsOption(name), call.Span);
            }
            else if (known.Find(name) is not { } spec)
            {
                faults.Add(Faults.UnknownOption(name, known.Names), call.Span);
            }
            else
            {
                new ArgumentCheck(faults).Check(spec, call.Arguments, call.Span);
                CheckPreservedBuilds(call);
            }
        });
        return new OptionSet(items, section.Span);
    }

    public IReadOnlyList<DirectiveCall> ReadCalls(CallExpression section, DirectiveKind kind) => kind switch
    {
        DirectiveKind.Parameter => ReadParameters(section),
        DirectiveKind.Trigger => ReadList(section, "triggers", "Triggers", "a trigger", call => CheckSpec(call, DirectiveCatalog.Triggers, Faults.UnknownTrigger)),
        _ => ReadTools(section),
    };

    public IReadOnlyList<DirectiveCall> ReadLibraries(CallExpression section)
    {
        var libraries = new List<DirectiveCall>();
        var found = false;
        foreach (var statement in section.Block()!.Statements())
        {
            found |= statement.AsCall() is { SimpleName: "lib" };
            if (statement.AsCall() is { SimpleName: "lib", Arguments: [PositionalArgument] } call)
            {
                libraries.Add(AsDirective(call));
            }
            else
            {
                faults.Add(Faults.ExpectedLibrary(faults.TextOf(statement).Trim()), statement.Span);
            }
        }

        if (!found)
        {
            faults.Add(Faults.EmptySection("libraries"), section.Span);
        }

        return libraries;
    }

    public InputSection ReadInput(CallExpression section)
    {
        var fields = new List<NamedValue>();
        IReadOnlyList<DirectiveCall> parameters = [];
        var sections = SectionTable.Read(section.Block()!, faults, Faults.BareSection);
        foreach (var (name, at) in sections.Names)
        {
            if (!DeclarativeNames.InputFields.Contains(name))
            {
                faults.Add(Faults.UnknownInputField(name), at);
            }
            else if (name == "parameters")
            {
                parameters = sections.Block(name, faults) is { } block ? ReadParameters(block) : [];
            }
            else if (sections.Call(name) is { Arguments: [PositionalArgument value] } call)
            {
                fields.Add(new NamedValue(name, value.Value, call.Span));
            }
        }

        if (!sections.Has("message"))
        {
            faults.Add(Faults.NoInputMessage(), section.Span);
        }

        return new InputSection(fields, parameters, section.Span);
    }

    private IReadOnlyList<DirectiveCall> ReadParameters(CallExpression section)
    {
        var parameters = ReadList(section, "parameters", "Build parameters", "a parameter", call => CheckSpec(call, DirectiveCatalog.Parameters, Faults.UnknownParameterType));
        var seen = new HashSet<string>();
        foreach (var parameter in parameters)
        {
            if (parameter.Argument("name")?.Text() is { } name && !seen.Add(name))
            {
                faults.Add(Faults.DuplicateParameter(name), parameter.Span);
            }
        }

        return parameters;
    }

    private List<DirectiveCall> ReadTools(CallExpression section)
    {
        var tools = new List<DirectiveCall>();
        if (section.Block()!.Statements().Count == 0)
        {
            faults.Add(Faults.NoTools(), section.Span);
        }

        foreach (var statement in section.Block()!.Statements())
        {
            if (statement.AsCall() is not { Arguments: [PositionalArgument] } call)
            {
                faults.Add(Faults.ExpectedCall("a tool"), statement.Span);
                continue;
            }

            if (!DirectiveCatalog.Tools.Contains(call.SimpleName!))
            {
                faults.Add(Faults.UnknownTool(call.SimpleName!, DirectiveCatalog.Tools), call.Span);
            }

            tools.Add(AsDirective(call));
        }

        return tools;
    }

    private List<DirectiveCall> ReadList(CallExpression section, string name, string title, string item, Action<CallExpression> check)
    {
        var calls = new List<DirectiveCall>();
        if (section.Block()!.Statements().Count == 0)
        {
            faults.Add(Faults.EmptySection(name), section.Span);
        }

        foreach (var statement in section.Block()!.Statements())
        {
            if (statement.AsCall() is not { } call)
            {
                faults.Add(Faults.ExpectedCall(item), statement.Span);
                continue;
            }

            if (call.Block() is not null)
            {
                faults.Add(Faults.CannotHaveBlocks(title), call.Span);
            }
            else
            {
                check(call);
            }

            calls.Add(AsDirective(call));
        }

        return calls;
    }

    private void CheckSpec(CallExpression call, SpecSet known, Func<string, IReadOnlyCollection<string>, Fault> unknown)
    {
        if (known.Find(call.SimpleName!) is { } spec)
        {
            new ArgumentCheck(faults).Check(spec, call.Arguments, call.Span);
        }
        else
        {
            faults.Add(unknown(call.SimpleName!, known.Names), call.Span);
        }
    }

    private void CheckPreservedBuilds(CallExpression call)
    {
        if (call.SimpleName == "preserveStashes"
            && call.Arguments is [var argument]
            && Constants.Integer(argument.Value) is { } count
            && count is < 1 or > 50)
        {
            faults.Add(Faults.PreservedBuilds(), argument.Span);
        }
    }

    private static DirectiveCall AsDirective(CallExpression call) => new(call.SimpleName!, call.Name.Span, call, call.Span);
}
