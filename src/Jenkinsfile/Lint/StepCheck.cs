using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Declarative.Reading;
using Slipway.Jenkinsfile.Declarative.Validation;
using Slipway.Jenkinsfile.Steps;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Lint;

/// <summary>
/// Checks the steps that stand directly in a Declarative pipeline's blocks: their names and the constants among their arguments. Code in <c>script</c> is free to define and shadow what it
/// likes, and is left to the run.
/// </summary>
internal sealed class StepCheck(FaultList faults, ScriptNames names)
{
    public void Check(DeclarativePipeline pipeline)
    {
        foreach (var block in pipeline.StepsBlocks)
        {
            CheckBlock(block.Body);
        }
    }

    private void CheckBlock(ClosureExpression block)
    {
        foreach (var call in block.Statements().Select(s => s.AsCall()).OfType<CallExpression>())
        {
            CheckCall(call, call.SimpleName!);
        }
    }

    private void CheckCall(CallExpression call, string name)
    {
        if (name == "script")
        {
            return;
        }

        if (names.IsDeclared(name))
        {
            CheckNested(call);
        }
        else if (StepCatalog.Find(name) is { } step)
        {
            CheckStep(call, step);
            CheckNested(call);
        }
        else if (!names.MayComeFromElsewhere)
        {
            faults.Add(Faults.UnknownStep(name, NearestName.Of(name, StepCatalog.All.Where(s => s.Refused is null).Select(s => s.Name).Concat(names.Declared))), call.Span);
        }
    }

    private void CheckNested(CallExpression call)
    {
        foreach (var block in call.Arguments.Select(a => a.Value).OfType<ClosureExpression>())
        {
            CheckBlock(block);
        }
    }

    private void CheckStep(CallExpression call, StepDefinition step)
    {
        if (step.Refused is { } reason)
        {
            faults.Add(Faults.NotOffered($"The step \"{step.Name}\"", Sentence(reason)), call.Span);
            return;
        }

        if (step.TakesAnything)
        {
            return;
        }

        if (step.Block == StepBlock.Required && call.Block() is null)
        {
            faults.Add(Faults.BlockMissing(step.Name), call.Span);
        }
        else if (step.Block == StepBlock.None && call.Block() is { } block)
        {
            faults.Add(Faults.BlockNotAllowed(step.Name), block.Span);
        }

        CheckArguments(call, step);
    }

    private void CheckArguments(CallExpression call, StepDefinition step)
    {
        var arguments = call.WithoutBlock().ToList();
        var positional = arguments.OfType<PositionalArgument>().ToList();
        if (arguments.Any(a => a is SpreadArgument or NamedArgument { SimpleName: null }) || positional is [{ Value: MapExpression }])
        {
            return;
        }

        if (positional.Count > 1 || (positional.Count == 1 && step.Main is null))
        {
            faults.Add(Faults.TooManyUnnamed(step.Name), call.Span);
            return;
        }

        var given = arguments.OfType<NamedArgument>().Select(a => (Name: a.SimpleName!, a.Value, a.Span)).Concat(positional.Select(a => (Name: step.Main!, a.Value, a.Span))).ToList();
        foreach (var (name, value, span) in given)
        {
            if (step.Parameter(name) is { } parameter)
            {
                CheckValue(parameter, value, span);
            }
            else
            {
                faults.Add(Faults.UnknownParameter(name, NearestName.Closest(name, step.Parameters.Select(p => p.Name))), span);
            }
        }

        foreach (var missing in step.Parameters.Where(p => p.IsRequired && given.All(g => g.Name != p.Name)))
        {
            faults.Add(Faults.MissingParameter(missing.Name), call.Span);
        }
    }

    private void CheckValue(StepParameter parameter, Expression value, Span span)
    {
        if (!Constants.TryGet(value, out var constant) || constant is null or BigIntegerText)
        {
            return;
        }

        var (fits, expected) = parameter.Kind switch
        {
            ParameterKind.Text => (constant is string, "class java.lang.String"),
            ParameterKind.Integer => (constant is int or long, "int"),
            ParameterKind.Flag => (constant is bool, "boolean"),
            _ => (true, ""),
        };
        if (!fits)
        {
            faults.Add(Faults.WrongType(expected, parameter.Name, Constants.Shown(constant), Constants.JavaClass(constant)), span);
        }
        else if (parameter.Choices.Count > 0 && constant is string text && !parameter.Choices.Contains(text, StringComparer.OrdinalIgnoreCase))
        {
            faults.Add(Faults.NotOneOf(text, parameter.Name, [.. parameter.Choices]), span);
        }
        else if (parameter.Refused is { } reason && !Equals(Normal(constant), parameter.Default))
        {
            faults.Add(Faults.NotOffered($"The parameter \"{parameter.Name}\"", Sentence(reason)), span);
        }
    }

    private static object Normal(object constant) => constant is int number ? (long)number : constant;

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..] + (text.EndsWith('.') ? "" : ".");
}
