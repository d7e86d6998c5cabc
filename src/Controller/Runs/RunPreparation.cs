using Slipway.Model;
using Slipway.Model.Events;
using Slipway.Store.Runs;
using Slipway.Store.Secrets;

namespace Slipway.Controller.Runs;

/// <summary>Gathers what a run's program consists of, once, before its journal begins.</summary>
internal sealed class RunPreparation(RunServices services)
{
    /// <returns>The program, or why there is none (a fault that the job's author can mend).</returns>
    public async Task<(RunProgram? Program, string? Fault)> PrepareAsync(RunRecord run, CancellationToken cancellation)
    {
        if (await services.Store.Jobs.FindAsync(run.Job, cancellation) is not { } job)
        {
            return (null, "The job was deleted before the run began.");
        }

        try
        {
            _ = services.Seal.Unseal(run.Parameters);
        }
        catch (SealBrokenException fault)
        {
            return (null, $"A password of this run cannot be read. {fault.Message}");
        }

        switch (job.Definition.Script)
        {
            case InlineScript inline:
                return (await MakeAsync(run, inline.Text, "Jenkinsfile", null, cancellation), null);
            case ScmScript scm:
                var fetched = await services.Scripts.FetchAsync(scm, cancellation);
                return fetched.Text is null ? (null, fetched.Fault) : (await MakeAsync(run, fetched.Text, scm.Path, fetched.Revision, cancellation), null);
            default:
                return (null, $"{run.JobPath} has no script. Configure one.");
        }
    }

    private async Task<RunProgram> MakeAsync(RunRecord run, string script, string path, ScmRevision? revision, CancellationToken cancellation) => new(
        run.JobPath.Value,
        run.Number,
        script,
        path,
        revision,
        services.Seal.Unseal(run.Parameters),
        run.Causes,
        services.RootUrl.ToString(),
        services.Time.GetUtcNow(),
        services.GlobalEnvironment(),
        await FindPreviousAsync(run, cancellation));

    private async Task<PreviousRun?> FindPreviousAsync(RunRecord run, CancellationToken cancellation)
    {
        var before = (await services.Store.Runs.ListAsync(run.Job, run.Number, 10, cancellation)).FirstOrDefault(r => r.IsFinished);
        if (before?.Result is not { } result)
        {
            return null;
        }

        var stable = await services.Store.Runs.FindAsync(run.Job, RunPermalink.LastStableBuild, cancellation);
        return new PreviousRun(before.Number, result, stable?.Result, before.Started, (before.Ended ?? before.Started) - before.Started);
    }
}
