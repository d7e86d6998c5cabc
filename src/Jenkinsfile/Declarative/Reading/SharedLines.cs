using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Declarative.Validation;

namespace Slipway.Jenkinsfile.Declarative.Reading;

/// <summary>
/// Sections that share a line. To Groovy <c>steps { … } post { … }</c> is one statement, which calls <c>post</c> on what <c>steps</c> returns; Jenkins refuses it, in words that say nothing of lines.
/// </summary>
internal static class SharedLines
{
    private static readonly HashSet<string> Names =
    [
        "stage",
        .. DeclarativeNames.PipelineSections,
        .. DeclarativeNames.StageSections,
        .. DeclarativeNames.MatrixSections,
        .. DeclarativeNames.PostConditions,
    ];

    /// <summary>The statements of a block, with those that share a line taken apart: each that should have begun a line is a fault, and is read on as if it did.</summary>
    public static IEnumerable<Statement> SeparateStatements(this ClosureExpression block, FaultList faults)
    {
        foreach (var statement in block.Statements())
        {
            var calls = Chain(statement);
            if (calls.Count < 2)
            {
                yield return statement;
                continue;
            }

            for (var i = 0; i < calls.Count; i++)
            {
                var call = calls[i];
                if (i > 0)
                {
                    faults.Add(Faults.SharedLine(calls[i - 1].SimpleName!, call.SimpleName!), call.Name.Span);
                    call = call with { Target = null, Span = Span.Between(call.Name.Span, call.Span) };
                }

                yield return new ExpressionStatement(call, call.Span);
            }
        }
    }

    /// <summary>The calls of <c>a(…).b(…).c(…)</c> in the order in which they are written, where each is named like a section; else none.</summary>
    private static List<CallExpression> Chain(Statement statement)
    {
        var calls = new List<CallExpression>();
        for (var at = (statement as ExpressionStatement)?.Expression; at is not null; at = ((CallExpression)at).Target)
        {
            if (at is not CallExpression { SimpleName: { } name, IsSafe: false, IsSpread: false } call || !Names.Contains(name))
            {
                return [];
            }

            calls.Insert(0, call);
        }

        return calls;
    }
}
