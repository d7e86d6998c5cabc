using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Slipway.Model.Effects;
using Slipway.Model.Events;

namespace Slipway.Jenkinsfile.Execution.Replay;

/// <summary>
/// Turns the wheel of one run: lets the program run until everything in it waits, then delivers the next result, first those of the history, then, live, what the
/// performer brings. Results are durable before the program sees them; requests are durable before they are carried out.
/// </summary>
internal sealed class RunDriver(RecordedHistory history, RunJournal journal, EffectLedger ledger, RunScheduler scheduler, IEffectPerformer performer, TimeProvider time)
{
    private readonly Channel<RunEvent> _arrivals = Channel.CreateUnbounded<RunEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<long, CancellationTokenSource> _performing = [];
    private readonly List<RunEvent> _arrived = [];
    private readonly Queue<RunEvent> _deliveries = new();
    private readonly LongTurn _turn = new();
    private readonly HashSet<long> _lost = [.. history.LostAllocations];
    private CancellationToken _shutdown;
    private Exception? _halted;
    private long _checkpoints;

    /// <summary>Called on the scheduler for each interruption, in the journal's order.</summary>
    public required Action<InterruptRequested> Interrupted { get; init; }

    /// <summary>Called on the scheduler for each loss of a node, in the journal's order.</summary>
    public Action<AllocationLost>? Lost { get; init; }

    /// <summary>Called when the program is to stop where it computes, without a trace: what it does while it is taken down is not the program's.</summary>
    public Action? Halting { get; init; }

    /// <summary>Called when everything waits for the performer. Tests with a clock of their own let it go on here.</summary>
    public Action? Resting { get; set; }

    /// <summary>Thread-safe. After the end it has no effect.</summary>
    public void Interrupt(InterruptRequested request) => Arrive(request);

    /// <summary>Thread-safe. Without effect where the same was told before, in an earlier execution too.</summary>
    public void Lose(AllocationLost loss)
    {
        bool isNew;
        lock (_lost)
        {
            isNew = _lost.Add(loss.Allocation);
        }

        if (isNew)
        {
            Arrive(loss);
        }
    }

    /// <summary>
    /// Runs the program to its end. Throws <see cref="OperationCanceledException"/> on <paramref name="shutdown"/>, and <see cref="RunSuspendedException"/> where the recorder or the
    /// performer failed: the run stays open then, and a later replay goes on with it.
    /// </summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> program, CancellationToken shutdown)
    {
        Task<T>? running = null;
        _shutdown = shutdown;
        scheduler.ForeignPost = () => _arrivals.Writer.TryComplete(
            new InvalidOperationException("A step awaited something outside of the run's effects. This is a defect of the product: the run would not replay."));
        scheduler.Enqueue(() => running = program());
        while (true)
        {
            shutdown.ThrowIfCancellationRequested();
            Pump();
            if (ledger.Mismatch is { } mismatch)
            {
                throw mismatch;
            }

            if (running!.IsCompleted)
            {
                // What nobody waits for any more must not go on behind the run's back.
                foreach (var effect in _performing.Keys.ToList())
                {
                    Cancel(effect);
                }

                return await running.ConfigureAwait(false);
            }

            if (TryTakeNext(out var next))
            {
                OnScheduler(() => Deliver(next));
                continue;
            }

            journal.IsLive = true;
            await CarryOutAsync().ConfigureAwait(false);
            if (_arrived.Count == 0 && !_arrivals.Reader.TryPeek(out _))
            {
                Resting?.Invoke();
            }

            await ArrivalsAsync(shutdown).ConfigureAwait(false);
        }
    }

    /// <summary>From the history first. What the program saw there while it computed is due at its checkpoint; if that is still to come when everything waits, it is due now.</summary>
    private bool TryTakeNext([NotNullWhen(true)] out RunEvent? next)
    {
        if (history.Deliveries.TryDequeue(out next))
        {
            return true;
        }

        if (history.Interruptions.TryDequeue(out var interruption))
        {
            next = interruption.Event;
            return true;
        }

        return _deliveries.TryDequeue(out next);
    }

    private async Task CarryOutAsync()
    {
        var work = ledger.TakeWork();
        if (work.Count == 0)
        {
            journal.AppendWithoutWaiting();
            return;
        }

        await journal.AppendAsync().ConfigureAwait(false);
        foreach (var (effect, action) in work)
        {
            if (action == EffectAction.Cancel)
            {
                Cancel(effect.Id);
            }
            else
            {
                Perform(effect, again: action == EffectAction.PerformAgain);
            }
        }
    }

    private void Perform(PendingEffect effect, bool again)
    {
        var cancellation = new CancellationTokenSource();
        _performing.Add(effect.Id, cancellation);
        var requested = again ? history.RequestTime(effect.Id) : time.GetUtcNow();
        _ = PerformAsync(new EffectRequested(effect.Id, effect.FlowNode, effect.Effect), requested, again, cancellation.Token);
    }

    private void Cancel(long effect)
    {
        try
        {
            _performing[effect].Cancel();
        }
        catch (Exception failure)
        {
            // The performer's own callback failed: as with PerformAsync, it is stopping.
            _arrivals.Writer.TryComplete(failure);
        }
    }

