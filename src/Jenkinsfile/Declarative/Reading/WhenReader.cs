using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Declarative.Validation;

namespace Slipway.Jenkinsfile.Declarative.Reading;

internal sealed class WhenReader(FaultList faults)
{
    private static readonly string[] Flags = ["beforeAgent", "beforeInput", "beforeOptions"];

    public WhenSection Read(CallExpression section)
    {
        var flags = new HashSet<string>();
        var conditions = new List<WhenCondition>();
        foreach (var statement in section.Block()!.Statements())
        {
            if (statement.AsCall() is { } call && Flags.Contains(call.SimpleName))
            {
                if (ReadFlag(call))
                {
                    flags.Add(call.SimpleName!);
                }
            }
            else if (ReadCondition(statement) is { } condition)
            {
                conditions.Add(condition);
            }
        }

        if (section.Block()!.Statements().Count == 0)
        {
            faults.Add(Faults.EmptyWhen(), section.Span);
        }

        return new WhenSection(conditions, flags.Contains("beforeAgent"), flags.Contains("beforeInput"), flags.Contains("beforeOptions"), section.Span);
    }

    private bool ReadFlag(CallExpression call)
    {
        if (call.Arguments is [PositionalArgument only] && only.Value.Boolean() is { } value)
        {
            return value;
        }

        faults.Add(Faults.ExpectedBoolean(call.SimpleName!), call.Span);
        return false;
    }

    private WhenCondition? ReadCondition(Statement statement)
    {
        if (statement.AsCall() is not { } call)
        {
            faults.Add(Faults.ExpectedCondition(), statement.Span);
            return null;
        }

        var name = call.SimpleName!;
        if (WhenConditions.Find(name) is not { } spec)
        {
            faults.Add(Faults.UnknownCondition(name, WhenConditions.Names), call.Span);
            return null;
        }

        var arguments = call.WithoutBlock().ToList();
        var block = call.Block();
        IReadOnlyList<WhenCondition> children = [];
        switch (spec.Nesting)
        {
            case WhenNesting.Code when block is null:
                faults.Add(Faults.ExpectedBlockFor(name), call.Span);
                break;
            case WhenNesting.AtLeastOne or WhenNesting.ExactlyOne:
                children = ReadChildren(call, block, spec);
                break;
            case WhenNesting.None when block is not null:
                faults.Add(Faults.NoChildrenAllowed(name), call.Span);
                break;
        }

        if (spec.Nesting == WhenNesting.None)
        {
            new ArgumentCheck(faults).Check(spec.Arguments, arguments, call.Span);

            // Its older name for the pattern is glob; one of the two there must be.
            if (name == "changeset" && arguments.All(a => a is NamedArgument { SimpleName: not ("pattern" or "glob") }))
            {
                faults.Add(Faults.MissingParameter("pattern"), call.Span);
            }
        }

        return new WhenCondition(name, call.Name.Span, arguments, spec.Nesting == WhenNesting.Code ? block : null, children, call.Span);
    }

    private List<WhenCondition> ReadChildren(CallExpression call, ClosureExpression? block, WhenConditionSpec spec)
    {
        var statements = block?.Statements() ?? [];
        List<WhenCondition> children = [.. statements.Select(ReadCondition).OfType<WhenCondition>()];
        if (spec.Nesting == WhenNesting.AtLeastOne && statements.Count == 0)
        {
            faults.Add(Faults.ChildrenRequired(spec.Name), call.Span);
        }
        else if (spec.Nesting == WhenNesting.ExactlyOne && statements.Count != 1)
        {
            faults.Add(Faults.ExactlyChildren(spec.Name, 1), call.Span);
        }

        return children;
    }
}
