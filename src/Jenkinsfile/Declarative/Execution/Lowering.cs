using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Declarative.Reading;
using Slipway.Jenkinsfile.Declarative.Validation;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>
/// Turns <c>pipeline { … }</c> into a call that an ordinary evaluator can make: <c>pipeline(0, { … }, { … })</c>, the number of the pipeline in its script and one closure for each
/// piece of code in it. So all code runs in the scope where it is written, and the model says when. Pieces are found again by their node.
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
        List<LoweredPipeline> pipelines = [.. declarative.Pipelines.Select((p, i) => LoweredPipeline.Of(p, i))];
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

    private LoweredPipeline(DeclarativePipeline model, CallExpression call, Dictionary<object, int> pieces) => (Model, Call, _pieces) = (model, call, pieces);

    public DeclarativePipeline Model { get; }

    public CallExpression Call { get; }

    /// <summary>Which closure of the call holds this code; null for a constant, which needs none.</summary>
    public int? PieceOf(Node node) => _pieces.TryGetValue(node, out var index) ? index : null;

    public static LoweredPipeline Of(DeclarativePipeline pipeline, int number)
    {
        var pieces = new Dictionary<object, int>(ReferenceEqualityComparer.Instance);
        var arguments = new List<Argument> { new PositionalArgument(new LiteralExpression(number, pipeline.Span), pipeline.Span) };
        foreach (var node in CodeOf(pipeline))
        {
            if (AsClosure(node) is { } closure && pieces.TryAdd(node, pieces.Count))
            {
                arguments.Add(new PositionalArgument(closure, node.Span));
            }
        }

        return new LoweredPipeline(pipeline, pipeline.Call with { Arguments = arguments }, pieces);
    }

    private static ClosureExpression? AsClosure(Node node) => node switch
    {
        ClosureExpression closure => closure,
        Expression expression when Constants.TryGet(expression, out _) => null,
        Expression expression => new ClosureExpression([], new BlockStatement([new ExpressionStatement(expression, expression.Span)], expression.Span), expression.Span),
        _ => null,
    };

    private static IEnumerable<Node> CodeOf(DeclarativePipeline pipeline) =>
    [
        .. CodeOf(pipeline.Agent), .. CodeOf(pipeline.Environment), .. CodeOf(pipeline.Parameters), .. CodeOf(pipeline.Options.Items), .. CodeOf(pipeline.Triggers),
        .. CodeOf(pipeline.Tools), .. CodeOf(pipeline.Libraries), .. CodeOf(pipeline.Post), .. pipeline.Stages.SelectMany(CodeOf),
    ];

    private static IEnumerable<Node> CodeOf(StageDefinition stage) =>
    [
        .. CodeOf(stage.Agent), .. CodeOf(stage.Environment), .. CodeOf(stage.When), .. CodeOf(stage.Input), .. CodeOf(stage.Tools), .. CodeOf(stage.Options.Items),
        .. stage.Steps is { } steps ? new Node[] { steps.Body } : [], .. CodeOf(stage.Matrix), .. CodeOf(stage.Post), .. stage.Nested.SelectMany(CodeOf),
    ];

    /// <summary>A matrix' own sections; its stages are among the nested ones of the stage that holds it.</summary>
    private static IEnumerable<Node> CodeOf(MatrixSection? matrix) => matrix is null ? [] :
    [
        .. CodeOf(matrix.Agent), .. CodeOf(matrix.Environment), .. CodeOf(matrix.When), .. CodeOf(matrix.Input), .. CodeOf(matrix.Tools), .. CodeOf(matrix.Options.Items), .. CodeOf(matrix.Post),
    ];

    private static IEnumerable<Node> CodeOf(AgentSection? agent) => agent?.Options.Select(o => o.Value) ?? [];

    private static IEnumerable<Node> CodeOf(EnvironmentSection? environment) => environment?.Variables.Select(v => v.Value) ?? [];

    private static IEnumerable<Node> CodeOf(PostSection? post) => post?.Conditions.Select(c => c.Steps.Body) ?? [];

    private static IEnumerable<Node> CodeOf(InputSection? input) => input is null ? [] : input.Fields.Select(f => f.Value).Concat(CodeOf(input.Parameters));

    private static IEnumerable<Node> CodeOf(WhenSection? when) => when?.Conditions.SelectMany(CodeOf) ?? [];

    private static IEnumerable<Node> CodeOf(WhenCondition condition) =>
    [
        .. condition.Arguments.Select(a => a.Value), .. condition.Block is { } block ? new Node[] { block } : [], .. condition.Children.SelectMany(CodeOf),
    ];

    private static IEnumerable<Node> CodeOf(IEnumerable<DirectiveCall> calls) => calls.SelectMany(c => CodeOf(c.Call));

    /// <summary>The arguments of a directive; those of a call among them (<c>logRotator(…)</c>) are its own.</summary>
    private static IEnumerable<Node> CodeOf(CallExpression call) => call.Arguments.SelectMany(a =>
        a.Value.Bare() is CallExpression { Target: null, SimpleName: { } name } nested && DirectiveCatalog.Nested.Find(name) is not null ? CodeOf(nested) : [a.Value]);
}
