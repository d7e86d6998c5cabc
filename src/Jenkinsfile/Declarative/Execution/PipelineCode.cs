using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Declarative.Validation;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>Evaluates the code of a pipeline, each piece in the script's own scope and the surroundings that the model gives it.</summary>
internal sealed class PipelineCode(LoweredPipeline pipeline, IReadOnlyList<StepBody> pieces)
{
    public Task<object?> ValueAsync(StepContext context, Expression value) =>
        pipeline.PieceOf(value) is { } index ? pieces[index](context)
        : Constants.TryGet(value, out var constant) ? Task.FromResult(constant)
        : throw new InvalidOperationException("A part of the pipeline was not lowered. This is a defect of the product.");

    public SourcePlace PlaceOf(Span span) => new(pipeline.Source, pipeline.Source.PositionOf(span.Start));

    public async Task<string> TextAsync(StepContext context, Expression value) => ScriptValues.ToText(await ValueAsync(context, value));

    /// <summary>The value of an argument as text; null where it is not given, or given as null.</summary>
    public async Task<string?> OptionalTextAsync(StepContext context, Expression? value) =>
        value is not null && await ValueAsync(context, value) is { } given ? ScriptValues.ToText(given) : null;

    /// <summary>Runs a block of steps, or evaluates a part of the model that is code as a whole.</summary>
    public Task<object?> RunAsync(StepContext context, object part) => pieces[pipeline.PieceOf(part)!.Value](context);

    /// <summary>Runs steps; where they need a node and there is none, says so in the words of Declarative.</summary>
    public async Task RunStepsAsync(StepContext context, StepsBlock steps)
    {
        try
        {
            await RunAsync(context, steps);
        }
        catch (Groovy.Runtime.GroovyException failure) when (context.Node is null && failure.Value.Class.Is(Failures.MissingContextVariableException))
        {
            throw Failures.Abort(
                "Attempted to execute a step that requires a node context while ‘agent none’ was specified. "
                + "Be sure to specify your own ‘node { ... }’ blocks when using ‘agent none’.");
        }
    }
}
