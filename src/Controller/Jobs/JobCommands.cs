using System.Xml.Linq;
using Slipway.Controller.Changes;
using Slipway.Controller.Queue;
using Slipway.Controller.Runs;
using Slipway.Controller.Secrets;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Store.Jobs;
using Slipway.Store.Secrets;

namespace Slipway.Controller.Jobs;

/// <summary>Creates, changes and removes jobs and folders.</summary>
internal sealed class JobCommands(IJobStore jobs, RunQueue queue, RunSupervisor runs, ParameterSeal seal, ChangeFeed changes) : IJobCommands
{
    public async Task<CommandOutcome<JobPath>> CreateAsync(JobPath path, string configXml, Caller caller, CancellationToken cancellation)
    {
        if (path.IsRoot)
        {
            return new CommandOutcome<JobPath>(CommandStatus.Invalid, "No name is specified. Give the new job's name as ?name=….", default);
        }

        if (!TrySeal(ref configXml, out var broken))
        {
            return new CommandOutcome<JobPath>(CommandStatus.Invalid, broken, default);
        }

        var config = JobConfigReader.Read(configXml);
        if (config.Definition is not { } definition)
        {
            return new CommandOutcome<JobPath>(CommandStatus.Invalid, FaultsOf(path, config), default);
        }

        var change = await jobs.CreateAsync(path, configXml, definition, cancellation);
        return Publish(change, path);
    }

    public async Task<CommandOutcome<JobPath>> CopyAsync(JobPath from, JobPath to, Caller caller, CancellationToken cancellation)
    {
        if (await jobs.FindAsync(from, cancellation) is not { } source || await jobs.ReadConfigAsync(source.Id, cancellation) is not { } config)
        {
            return new CommandOutcome<JobPath>(CommandStatus.NotFound, $"There is no job '{from}' to copy.", default);
        }

        if (source.Definition.Kind == ItemKind.Folder && (await jobs.ListAsync(from, null, 1, cancellation)).Count > 0)
        {
            return new CommandOutcome<JobPath>(CommandStatus.Invalid, $"The folder '{from}' is not empty; only empty folders and jobs can be copied.", default);
        }

        return await CreateAsync(to, config, caller, cancellation);
    }

    public async Task<CommandOutcome> ConfigureAsync(JobPath job, string configXml, Caller caller, CancellationToken cancellation)
    {
        if (await jobs.FindAsync(job, cancellation) is not { } record)
        {
            return Missing(job);
        }

        if (!TrySeal(ref configXml, out var broken))
        {
            return new CommandOutcome(CommandStatus.Invalid, broken);
        }

        var config = JobConfigReader.Read(configXml);
        if (config.Definition is not { } definition)
        {
            return new CommandOutcome(CommandStatus.Invalid, FaultsOf(job, config));
        }

        var outcome = Publish(await jobs.ConfigureAsync(record.Id, configXml, definition, cancellation), job);
        queue.Look();
        return outcome;
    }

    public async Task<CommandOutcome> RenameAsync(JobPath job, string newName, Caller caller, CancellationToken cancellation)
    {
        if (await jobs.FindAsync(job, cancellation) is not { } record)
        {
            return Missing(job);
        }

        if (!JobPath.IsLegalName(newName, out var fault))
        {
            return new CommandOutcome(CommandStatus.Invalid, fault);
        }

        var outcome = Publish(await jobs.MoveAsync(record.Id, job.Parent.Child(newName), cancellation), job.Parent.Child(newName));
        changes.Publish(new Change.OfJob(job));
        return outcome;
    }

    public async Task<CommandOutcome> SetEnabledAsync(JobPath job, bool enabled, Caller caller, CancellationToken cancellation)
    {
        if (await jobs.FindAsync(job, cancellation) is not { } record || await jobs.ReadConfigAsync(record.Id, cancellation) is not { } config)
        {
            return Missing(job);
        }

        if (record.Definition.Kind == ItemKind.Folder)
        {
            return new CommandOutcome(CommandStatus.Invalid, $"'{job}' is a folder; only jobs can be enabled and disabled.");
        }

        await jobs.SetEnabledAsync(record.Id, enabled, WithDisabled(config, !enabled), cancellation);
        changes.Publish(new Change.OfJob(job));
        queue.Look();
        return CommandOutcome.Done;
    }

    public async Task<CommandOutcome> DeleteAsync(JobPath job, Caller caller, CancellationToken cancellation)
    {
        if (await jobs.FindAsync(job, cancellation) is not { } record)
        {
            return Missing(job);
        }

        foreach (var (item, _) in queue.Waiting.Where(w => IsBelow(w.Item.JobPath, job)))
        {
            await queue.CancelAsync(item.Id, cancellation);
        }

        foreach (var run in runs.Unfinished.Where(r => IsBelow(r.JobPath, job)))
        {
            // Twice: its post blocks have nothing left to report to.
            runs.Interrupt(run.Id, RunResult.Aborted, $"{job} is being deleted", caller.UserId);
            runs.Interrupt(run.Id, RunResult.Aborted, $"{job} is being deleted", caller.UserId);
            await runs.WaitForEndAsync(run.Id, cancellation);
        }

        return Publish(await jobs.DeleteAsync(record.Id, cancellation), job);
    }

    public async Task<CommandOutcome> SetNextNumberAsync(JobPath job, int number, Caller caller, CancellationToken cancellation) =>
        await jobs.FindAsync(job, cancellation) is { } record ? Publish(await jobs.SetNextNumberAsync(record.Id, number, cancellation), job) : Missing(job);

    private bool TrySeal(ref string configXml, out string? fault)
    {
        fault = null;
        try
        {
            // A configuration with faults stays as it was sent, so that they are told with the places that its author sees.
            configXml = JobConfigReader.Read(configXml).Definition is null ? configXml : seal.SealConfig(configXml, check: true);
            return true;
        }
        catch (SealBrokenException broken)
        {
            fault = $"The default of a password parameter cannot be used: {broken.Message}";
            return false;
        }
    }

    private CommandOutcome<JobPath> Publish(JobChange change, JobPath path)
    {
        if (change.Succeeded)
        {
            changes.Publish(new Change.OfJob(path));
        }

        var status = change.Status switch
        {
            JobChangeStatus.Done => CommandStatus.Done,
            JobChangeStatus.NotFound => CommandStatus.NotFound,
            JobChangeStatus.Taken => CommandStatus.Conflict,
            _ => CommandStatus.Invalid,
        };
        return new CommandOutcome<JobPath>(status, change.Fault, path);
    }

    private static bool IsBelow(JobPath path, JobPath folder) => path == folder || path.Value.StartsWith(folder.Value + "/", StringComparison.Ordinal);

    private static CommandOutcome Missing(JobPath job) => new(CommandStatus.NotFound, $"There is no job '{job}'.");

    private static string FaultsOf(JobPath path, JobConfig config) =>
        $"The configuration of '{path}' cannot be used. " + string.Join(" ", config.Faults.Select(f => f.ToString()));

    /// <summary>The same text with the <c>disabled</c> element set; everything else as its author wrote it.</summary>
    private static string WithDisabled(string config, bool disabled)
    {
        var root = ConfigXml.Read(config, []);
        if (root is null)
        {
            return config;
        }

        var element = root.Element("disabled");
        if (element is null)
        {
            root.Add(new XElement("disabled", disabled ? "true" : "false"), "\n");
        }
        else
        {
            element.Value = disabled ? "true" : "false";
        }

        return "<?xml version='1.1' encoding='UTF-8'?>\n" + root.ToString(SaveOptions.DisableFormatting) + "\n";
    }
}