    private async Task PerformAsync(EffectRequested request, DateTimeOffset requested, bool again, CancellationToken cancellation)
    {
        try
        {
            var result = await performer.PerformAsync(request, requested, again, cancellation).ConfigureAwait(false);
            Arrive(new EffectCompleted(request.Effect, result));
        }
        catch (Exception stopped)
        {
            // By contract the controller is stopping: the effect stays open, and so does the run.
            _arrivals.Writer.TryComplete(stopped);
        }
    }

    private void Arrive(RunEvent arrival)
    {
        _arrivals.Writer.TryWrite(arrival);
        _turn.Wake();
    }

    private async Task ArrivalsAsync(CancellationToken shutdown)
    {
        try
        {
            if (_arrived.Count == 0)
            {
                await _arrivals.Reader.WaitToReadAsync(shutdown).ConfigureAwait(false);
            }
        }
        catch (Exception stopped) when (!shutdown.IsCancellationRequested)
        {
            throw new RunSuspendedException(stopped);
        }

        TakeArrivals();

        // What is urgent begins a batch and is never behind others in it: they may set the program computing, and then it could not be delivered in the middle of that.
        var next = _arrived.FindIndex(1, IsUrgent);
        var batch = _arrived.GetRange(0, next < 0 ? _arrived.Count : next);
        _arrived.RemoveRange(0, batch.Count);
        foreach (var arrival in batch)
        {
            journal.Add(arrival);
        }

        await journal.AppendAsync().ConfigureAwait(false);
        foreach (var arrival in batch)
        {
            _deliveries.Enqueue(arrival);
        }
    }

    private void TakeArrivals()
    {
        while (_arrivals.Reader.TryRead(out var arrival))
        {
            _arrived.Add(arrival);
        }
    }

    /// <summary>
    /// Called by the interpreter every few thousand instructions, on the thread that runs the program. Here alone something reaches a program that does not wait: an interruption, or the end of a
    /// time limit. How often this was called follows from the program alone, so the count says where the program stood, and a replay delivers it there again.
    /// </summary>
    /// <exception cref="OperationCanceledException">The program is to be taken down; it is told by <see cref="Halting"/>, and the driver ends with the reason.</exception>
    public void Checkpoint()
    {
        _checkpoints++;
        try
        {
            while (history.Interruptions.TryPeek(out var next) && next.Checkpoint <= _checkpoints)
            {
                Deliver(history.Interruptions.Dequeue().Event);
            }

            _shutdown.ThrowIfCancellationRequested();
            if (_halted is null && _turn.TakeShare() && history.Interruptions.Count == 0)
            {
                scheduler.Outside(LookAround);
            }
        }
        catch (Exception reason)
        {
            Halt(reason);
        }

        if (_halted is not null)
        {
            throw new OperationCanceledException();
        }
    }

    /// <summary>The program has been computing for a while: begins what it asked for, which may be a time limit of the code that runs, and delivers what cannot wait. It waits meanwhile.</summary>
    private void LookAround()
    {
        var isReplaying = history.Deliveries.Count > 0;
        if (!isReplaying && ledger.HasWork)
        {
            journal.IsLive = true;
            CarryOutAsync().GetAwaiter().GetResult();
        }

        TakeArrivals();
        if (_arrivals.Reader.Completion is { IsFaulted: true, Exception.InnerException: { } failure })
        {
            throw new RunSuspendedException(failure);
        }

        for (var i = 0; i < _arrived.Count;)
        {
            // A replay may be interrupted where its history leads no further.
            if (!IsUrgent(_arrived[i]) || (isReplaying && history.HoldsRequestsAfter(ledger.Last)))
            {
                i++;
                continue;
            }

            var arrival = At(_arrived[i], _checkpoints);
            _arrived.RemoveAt(i);
            journal.Add(arrival);
            journal.AppendAsync().GetAwaiter().GetResult();
            Deliver(arrival);
        }
    }

    private bool IsUrgent(RunEvent arrival) => arrival is InterruptRequested or AllocationLost || (arrival is EffectCompleted completed && ledger.IsUrgent(completed.Effect));

    private static RunEvent At(RunEvent arrival, long checkpoint) => arrival switch
    {
        InterruptRequested interrupt => interrupt with { During = checkpoint },
        AllocationLost lost => lost with { During = checkpoint },
        EffectCompleted completed => completed with { During = checkpoint },
        _ => arrival,
    };

    private void Halt(Exception reason)
    {
        if (_halted is null)
        {
            _halted = reason;
            journal.IsLive = false;
            Halting?.Invoke();
        }
    }

    private void Pump()
    {
        _turn.Begin();
        try
        {
            scheduler.RunToQuiescence();
        }
        finally
        {
            _turn.End();
        }

        if (_halted is not null)
        {
            ExceptionDispatchInfo.Throw(_halted);
        }
    }

    private void Deliver(RunEvent arrival)
    {
        switch (arrival)
        {
            case EffectCompleted completed:
                if (_performing.Remove(completed.Effect, out var cancellation))
                {
                    cancellation.Dispose();
                }

                ledger.Deliver(completed);
                break;
            case InterruptRequested interrupt:
                Interrupted(interrupt);
                break;
            case AllocationLost lost:
                Lost?.Invoke(lost);
                break;
        }
    }

    /// <summary>Deliveries run as a piece of their own, so what they complete is queued behind them in order.</summary>
    private void OnScheduler(Action action)
    {
        Exception? failure = null;
        scheduler.Enqueue(() =>
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        Pump();
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }
}
