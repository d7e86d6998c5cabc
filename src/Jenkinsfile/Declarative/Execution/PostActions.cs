using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Execution.Records;
using Slipway.Jenkinsfile.Steps;
using Slipway.Model;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>Runs <c>post</c> sections.</summary>
internal sealed class PostActions(PipelineCode code)
{
    private const string PostStage = "Declarative: Post Actions";

    /// <summary>Runs the pipeline's post actions in a stage of their own, where any of their conditions holds.</summary>
    /// <returns>What the run fails with: <paramref name="failure"/>, or else the first failure of the post actions.</returns>
    public async Task<GroovyException?> RunForPipelineAsync(StepContext context, PostSection? post, GroovyException? failure)
    {
        RunResult Result(GroovyException? f) => PostConditions.OfPipeline(context.Run.State.Result, ResultOf(f));
        if (post is null || !post.Conditions.Any(c => PostConditions.Holds(c.Name, Result(failure), Previous(context))))
        {
            return failure;
        }

        await context.CallStepAsync("stage", new Dictionary<string, object?> { ["name"] = PostStage }, async inStage =>
        {
            failure = await RunAsync(inStage, post, failure, Result);
            return null;
        });
        return failure;
    }

    /// <summary>As for a pipeline, within the stage itself.</summary>
    public async Task<GroovyException?> RunForStageAsync(StepContext context, PostSection? post, GroovyException? failure)
    {
        RunResult Result(GroovyException? f) => PostConditions.OfStage(context.Run.State.Result, context.Stage?.Result, ResultOf(f));
        if (post is null || !post.Conditions.Any(c => PostConditions.Holds(c.Name, Result(failure), Previous(context))))
        {
            return failure;
        }

        context.Run.Console.Write(context, "Post stage");
        return await RunAsync(context, post, failure, Result);
    }

    private async Task<GroovyException?> RunAsync(StepContext context, PostSection post, GroovyException? failure, Func<GroovyException?, RunResult> result)
    {
        // What one condition does (a test report, a failure) counts for those after it.
        foreach (var name in DeclarativeNames.PostConditions)
        {
            if (post.Conditions.FirstOrDefault(c => c.Name == name) is not { } condition || !PostConditions.Holds(name, result(failure), Previous(context)))
            {
                continue;
            }

            try
            {
                await code.RunStepsAsync(context, condition.Steps);
            }
            catch (GroovyException thrown) when (Failures.IsCatchable(thrown) && !context.WillRetry(thrown))
            {
                context.Run.Console.Write(context, $"Error when executing {name} post condition:\n{FailureReport.Describe(thrown)}");
                var outcome = FailureOutcome.Of(thrown);
                context.Run.State.Worsen(outcome.Result);
                context.Stage?.Worsen(outcome.Result, outcome.Reason);
                failure ??= thrown;
            }
        }

        return failure;
    }

    private static RunResult? ResultOf(GroovyException? failure) => failure is null ? null : FailureOutcome.Of(failure).Result;

    private static RunResult? Previous(StepContext context) => context.Run.Program.Previous?.Result;
}
