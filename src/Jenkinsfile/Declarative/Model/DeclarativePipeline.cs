using Slipway.Groovy.Syntax;

namespace Slipway.Jenkinsfile.Declarative.Model;

// What a `pipeline { … }` block says, free of what it does. Immutable. Values that may hold code stay syntax (Expression, ClosureExpression): they are evaluated
// in the script's own scope when the run comes to them.

/// <summary>One <c>pipeline { … }</c> block.</summary>
/// <param name="Call">The call in the script that this was read from.</param>
public sealed record DeclarativePipeline(
    CallExpression Call,
    AgentSection? Agent,
    EnvironmentSection? Environment,
    IReadOnlyList<StageDefinition> Stages,
    IReadOnlyList<DirectiveCall> Parameters,
    OptionSet Options,
    IReadOnlyList<DirectiveCall> Triggers,
    IReadOnlyList<DirectiveCall> Tools,
    IReadOnlyList<DirectiveCall> Libraries,
    PostSection? Post,
    Span Span)
{
    /// <summary>All stages at any depth, each before what it holds.</summary>
    public IEnumerable<StageDefinition> AllStages => Stages.SelectMany(s => s.SelfAndNested());

    /// <summary>All blocks of steps: those of stages and of post conditions.</summary>
    public IEnumerable<StepsBlock> StepsBlocks
    {
        get
        {
            var posts = AllStages.SelectMany(s => new[] { s.Post, s.Matrix?.Post }).Append(Post);
            return AllStages.Select(s => s.Steps).OfType<StepsBlock>().Concat(posts.SelectMany(p => p?.Conditions.Select(c => c.Steps) ?? []));
        }
    }
}

/// <summary>A stage. Exactly one of <see cref="Steps"/>, <see cref="Stages"/>, <see cref="Parallel"/> and <see cref="Matrix"/> is there once validation has passed.</summary>
public sealed record StageDefinition(
    string Name,
    Span NameSpan,
    AgentSection? Agent,
    EnvironmentSection? Environment,
    WhenSection? When,
    InputSection? Input,
    IReadOnlyList<DirectiveCall> Tools,
    OptionSet Options,
    bool FailFast,
    StepsBlock? Steps,
    IReadOnlyList<StageDefinition>? Stages,
    IReadOnlyList<StageDefinition>? Parallel,
    MatrixSection? Matrix,
    PostSection? Post,
    Span Span)
{
    public IEnumerable<StageDefinition> Nested => (Stages ?? []).Concat(Parallel ?? []).Concat(Matrix?.Stages ?? []);

    public IEnumerable<StageDefinition> SelfAndNested() => Nested.SelectMany(s => s.SelfAndNested()).Prepend(this);
}

/// <summary>Steps in the order written. <see cref="Body"/> is the closure of <c>steps</c> or of a post condition.</summary>
public sealed record StepsBlock(ClosureExpression Body, Span Span);

/// <summary><c>agent any</c>, <c>agent none</c>, or a type with its options: <c>agent { label 'x' }</c> has the type <c>label</c> and the option <c>label</c>.</summary>
public sealed record AgentSection(string Type, Span TypeSpan, IReadOnlyList<NamedValue> Options, Span Span)
{
    public bool IsNone => Type == "none";

    public Expression? Option(string name) => Options.FirstOrDefault(o => o.Name == name)?.Value;
}

public sealed record NamedValue(string Name, Expression Value, Span Span);

public sealed record EnvironmentSection(IReadOnlyList<EnvironmentVariable> Variables, Span Span);

public sealed record EnvironmentVariable(string Name, Expression Value, Span Span);

/// <summary>A call in a directive: an option, a trigger, a parameter, a tool (<c>maven 'x'</c>), a library (<c>lib 'x'</c>).</summary>
public sealed record DirectiveCall(string Name, Span NameSpan, CallExpression Call, Span Span)
{
    /// <summary>The value of a named argument, or the only positional one where <paramref name="name"/> is what a single value stands for.</summary>
    public Expression? Argument(string name, string? single = null)
    {
        foreach (var argument in Call.Arguments)
        {
            if (argument is NamedArgument named && named.SimpleName == name)
            {
                return named.Value;
            }
        }

        return single == name && Call.Arguments is [PositionalArgument only] ? only.Value : null;
    }
}

public sealed record OptionSet(IReadOnlyList<DirectiveCall> Items, Span Span)
{
    public static OptionSet None { get; } = new([], default);

    public DirectiveCall? Find(string name) => Items.FirstOrDefault(o => o.Name == name);
}

/// <param name="BeforeAgent">Conditions are looked at before the stage's agent is allocated.</param>
public sealed record WhenSection(IReadOnlyList<WhenCondition> Conditions, bool BeforeAgent, bool BeforeInput, bool BeforeOptions, Span Span);

/// <summary>A condition with its arguments; <see cref="Children"/> for <c>allOf</c>, <c>anyOf</c>, <c>not</c>; <see cref="Block"/> for <c>expression</c>.</summary>
public sealed record WhenCondition(string Name, Span NameSpan, IReadOnlyList<Argument> Arguments, ClosureExpression? Block, IReadOnlyList<WhenCondition> Children, Span Span)
{
    public Expression? Argument(string name, string? single = null)
    {
        foreach (var argument in Arguments)
        {
            if (argument is NamedArgument named && named.SimpleName == name)
            {
                return named.Value;
            }
        }

        return single == name && Arguments is [PositionalArgument only] ? only.Value : null;
    }
}

public sealed record InputSection(IReadOnlyList<NamedValue> Fields, IReadOnlyList<DirectiveCall> Parameters, Span Span);

public sealed record MatrixSection(
    IReadOnlyList<MatrixAxis> Axes,
    IReadOnlyList<IReadOnlyList<MatrixAxis>> Excludes,
    IReadOnlyList<StageDefinition> Stages,
    AgentSection? Agent,
    EnvironmentSection? Environment,
    WhenSection? When,
    InputSection? Input,
    IReadOnlyList<DirectiveCall> Tools,
    OptionSet Options,
    PostSection? Post,
    Span Span);

/// <param name="IsInverse">The values are <c>notValues</c>: everything but these.</param>
public sealed record MatrixAxis(string Name, IReadOnlyList<string> Values, bool IsInverse, Span Span);

public sealed record PostSection(IReadOnlyList<PostCondition> Conditions, Span Span);

public sealed record PostCondition(string Name, StepsBlock Steps, Span Span);
