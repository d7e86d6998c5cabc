using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Declarative.Validation;

namespace Slipway.Jenkinsfile.Declarative.Reading;

/// <summary>Checks that a block holds nothing but steps: only <c>script</c> may hold other code.</summary>
internal sealed class StepsReader(FaultList faults)
{
    public StepsBlock Read(CallExpression section)
    {
        var body = section.Block()!;
        if (body.Statements().Count == 0)
        {
            faults.Add(Faults.NoSteps(), section.Span);
        }

        CheckBlock(body);
        return new StepsBlock(body, section.Span);
    }

    private void CheckBlock(ClosureExpression block)
    {
        foreach (var statement in block.Statements())
        {
            CheckStep(statement);
        }
    }

    private void CheckStep(Statement statement)
    {
        if (statement is not ExpressionStatement { Expression: CallExpression call })
        {
            faults.Add(Faults.ExpectedStep(), statement.Span);
            return;
        }

        if (call.SimpleName is null || call.Target is not (null or NameExpression { Name: "this" }))
        {
            faults.Add(Faults.MethodCallOnObject(), call.Span);
            return;
        }

        switch (call.SimpleName)
        {
            case "script":
                return;
            case "parallel":
                CheckParallel(call);
                return;
        }

        if (call.Block() is { } block)
        {
            CheckBlock(block);
        }

        CheckArguments(call);
    }

    private void CheckParallel(CallExpression call)
    {
        foreach (var argument in call.Arguments)
        {
            if (argument is NamedArgument { SimpleName: "failFast" })
            {
                if (argument.Value.Boolean() is null)
                {
                    faults.Add(Faults.FailFastNotBoolean(), argument.Value.Span);
                }
            }
            else if (argument is NamedArgument && argument.Value.Bare() is ClosureExpression branch)
            {
                if (branch.Statements().Count == 0)
                {
                    faults.Add(Faults.NoSteps(), argument.Span);
                }

                CheckBlock(branch);
            }
            else
            {
                faults.Add(Faults.ExpectedBranchBlock(), argument.Span);
            }
        }
    }

    private void CheckArguments(CallExpression call)
    {
        var arguments = call.WithoutBlock().ToList();
        foreach (var argument in arguments)
        {
            Constants.CheckRange(argument.Value, faults);
        }

        if (arguments.OfType<NamedArgument>().Any() && arguments.OfType<PositionalArgument>().Any())
        {
            faults.Add(Faults.MixedArguments(), call.Span);
        }
    }
}
