using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Declarative.Reading;
using Slipway.Jenkinsfile.Declarative.Validation;
using Slipway.Jenkinsfile.Steps;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Lint;

/// <summary>
/// Warns of steps in free code (a scripted pipeline, <c>script { }</c>) that are almost certainly mistyped: a statement calls a name that nothing in the script declares and that is close
/// to that of a step. Code can make names in ways that syntax does not show, so this never refuses a script.
/// </summary>
internal sealed class ScriptedCheck(FaultList faults, ScriptNames names)
{
    /// <summary>What every Groovy script and object has.</summary>
    private static readonly HashSet<string> OfGroovy = ["print", "println", "printf", "sprintf", "evaluate", "run", "use", "with", "tap", "call", "wait", "notify", "dump", "find", "any", "each", "every"];

    private static readonly string[] Steps = [.. StepCatalog.All.Where(s => s.Refused is null).Select(s => s.Name)];

    public void CheckScript(ScriptNode script)
    {
        CheckAll(script.Statements);
        foreach (var method in script.Methods)
        {
            CheckAll(method.Body?.Statements ?? []);
        }
    }

    /// <summary>The <c>script</c> blocks in a Declarative pipeline.</summary>
    public void CheckBlocks(DeclarativePipeline pipeline)
    {
        foreach (var block in pipeline.StepsBlocks)
        {
            CheckScriptSteps(block.Body);
        }
    }

    private void CheckScriptSteps(ClosureExpression body)
    {
        foreach (var call in body.Statements().Select(s => s.AsCall()).OfType<CallExpression>())
        {
            foreach (var inner in call.Arguments.Select(a => a.Value).OfType<ClosureExpression>())
            {
                if (call.SimpleName == "script")
                {
                    CheckAll(inner.Body.Statements);
                }
                else
                {
                    CheckScriptSteps(inner);
                }
            }
        }
    }

    private void CheckAll(IEnumerable<Statement> statements)
    {
        foreach (var statement in statements)
        {
            Check(statement);
        }
    }

    private void Check(Statement? statement)
    {
        switch (statement)
        {
            case BlockStatement block:
                CheckAll(block.Statements);
                break;
            case IfStatement branch:
                Check(branch.Then);
                Check(branch.Else);
                break;
            case ForInStatement loop:
                Check(loop.Body);
                break;
            case WhileStatement loop:
                Check(loop.Body);
                break;
            case TryStatement guarded:
                Check(guarded.Body);
                CheckAll(guarded.Catches.Select(c => c.Body));
                Check(guarded.Finally);
                break;
            case not null when statement.AsCall() is { } call:
                CheckCall(call, call.SimpleName!);
                break;
        }
    }

    private void CheckCall(CallExpression call, string name)
    {
        if (StepCatalog.Find(name) is not null)
        {
            // The blocks of a step see what is around them; those of other calls may have a delegate that brings names.
            foreach (var block in call.Arguments.Select(a => a.Value).OfType<ClosureExpression>())
            {
                CheckAll(block.Body.Statements);
            }
        }
        else if (name != "pipeline" && !names.IsMentioned(name) && !names.MayComeFromElsewhere && !OfGroovy.Contains(name) && SymbolCatalog.Find(name) is null
            && NearestName.Of(name, Steps) is { } nearest)
        {
            faults.Warn(Faults.UnknownStep(name, nearest), call.Span);
        }
    }
}
