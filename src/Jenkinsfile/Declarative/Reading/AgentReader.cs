using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Declarative.Validation;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Declarative.Reading;

internal sealed class AgentReader(FaultList faults)
{
    /// <summary>Null where the section is too wrong to know the type.</summary>
    public AgentSection? Read(CallExpression section)
    {
        if (section.IsOnlyBlock())
        {
            return ReadBlock(section, section.Block()!);
        }

        var type = section.Arguments is [PositionalArgument only] ? TypeName(only.Value.Bare()) : null;
        if (type is null || AgentTypes.Find(type) is not { TakesNothing: true })
        {
            faults.Add(Faults.UnknownBareAgent(), section.Span);
            return null;
        }

        return new AgentSection(type, section.Arguments[0].Span, [], section.Span);
    }

    private AgentSection? ReadBlock(CallExpression section, ClosureExpression block)
    {
        var statements = block.Statements();
        if (statements.Count == 0)
        {
            faults.Add(Faults.NoAgentType(AgentTypes.Names), section.Span);
            return null;
        }

        if (statements.Count > 1)
        {
            faults.Add(Faults.SeveralAgentTypes(), section.Span);
            return null;
        }

        var statement = statements[0];
        var call = statement.AsCall();
        var name = call?.SimpleName ?? (statement is ExpressionStatement bare ? TypeName(bare.Expression.Bare()) : null);
        if (name is null)
        {
            faults.Add(Faults.UnknownBareAgent(), statement.Span);
            return null;
        }

        if (AgentTypes.Find(name) is not { } type)
        {
            faults.Add(Faults.UnknownAgentType(name, AgentTypes.Names), statement.Span);
            return null;
        }

        List<NamedValue> options = call is null ? [] : ReadOptions(call, type);
        if (call is null)
        {
            RequireOptions(statement, type, options);
        }

        return new AgentSection(name, new Span(statement.Span.Start, statement.Span.Start + name.Length), options, section.Span);
    }

    private List<NamedValue> ReadOptions(CallExpression call, AgentType type)
    {
        if (call.IsOnlyBlock())
        {
            var options = new List<NamedValue>();
            foreach (var statement in call.Block()!.Statements())
            {
                if (statement.AsCall() is not { Arguments.Count: > 0 } option)
                {
                    faults.Add(Faults.BareSection(faults.TextOf(statement).Trim()), statement.Span);
                    continue;
                }

                AddOption(options, type, option.SimpleName!, ValueOf(option), statement.Span);
            }

            RequireOptions(call, type, options);
            return options;
        }

        if (call.Arguments is [PositionalArgument only])
        {
            if (type.Required.Count > 1)
            {
                faults.Add(Faults.AgentNeedsBlock(type.Name, type.Required), call.Span);
                return [];
            }

            return [new NamedValue(type.SingleOption, only.Value, only.Span)];
        }

        var named = new List<NamedValue>();
        foreach (var argument in call.Arguments)
        {
            if (argument is NamedArgument { SimpleName: { } key })
            {
                AddOption(named, type, key, argument.Value, argument.Span);
            }
            else
            {
                faults.Add(Faults.ExpectedBlockFor(type.Name), argument.Span);
            }
        }

        RequireOptions(call, type, named);
        return named;
    }

    /// <summary>What stands behind an option's name. <c>containerTemplate { name 'x' }</c> and <c>containerTemplate(name: 'x')</c> are calls, the value of which is the option's.</summary>
    private Expression ValueOf(CallExpression option) => option switch
    {
        _ when SymbolCatalog.Find(option.SimpleName!) is null => option.Arguments[0].Value,
        _ when option.IsOnlyBlock() => option with { Arguments = [.. option.Block()!.Statements().Select(Named).OfType<Argument>()] },
        { Arguments: [NamedArgument, ..] } => option,
        _ => option.Arguments[0].Value,
    };

    private NamedArgument? Named(Statement statement)
    {
        if (statement.AsCall() is { Arguments: [_, ..] } field)
        {
            return new NamedArgument(new LiteralExpression(field.SimpleName!, field.Span), ValueOf(field), field.Span);
        }

        faults.Add(Faults.BareSection(faults.TextOf(statement).Trim()), statement.Span);
        return null;
    }

    private void AddOption(List<NamedValue> options, AgentType type, string name, Expression value, Span at)
    {
        if (!type.Options.Contains(name))
        {
            faults.Add(Faults.UnknownAgentOption(name, type.Name, type.Options), at);
        }
        else if (options.Any(o => o.Name == name))
        {
            faults.Add(Faults.DuplicateSection(name), at);
        }
        else
        {
            options.Add(new NamedValue(name, value, at));
        }
    }

    private void RequireOptions(Node call, AgentType type, List<NamedValue> options)
    {
        foreach (var required in type.Required.Where(r => options.All(o => o.Name != r)))
        {
            faults.Add(Faults.MissingAgentOption(type.Name, required), call.Span);
        }
    }

    private static string? TypeName(Expression expression) => expression switch
    {
        NameExpression name => name.Name,
        LiteralExpression { Value: string text } => text,
        _ => null,
    };
}
