using Slipway.Model.Events;

namespace Slipway.Jenkinsfile.Execution.Replay;

/// <summary>
/// Gathers the records of a run and hands them on in the program's order. While the run replays, records that only show something are counted off against those that the journal
/// has already; once the history is used up, gathered records are appended.
/// </summary>
internal sealed class RunJournal(IRunRecorder recorder, int displayRecordsInHistory)
{
    private const int Batch = 256;

    private readonly List<RunEvent> _pending = [];
    private int _displayRecordsToSkip = displayRecordsInHistory;
    private Task _appended = Task.CompletedTask;

    /// <summary>False while the history is not used up: then nothing is appended.</summary>
    public bool IsLive { get; set; }

    /// <summary>A record that nothing waits for: a flow node, an annotation.</summary>
    public void Show(RunEvent record)
    {
        if (_displayRecordsToSkip > 0)
        {
            _displayRecordsToSkip--;
            return;
        }

        Add(record);
    }

    public void Add(RunEvent record)
    {
        _pending.Add(record);

        // A script that echoes a million lines without ever waiting would otherwise gather them all in memory.
        if (IsLive && _pending.Count >= Batch)
        {
            Append();
        }
    }

    /// <summary>
    /// Hands gathered records over; the task completes when they and all before them are durable. It fails with <see cref="RunSuspendedException"/>, also for what failed since the last call.
    /// </summary>
    public Task AppendAsync()
    {
        if (_pending.Count > 0)
        {
            Append();
        }

        return _appended;
    }

    /// <summary>Hands gathered records over without waiting. A failure of an earlier append is thrown here.</summary>
    public void AppendWithoutWaiting()
    {
        var task = AppendAsync();
        if (task.IsFaulted)
        {
            task.GetAwaiter().GetResult();
        }
    }

    /// <summary>The recorder failed elsewhere (the log): no step sees it, the driver finds it here.</summary>
    public void Fail(Exception failure) => _appended = Both(_appended, Task.FromException(new RunSuspendedException(failure)));

    private void Append()
    {
        RunEvent[] records = [.. _pending];
        _pending.Clear();

        // The recorder is no part of the program: what it awaits must not come back to the run's scheduler, where this may be called.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        var task = HandOverAsync(records);
        SynchronizationContext.SetSynchronizationContext(context);

        // The recorder keeps the order, so the last task speaks for all unless an earlier one failed.
        _appended = _appended.IsCompletedSuccessfully ? task : Both(_appended, task);
    }

    private async Task HandOverAsync(RunEvent[] records)
    {
        try
        {
            await recorder.AppendAsync(records).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            throw new RunSuspendedException(failure);
        }
    }

    private static async Task Both(Task earlier, Task later)
    {
        await earlier.ConfigureAwait(false);
        await later.ConfigureAwait(false);
    }
}
