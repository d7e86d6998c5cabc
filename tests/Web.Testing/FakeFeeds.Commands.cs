using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Web.Testing;

/// <summary>Commands change what the reads tell, and call back whoever plays the server.</summary>
public sealed partial class FakeFeeds : IJobCommands, IRunCommands, INodeCommands
{
    /// <summary>A run was asked for. What happens next is the listener's: by default it begins and stays running.</summary>
    public Action<FakeRun> OnTriggered { get; set; } = run => run.Start();

    public Task<CommandOutcome<JobPath>> CreateAsync(JobPath path, string configXml, Caller caller, CancellationToken cancellation)
    {
        if (Find(path) is not null)
        {
            return Task.FromResult(new CommandOutcome<JobPath>(CommandStatus.Conflict, $"A job already exists with the name '{path}'. Choose another name.", default));
        }

        var job = AddJob(path.Value, configXml.Contains("folder.Folder", StringComparison.Ordinal) ? JobKind.Folder : JobKind.Pipeline);
        job.Config = configXml;
        return Task.FromResult(new CommandOutcome<JobPath>(CommandStatus.Done, null, path));
    }

    public Task<CommandOutcome<JobPath>> CopyAsync(JobPath from, JobPath to, Caller caller, CancellationToken cancellation) => CreateAsync(to, Find(from)?.Config ?? "", caller, cancellation);

    public Task<CommandOutcome> ConfigureAsync(JobPath job, string configXml, Caller caller, CancellationToken cancellation)
    {
        if (!configXml.Contains('<', StringComparison.Ordinal))
        {
            return Task.FromResult(new CommandOutcome(CommandStatus.Invalid, "config.xml:1:1: this is not XML. Begin with <flow-definition>."));
        }

        return OnJob(job, j => j.Config = configXml);
    }

    public Task<CommandOutcome> RenameAsync(JobPath job, string newName, Caller caller, CancellationToken cancellation) =>
        Task.FromResult(new CommandOutcome(CommandStatus.Invalid, "Renaming is not played by the fake."));

    public Task<CommandOutcome> SetEnabledAsync(JobPath job, bool enabled, Caller caller, CancellationToken cancellation) => OnJob(job, j => j.IsEnabled = enabled);

    public Task<CommandOutcome> DeleteAsync(JobPath job, Caller caller, CancellationToken cancellation) => OnJob(job, j => Jobs.Remove(j));

    public Task<CommandOutcome> SetNextNumberAsync(JobPath job, int number, Caller caller, CancellationToken cancellation) => Task.FromResult(CommandOutcome.Done);

    public Task<CommandOutcome<QueueItemId>> TriggerAsync(JobPath job, IReadOnlyDictionary<string, string> parameters, RunCause cause, TimeSpan? quietPeriod, Caller caller, CancellationToken cancellation)
    {
        if (Find(job) is not { } found)
        {
            return Task.FromResult(new CommandOutcome<QueueItemId>(CommandStatus.NotFound, $"There is no job '{job}'.", default));
        }

        if (!found.IsEnabled)
        {
            return Task.FromResult(new CommandOutcome<QueueItemId>(CommandStatus.Conflict, $"The job '{job}' is disabled. Enable it first.", default));
        }

        var run = AddRun(found);
        run.Causes.Add(cause);
        run.Parameters.AddRange(parameters.Select(p => new ParameterValue(p.Key, p.Value)));
        run.Changed();
        OnTriggered(run);
        return Task.FromResult(new CommandOutcome<QueueItemId>(CommandStatus.Done, null, new QueueItemId(NextId())));
    }

    public Task<CommandOutcome> CancelQueuedAsync(QueueItemId item, Caller caller, CancellationToken cancellation)
    {
        lock (Queue)
        {
            var removed = Queue.RemoveAll(q => q.Id == item);
            Changes.Publish(new Change.OfQueue());
            return Task.FromResult(removed > 0 ? CommandOutcome.Done : new CommandOutcome(CommandStatus.NotFound, "The item has left the queue."));
        }
    }

