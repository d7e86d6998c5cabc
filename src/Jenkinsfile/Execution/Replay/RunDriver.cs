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

    /// <summary>Called on the scheduler for each interruption, in the journal's order.</summary>
    public required Action<InterruptRequested> Interrupted { get; init; }

    /// <summary>Called when everything waits for the performer. Tests with a clock of their own let it go on here.</summary>
    public Action? Resting { get; set; }

    /// <summary>Thread-safe. After the end it has no effect.</summary>
    public void Interrupt(InterruptRequested request) => _arrivals.Writer.TryWrite(request);

    /// <summary>
    /// Runs the program to its end. Throws <see cref="OperationCanceledException"/> on <paramref name="shutdown"/>, and <see cref="RunSuspendedException"/> where the recorder or the
    /// performer failed: the run stays open then, and a later replay goes on with it.
    /// </summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> program, CancellationToken shutdown)
    {
        Task<T>? running = null;
        scheduler.ForeignPost = () => _arrivals.Writer.TryComplete(
            new InvalidOperationException("A step awaited something outside of the run's effects. This is a defect of the product: the run would not replay."));
        scheduler.Enqueue(() => running = program());
        while (true)
        {
            shutdown.ThrowIfCancellationRequested();
            scheduler.RunToQuiescence();
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

            if (history.Deliveries.TryDequeue(out var next))
            {
                OnScheduler(() => Deliver(next));
                continue;
            }

            journal.IsLive = true;
            await CarryOutAsync().ConfigureAwait(false);
            if (!_arrivals.Reader.TryPeek(out _))
            {
                Resting?.Invoke();
            }

            await ArrivalsAsync(shutdown).ConfigureAwait(false);
        }
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
            _arrivals.Writer.TryWrite(new EffectCompleted(request.Effect, result));
        }
        catch (Exception stopped)
        {
            // By contract the controller is stopping: the effect stays open, and so does the run.
            _arrivals.Writer.TryComplete(stopped);
        }
    }

    private async Task ArrivalsAsync(CancellationToken shutdown)
    {
        try
        {
            await _arrivals.Reader.WaitToReadAsync(shutdown).ConfigureAwait(false);
        }
        catch (Exception stopped) when (!shutdown.IsCancellationRequested)
        {
            throw new RunSuspendedException(stopped);
        }

        var batch = new List<RunEvent>();
        while (_arrivals.Reader.TryRead(out var arrival))
        {
            journal.Add(arrival);
            batch.Add(arrival);
        }

        await journal.AppendAsync().ConfigureAwait(false);
        foreach (var arrival in batch)
        {
            history.Deliveries.Enqueue(arrival);
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
        scheduler.RunToQuiescence();
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }
}
