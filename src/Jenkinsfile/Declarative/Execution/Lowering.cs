using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Declarative.Validation;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>
/// Turns <c>pipeline { … }</c> into a call that an ordinary evaluator can make: <c>pipeline(0, { … }, { … })</c>, the number of the pipeline in its script and one closure for each
/// piece of code in it. So all code runs in the scope where it is written, and the model says when.
/// </summary>
internal sealed class LoweredScript
{
    /// <summary>The host function that the lowered call names.</summary>
    public const string Function = "pipeline";

    private LoweredScript(ScriptNode script, IReadOnlyList<LoweredPipeline> pipelines) => (Script, Pipelines) = (script, pipelines);

    public ScriptNode Script { get; }

    public IReadOnlyList<LoweredPipeline> Pipelines { get; }

    public static LoweredScript Of(DeclarativeScript declarative)
    {
        List<LoweredPipeline> pipelines = [.. declarative.Pipelines.Select((p, i) => LoweredPipeline.Of(p, i, declarative.Script.Source))];
        var calls = pipelines.ToDictionary<LoweredPipeline, object, CallExpression>(p => p.Model.Call, p => p.Call, ReferenceEqualityComparer.Instance);
        var script = declarative.Script;
        return new LoweredScript(
            script with
            {
                Statements = Replaced(script.Statements, calls),
                Methods = [.. script.Methods.Select(m => m.Body is null ? m : m with { Body = m.Body with { Statements = Replaced(m.Body.Statements, calls) } })],
            },
            pipelines);
    }

    private static IReadOnlyList<Statement> Replaced(IReadOnlyList<Statement> statements, Dictionary<object, CallExpression> calls) =>
    [
        .. statements.Select(s => s switch
        {
            ExpressionStatement expression when calls.TryGetValue(expression.Expression, out var call) => expression with { Expression = call },
            ReturnStatement { Value: { } value } returned when calls.TryGetValue(value, out var call) => returned with { Value = call },
            _ => s,
        }),
    ];
}

internal sealed class LoweredPipeline
{
    private readonly Dictionary<object, int> _pieces;

    private LoweredPipeline(DeclarativePipeline model, CallExpression call, SourceText source, Dictionary<object, int> pieces) => (Model, Call, Source, _pieces) = (model, call, source, pieces);

    public DeclarativePipeline Model { get; }

    public CallExpression Call { get; }

    public SourceText Source { get; }

    /// <summary>Which closure of the call holds the code of this part of the model; null for a constant, which needs none.</summary>
    public int? PieceOf(object part) => _pieces.TryGetValue(part, out var index) ? index : null;

    public static LoweredPipeline Of(DeclarativePipeline pipeline, int number, SourceText source)
    {
        var pieces = new Dictionary<object, int>(ReferenceEqualityComparer.Instance);
        var arguments = new List<Argument> { new PositionalArgument(new LiteralExpression(number, pipeline.Span), pipeline.Span) };
        foreach (var (part, code) in CodePieces.Of(pipeline))
        {
            if (pieces.TryAdd(part, pieces.Count))
            {
                arguments.Add(new PositionalArgument(code, code.Span));
            }
        }

        return new LoweredPipeline(pipeline, pipeline.Call with { Arguments = arguments }, source, pieces);
    }
}

/// <summary>The code in a pipeline: each part of the model that has some, with a closure that yields its value.</summary>
internal static class CodePieces
{
    /// <summary>Options that say something of the job; written as calls, they are their own value.</summary>
    public static bool IsJobProperty(DirectiveCall option) => option.Name is "buildDiscarder" or "disableConcurrentBuilds";

    public static IEnumerable<(object Part, ClosureExpression Code)> Of(DeclarativePipeline pipeline) =>
    [
        .. Of(pipeline.Agent), .. Of(pipeline.Environment), .. OfParameters(pipeline.Parameters), .. Of(pipeline.Options), .. Of(pipeline.Post), .. pipeline.Stages.SelectMany(Of),
    ];

    private static IEnumerable<(object Part, ClosureExpression Code)> Of(StageDefinition stage) =>
    [
        .. Of(stage.Agent), .. Of(stage.Environment), .. Of(stage.When), .. Of(stage.Options), .. Of(stage.Steps), .. Of(stage.Matrix), .. Of(stage.Post), .. stage.Nested.SelectMany(Of),
    ];

    /// <summary>A matrix' own sections; its stages are among the nested ones of the stage that holds it.</summary>
    private static IEnumerable<(object Part, ClosureExpression Code)> Of(MatrixSection? matrix) =>
        matrix is null ? [] : [.. Of(matrix.Agent), .. Of(matrix.Environment), .. Of(matrix.When), .. Of(matrix.Options), .. Of(matrix.Post)];

    private static IEnumerable<(object Part, ClosureExpression Code)> Of(AgentSection? agent) => OfValues(agent?.Options.Select(o => o.Value));

    private static IEnumerable<(object Part, ClosureExpression Code)> Of(EnvironmentSection? environment) => OfValues(environment?.Variables.Select(v => v.Value));

    private static IEnumerable<(object Part, ClosureExpression Code)> Of(PostSection? post) => post?.Conditions.SelectMany(c => Of(c.Steps)) ?? [];

    private static IEnumerable<(object Part, ClosureExpression Code)> Of(StepsBlock? steps) => steps is null ? [] : [(steps, steps.Body)];

    private static IEnumerable<(object Part, ClosureExpression Code)> Of(OptionSet options) =>
        options.Items.SelectMany(o => IsJobProperty(o) ? [(o, Closure(o.Call))] : OfValues(o.Call.Arguments.Select(a => a.Value)));

    /// <summary>All parameters are one value: <c>parameters([string(…), …])</c>, as the step <c>properties</c> takes it.</summary>
    private static IEnumerable<(object Part, ClosureExpression Code)> OfParameters(IReadOnlyList<DirectiveCall> parameters)
    {
        if (parameters.Count > 0)
        {
            var span = parameters[0].Span;
            var list = new ListExpression([.. parameters.Select(p => p.Call)], span);
            yield return (parameters, Closure(new CallExpression(null, new LiteralExpression("parameters", span), [new PositionalArgument(list, span)], false, false, span)));
        }
    }

    private static IEnumerable<(object Part, ClosureExpression Code)> Of(WhenSection? when) => when?.Conditions.SelectMany(Of) ?? [];

    private static IEnumerable<(object Part, ClosureExpression Code)> Of(WhenCondition condition)
    {
        if (condition.Block is { } block)
        {
            // Groovy decides what is true: !!({ … }.call())
            var value = new CallExpression(block, new LiteralExpression("call", block.Span), [], false, false, block.Span);
            return [(condition, Closure(new UnaryExpression(UnaryOperator.Not, new UnaryExpression(UnaryOperator.Not, value, block.Span), block.Span)))];
        }

        if (condition is { Name: "equals" } && condition.Argument("expected") is { } expected && condition.Argument("actual") is { } actual)
        {
            return [(condition, Closure(new BinaryExpression(BinaryOperator.Equal, expected, actual, condition.Span)))];
        }

        return [.. OfValues(condition.Arguments.Select(a => a.Value)), .. condition.Children.SelectMany(Of)];
    }

    private static IEnumerable<(object Part, ClosureExpression Code)> OfValues(IEnumerable<Expression>? values) =>
        (values ?? []).Where(v => !Constants.TryGet(v, out _)).Select(v => ((object)v, Closure(v)));

    private static ClosureExpression Closure(Expression value) => new([], new BlockStatement([new ExpressionStatement(value, value.Span)], value.Span), value.Span);
}