    public Task<CommandOutcome> StopAsync(RunId run, bool hard, Caller caller, CancellationToken cancellation)
    {
        if (Find(run) is not { State: not RunState.Finished } found)
        {
            return Task.FromResult(new CommandOutcome(CommandStatus.Conflict, "The run has ended."));
        }

        found.Write(null, $"Aborted by {caller.Name}");
        found.Finish(RunResult.Aborted);
        found.Stopped.TrySetResult();
        return Task.FromResult(CommandOutcome.Done);
    }

    public Task<CommandOutcome> DeleteAsync(RunId run, Caller caller, CancellationToken cancellation)
    {
        if (Find(run) is not { } found)
        {
            return Task.FromResult(new CommandOutcome(CommandStatus.NotFound, "There is no such run."));
        }

        lock (Jobs)
        {
            found.Job.Runs.Remove(found);
        }

        found.Changed();
        return Task.FromResult(CommandOutcome.Done);
    }

    public Task<CommandOutcome> SetKeptForeverAsync(RunId run, bool kept, Caller caller, CancellationToken cancellation)
    {
        Of(run).IsKept = kept;
        Of(run).Changed();
        return Task.FromResult(CommandOutcome.Done);
    }

    public Task<CommandOutcome> DescribeAsync(RunId run, string? displayName, string? description, Caller caller, CancellationToken cancellation)
    {
        Of(run).DisplayName = displayName;
        Of(run).Description = description;
        Of(run).Changed();
        return Task.FromResult(CommandOutcome.Done);
    }

    public Task<CommandOutcome<string>> CreateAsync(string name, IReadOnlyList<string> labels, int executors, bool exclusive, string remoteDirectory, Caller caller, CancellationToken cancellation)
    {
        lock (Nodes)
        {
            Nodes.Add(new NodeView(name, NodeKind.Permanent, null, labels, executors, exclusive, false, false, "its agent has not connected yet", null, []));
        }

        Changes.Publish(new Change.OfNode(name));
        return Task.FromResult(new CommandOutcome<string>(CommandStatus.Done, null, Secret));
    }

    public Task<CommandOutcome> DeleteAsync(string name, Caller caller, CancellationToken cancellation) => OnNode(name, null);

    public Task<CommandOutcome> SetOfflineAsync(string name, bool offline, string? reason, Caller caller, CancellationToken cancellation) =>
        OnNode(name, n => n with { IsTakenOffline = offline, OfflineReason = offline ? reason : null });

    public Task<CommandOutcome<string>> ReadSecretAsync(string name, Caller caller, CancellationToken cancellation) =>
        Task.FromResult(new CommandOutcome<string>(CommandStatus.Done, null, Secret));

    private static readonly string Secret = string.Concat(Enumerable.Repeat("0f1e2d3c", 8));

    private Task<CommandOutcome> OnJob(JobPath path, Action<FakeJob> act)
    {
        if (Find(path) is not { } job)
        {
            return Task.FromResult(new CommandOutcome(CommandStatus.NotFound, $"There is no job '{path}'."));
        }

        lock (Jobs)
        {
            act(job);
        }

        Changes.Publish(new Change.OfJob(path));
        return Task.FromResult(CommandOutcome.Done);
    }

    private Task<CommandOutcome> OnNode(string name, Func<NodeView, NodeView>? with)
    {
        lock (Nodes)
        {
            var at = Nodes.FindIndex(n => n.Name == name);
            if (at < 0)
            {
                return Task.FromResult(new CommandOutcome(CommandStatus.NotFound, $"There is no node '{name}'."));
            }

            if (with is null)
            {
                Nodes.RemoveAt(at);
            }
            else
            {
                Nodes[at] = with(Nodes[at]);
            }
        }

        Changes.Publish(new Change.OfNode(name));
        return Task.FromResult(CommandOutcome.Done);
    }
}
