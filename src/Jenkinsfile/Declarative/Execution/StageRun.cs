using System.Runtime.ExceptionServices;
using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps;
using Slipway.Model;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>Why a stage does not run, in Jenkins' words: the log says <c>skipped due to …</c>, and the graph has the same text as the reason.</summary>
internal sealed record SkipReason(string Text)
{
    public static SkipReason Failure { get; } = new("earlier failure(s)");

    public static SkipReason Unstable { get; } = new("earlier stage(s) marking the build as unstable");

    public static SkipReason Conditional { get; } = new("when conditional");
}

/// <summary>
/// Runs stages. One stage, from the outside in: its options, its agent with the checkout, its environment, its condition, what it holds, its post actions.
/// <c>beforeOptions</c> and <c>beforeAgent</c> move the condition outwards.
/// </summary>
internal sealed class StageRun(
    DeclarativePipeline pipeline, PipelineCode code, AgentBlock agents, EnvironmentBlock environment, OptionWrappers options, PostActions post)
{
    private readonly WhenEvaluation _when = new(code);

    /// <summary>Runs stages one after another. After a failure the others are skipped, so that each stage shows in the graph.</summary>
    /// <returns>The first failure; null where there is none.</returns>
    public async Task<GroovyException?> RunSequenceAsync(StepContext context, IReadOnlyList<StageDefinition> stages, GroovyException? failure, SkipReason? skip)
    {
        foreach (var stage in stages)
        {
            var reason = skip ?? (failure is not null ? SkipReason.Failure : IsSkippedForUnstable(context) ? SkipReason.Unstable : null);
            try
            {
                await RunStageAsync(context, stage, reason);
            }
            catch (GroovyException thrown) when (Failures.IsCatchable(thrown) && !context.WillRetry(thrown))
            {
                Worsen(context, thrown);
                failure ??= thrown;
            }
        }

        return failure;
    }

    private bool IsSkippedForUnstable(StepContext context) => context.Run.State.Result == RunResult.Unstable && pipeline.Options.Find("skipStagesAfterUnstable") is not null;

    private Task RunStageAsync(StepContext context, StageDefinition stage, SkipReason? skip) =>
        context.CallStepAsync("stage", new Dictionary<string, object?> { ["name"] = stage.Name }, async inStage =>
        {
            if (skip is not null)
            {
                await SkipAsync(inStage, stage, skip);
            }
            else
            {
                await RunInStageAsync(inStage, stage);
            }

            return null;
        });

    private async Task RunInStageAsync(StepContext context, StageDefinition stage)
    {
        var at = WhenTo(stage.When);
        if (at == WhenPoint.BeforeOptions && await IsSkippedAsync(context, stage))
        {
            return;
        }

        await options.RunAsync(context, stage.Options, async inOptions =>
        {
            if (at == WhenPoint.BeforeAgent && await IsSkippedAsync(inOptions, stage))
            {
                return;
            }

            await agents.RunForStageAsync(inOptions, stage.Agent, stage.Options, inAgent => environment.RunAsync(inAgent, stage.Environment, async inEnvironment =>
            {
                if (at != WhenPoint.InAgent || !await IsSkippedAsync(inEnvironment, stage))
                {
                    await RunContentAsync(inEnvironment, stage);
                }
            }));
        });
    }

    private enum WhenPoint
    {
        BeforeOptions,
        BeforeAgent,
        InAgent,
    }

    private static WhenPoint WhenTo(WhenSection? when) => when switch
    {
        { BeforeOptions: true } => WhenPoint.BeforeOptions,
        { BeforeInput: true } or { BeforeAgent: true } => WhenPoint.BeforeAgent,
        _ => WhenPoint.InAgent,
    };

    private async Task<bool> IsSkippedAsync(StepContext context, StageDefinition stage)
    {
        if (stage.When is null || await _when.HoldsAsync(context, stage.When))
        {
            return false;
        }

        await SkipAsync(context, stage, SkipReason.Conditional);
        return true;
    }

    private async Task RunContentAsync(StepContext context, StageDefinition stage)
    {
        GroovyException? failure = null;
        try
        {
            failure = await RunPartsAsync(context, stage, skip: null);
        }
        catch (GroovyException thrown) when (Failures.IsCatchable(thrown) && !context.WillRetry(thrown))
        {
            failure = thrown;
        }

        if (failure is not null && stage.Options.Find("retry") is null)
        {
            Worsen(context, failure);
        }

        failure = await post.RunForStageAsync(context, stage.Post, failure);
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private async Task<GroovyException?> RunPartsAsync(StepContext context, StageDefinition stage, SkipReason? skip)
    {
        if (stage.Stages is { } sequence)
        {
            return await RunSequenceAsync(context, sequence, null, skip);
        }

        if (stage.Parallel is { } branches)
        {
            await context.CallParallelAsync([.. branches.Select(b => Branch(b.Name, c => RunStageAsync(c, b, skip)))], stage.FailFast);
        }
        else if (stage.Matrix is { } matrix)
        {
            await context.CallParallelAsync([.. MatrixCells.Of(matrix).Select(cell => Branch(cell.Name, c => RunCellAsync(c, matrix, cell, skip)))], stage.FailFast);
        }
        else if (stage.Steps is { } steps && skip is null)
        {
            await code.RunStepsAsync(context, steps);
        }

        return null;
    }

    /// <summary>A cell is a stage of its own with the matrix' sections; the axes are in its environment from the start.</summary>
    private Task RunCellAsync(StepContext context, MatrixSection matrix, MatrixCell cell, SkipReason? skip)
    {
        var overrides = cell.Values.Select(v => (object?)$"{v.Axis}={v.Value}").ToList();
        return context.CallStepAsync("withEnv", new Dictionary<string, object?> { ["overrides"] = overrides }, async inAxes =>
        {
            await RunStageAsync(inAxes, cell.AsStage(matrix), skip);
            return null;
        });
    }

    /// <summary>Marks the stage, and goes through what it holds so that all of it shows as skipped.</summary>
    private async Task SkipAsync(StepContext context, StageDefinition stage, SkipReason reason)
    {
        context.Run.Console.Write(context, $"Stage \"{stage.Name}\" skipped due to {reason.Text}");
        context.Stage!.Skip(reason.Text);
        await RunPartsAsync(context, stage, reason);
    }

    private static KeyValuePair<string, StepBody> Branch(string name, Func<StepContext, Task> run) => new(name, async context =>
    {
        await run(context);
        return null;
    });

    /// <summary>A stage that another branch's failure stopped does not make the run an aborted one.</summary>
    private static void Worsen(StepContext context, GroovyException failure)
    {
        if (Failures.InterruptionOf(failure) is not { } interruption || !interruption.Causes.Any(c => c.Class.EndsWith("FailFastCause", StringComparison.Ordinal)))
        {
            context.Run.State.Worsen(FailureOutcome.Of(failure).Result);
        }
    }
}
