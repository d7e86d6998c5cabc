using Slipway.Model.Effects;
using Slipway.Model.Events;

namespace Slipway.Jenkinsfile.Execution.Replay;

/// <summary>An effect that the program asked for and has not been given the result of.</summary>
internal sealed class PendingEffect(long id, int flowNode, Effect effect)
{
    // Continuations go through the scheduler's queue: a result is delivered to one waiter at a time, and never deepens the stack.
    private readonly TaskCompletionSource<EffectResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Id { get; } = id;

    public int FlowNode { get; } = flowNode;

    public Effect Effect { get; } = effect;

    public bool IsCancelRequested { get; set; }

    public Task<EffectResult> Result => _result.Task;

    /// <summary>
    /// Called with the result as it is delivered. With it the effect is urgent: its result is delivered even while the program computes. It may stop what runs, not go on with it.
    /// </summary>
    public Action<EffectResult>? Arriving { get; set; }

    /// <summary>Called with a result that comes after <see cref="Abandon"/>, to give back what nobody will use.</summary>
    public Action<EffectResult>? Late { get; set; }

    public void Complete(EffectResult result)
    {
        Arriving?.Invoke(result);
        if (!_result.TrySetResult(result))
        {
            Late?.Invoke(result);
        }
    }

    /// <summary>The program goes on without the result.</summary>
    public void Abandon() => _result.TrySetResult(new EffectCancelled());
}

/// <summary>
/// Numbers the effects of a run, holds them against the history, and keeps what waits. It carries nothing out: <see cref="TakeWork"/> tells the driver what became due.
/// </summary>
internal sealed class EffectLedger(RecordedHistory history, RunJournal journal)
{
    private readonly SortedDictionary<long, PendingEffect> _open = [];
    private readonly List<EffectWork> _work = [];
    private long _last;

    /// <summary>Set once the program and its history disagree. No script may catch this, so it is not thrown: the effect never completes, and the driver ends the run.</summary>
    public ReplayMismatchException? Mismatch { get; private set; }

    /// <summary>The number of the effect that was asked for last.</summary>
    public long Last => _last;

    public bool HasWork => _work.Count > 0;

    public bool IsUrgent(long effect) => _open.TryGetValue(effect, out var pending) && pending.Arriving is not null;

    /// <summary>Asks for an effect. Where the history holds another one, <see cref="Mismatch"/> says so.</summary>
    /// <param name="where">The place in the script, for the message.</param>
    public PendingEffect Request(Effect effect, int flowNode, Func<string> where)
    {
        var pending = new PendingEffect(++_last, flowNode, effect);
        if (history.Request(pending.Id) is { } recorded)
        {
            if (!EffectText.AreSame(recorded.Request, effect))
            {
                Mismatch ??= new ReplayMismatchException(
                    $"The script no longer agrees with its history: as its effect {pending.Id} the journal holds {EffectText.Describe(recorded.Request)}, but {where()} the script now asks for " +
                    $"{EffectText.Describe(effect)}. The script is stored with the run, so either the product's behaviour changed between versions or something outside the journal " +
                    "steers the script. The run cannot be resumed; start it anew.");
                return pending;
            }

            _work.Add(new EffectWork(pending, EffectAction.PerformAgain));
        }
        else
        {
            journal.Add(new EffectRequested(pending.Id, flowNode, effect));
            _work.Add(new EffectWork(pending, EffectAction.Perform));
        }

        _open.Add(pending.Id, pending);
        return pending;
    }

    /// <summary>The program no longer wants it. It still completes.</summary>
    public void Cancel(PendingEffect pending)
    {
        if (pending.IsCancelRequested || !_open.ContainsKey(pending.Id))
        {
            return;
        }

        pending.IsCancelRequested = true;
        if (!history.HoldsCancelOf(pending.Id))
        {
            journal.Add(new EffectCancelRequested(pending.Id));
        }

        _work.Add(new EffectWork(pending, EffectAction.Cancel));
    }

    public void Deliver(EffectCompleted completed)
    {
        if (!_open.Remove(completed.Effect, out var pending))
        {
            var recorded = history.Request(completed.Effect);
            throw new ReplayMismatchException(
                $"The script no longer agrees with its history: the journal holds the result of effect {completed.Effect}" +
                (recorded is null ? "" : $" ({EffectText.Describe(recorded.Request)})") +
                $", which the script has not asked for at this point; its last effect is {_last}. The run cannot be resumed; start it anew.");
        }

        pending.Complete(completed.Result);
    }

    /// <summary>What became due since the last call, in order; effects that were completed meanwhile (by the history) are left out.</summary>
    public List<EffectWork> TakeWork()
    {
        var due = _work.Where(w => _open.ContainsKey(w.Effect.Id)).ToList();
        _work.Clear();
        return due;
    }
}

internal enum EffectAction
{
    Perform,

    /// <summary>It was requested by an earlier execution, which may have started it.</summary>
    PerformAgain,
    Cancel,
}

internal readonly record struct EffectWork(PendingEffect Effect, EffectAction Action);
