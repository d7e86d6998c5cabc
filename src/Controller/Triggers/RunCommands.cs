using Slipway.Controller.Capacity;
using Slipway.Controller.Changes;
using Slipway.Controller.Queue;
using Slipway.Controller.Runs;
using Slipway.Controller.Secrets;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Store;
using Slipway.Store.Queue;

namespace Slipway.Controller.Triggers;

/// <summary>What people and programs ask of runs.</summary>
internal sealed class RunCommands(IStore store, RunQueue queue, RunSupervisor runs, ExecutorAllocator executors, ParameterSeal seal, ChangeFeed changes, TimeProvider time) : IRunCommands
{
    public async Task<CommandOutcome<QueueItemId>> TriggerAsync(
        JobPath job, IReadOnlyDictionary<string, string> parameters, RunCause cause, TimeSpan? quietPeriod, Caller caller, CancellationToken cancellation)
    {
        if (await store.Jobs.FindAsync(job, cancellation) is not { } record)
        {
            return Refuse(CommandStatus.NotFound, $"There is no job '{job}'.");
        }

        if (record.Definition.Kind != ItemKind.Pipeline)
        {
            return Refuse(CommandStatus.Invalid, $"'{job}' is a folder, which cannot be built. Name a job in it.");
        }

        if (!record.IsEnabled)
        {
            return Refuse(CommandStatus.Conflict, $"{job} is not buildable: it is disabled. Enable it first.");
        }

        var (values, fault) = ParameterFilling.Fill(record.Parameters, parameters, seal);
        if (values is null)
        {
            return Refuse(CommandStatus.Invalid, fault!);
        }

        var delay = quietPeriod ?? record.QuietPeriod ?? TimeSpan.Zero;
        var request = new QueueRequest(record.Id, values, [cause], time.GetUtcNow() + delay, AtOnce: quietPeriod == TimeSpan.Zero);
        var item = await queue.EnqueueAsync(request, cancellation);
        return item is null
            ? Refuse(CommandStatus.NotFound, $"The job '{job}' was deleted just now.")
            : new CommandOutcome<QueueItemId>(CommandStatus.Done, null, item.Id);
    }

    public async Task<CommandOutcome> CancelQueuedAsync(QueueItemId item, Caller caller, CancellationToken cancellation)
    {
        if (NodeRequestIds.IsNodeRequest(item))
        {
            return CancelNodeRequest(item, caller);
        }

        if (await queue.CancelAsync(item, cancellation))
        {
            return CommandOutcome.Done;
        }

        return await store.Queue.FindAsync(item, cancellation) is null
            ? new CommandOutcome(CommandStatus.NotFound, $"There is no queue item {item}.")
            : new CommandOutcome(CommandStatus.Conflict, $"Queue item {item} does not wait any more. Stop the run that it became.");
    }

    public async Task<CommandOutcome> StopAsync(RunId run, bool hard, Caller caller, CancellationToken cancellation)
    {
        // A second interruption is the harder one; asked for at once it is given at once.
        var cause = caller.IsAnonymous ? "Aborted by anonymous" : $"Aborted by {caller.Name}";
        if (runs.Interrupt(run, RunResult.Aborted, cause, caller.UserId))
        {
            if (hard)
            {
                runs.Interrupt(run, RunResult.Aborted, cause, caller.UserId);
            }

            return CommandOutcome.Done;
        }

        // As in Jenkins, stopping what has ended is no error: whoever asked has what they wanted.
        return await store.Runs.FindAsync(run, cancellation) is null ? Missing() : CommandOutcome.Done;
    }

    public async Task<CommandOutcome> DeleteAsync(RunId run, Caller caller, CancellationToken cancellation)
    {
        if (await store.Runs.FindAsync(run, cancellation) is not { } record)
        {
            return Missing();
        }

        if (record.IsKeptForever)
        {
            return new CommandOutcome(CommandStatus.Conflict, $"{record.JobPath} #{record.Number} is kept for ever. Take that mark away first.");
        }

        if (!await store.Runs.DeleteAsync(run, cancellation))
        {
            return new CommandOutcome(CommandStatus.Conflict, $"{record.JobPath} #{record.Number} has not ended. Stop it first.");
        }

        Publish(record);
        return CommandOutcome.Done;
    }

    public async Task<CommandOutcome> SetKeptForeverAsync(RunId run, bool kept, Caller caller, CancellationToken cancellation) =>
        await PublishIfAsync(run, await store.Runs.SetKeptForeverAsync(run, kept, cancellation), cancellation);

    public async Task<CommandOutcome> DescribeAsync(RunId run, string? displayName, string? description, Caller caller, CancellationToken cancellation) =>
        await PublishIfAsync(run, await store.Runs.DescribeAsync(run, displayName, description, cancellation), cancellation);

    /// <summary>As in Jenkins: the <c>node</c> step is interrupted. If nothing in the script catches that, the run ends as aborted; other branches go on until they end.</summary>
    private CommandOutcome CancelNodeRequest(QueueItemId item, Caller caller)
    {
        var cause = caller.IsAnonymous ? "Queue task was cancelled" : $"Queue task was cancelled by {caller.Name}";
        return executors.Waiting.FirstOrDefault(w => NodeRequestIds.Of(w) == item) is { } waiting && executors.CancelWaiting(waiting.Run, waiting.Effect, cause)
            ? CommandOutcome.Done
            : new CommandOutcome(CommandStatus.NotFound, $"Queue item {item} does not wait any more: its node block has an executor, or its run has ended. Stop the run instead.");
    }

    private async Task<CommandOutcome> PublishIfAsync(RunId run, bool done, CancellationToken cancellation)
    {
        if (!done || await store.Runs.FindAsync(run, cancellation) is not { } record)
        {
            return Missing();
        }

        Publish(record);
        return CommandOutcome.Done;
    }

    private void Publish(Store.Runs.RunRecord record) => changes.Publish(new Change.OfRun(record.Id, record.JobPath, record.Number));

    private static CommandOutcome Missing() => new(CommandStatus.NotFound, "There is no such run.");

    private static CommandOutcome<QueueItemId> Refuse(CommandStatus status, string fault) => new(status, fault, default);
}
