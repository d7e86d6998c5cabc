using System.Runtime.CompilerServices;
using Slipway.Feeds;

namespace Slipway.Controller.Changes;

/// <summary>
/// The changes of the server in a ring: writers never wait, readers keep a cursor and fall back to "everything" when the ring has gone past them.
/// A cursor also names the process that issued it; after a restart an old one means "everything".
/// </summary>
public sealed class ChangeFeed : IChangeFeed
{
    private const int Capacity = 4096;
    private readonly Change?[] _ring = new Change?[Capacity];
    private readonly string _epoch = Guid.NewGuid().ToString("N")[..12];
    private readonly Lock _lock = new();
    private long _count;
    private TaskCompletionSource _signal = NewSignal();

    public string Position => IdOf(ReadCount());

    /// <summary>Announces a change. Cheap, from any thread; call it after what changed is durable.</summary>
    public void Publish(Change change)
    {
        TaskCompletionSource signal;
        lock (_lock)
        {
            _ring[_count % Capacity] = change;
            _count++;
            signal = _signal;
            _signal = NewSignal();
        }

        signal.TrySetResult();
    }

    public async IAsyncEnumerable<ChangeEvent> SubscribeAsync(string? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (ParseCursor(after) is not { } cursor)
        {
            cursor = ReadCount();
            yield return new ChangeEvent(IdOf(cursor), new Change.OfEverything());
        }

        var seen = new HashSet<Change>();
        while (!cancellation.IsCancellationRequested)
        {
            var (batch, next, signal) = Take(cursor);
            if (batch is null)
            {
                yield return new ChangeEvent(IdOf(next), new Change.OfEverything());
            }
            else if (batch.Count == 0)
            {
                await signal.WaitAsync(cancellation);
            }
            else
            {
                // Folded: of equal changes in one batch the reader needs the first only, since it reads the object's newest state anyway.
                seen.Clear();
                for (var i = 0; i < batch.Count; i++)
                {
                    if (seen.Add(batch[i]))
                    {
                        yield return new ChangeEvent(IdOf(cursor + i + 1), batch[i]);
                    }
                }
            }

            cursor = next;
        }
    }

    private long ReadCount()
    {
        lock (_lock)
        {
            return _count;
        }
    }

    private (List<Change>? Batch, long Next, Task Signal) Take(long cursor)
    {
        lock (_lock)
        {
            if (_count - cursor > Capacity)
            {
                return (null, _count, _signal.Task);
            }

            var batch = new List<Change>((int)(_count - cursor));
            for (var at = cursor; at < _count; at++)
            {
                batch.Add(_ring[at % Capacity]!);
            }

            return (batch, _count, _signal.Task);
        }
    }

    /// <summary>Null where the id is of another process or not one of ours.</summary>
    private long? ParseCursor(string? id)
    {
        lock (_lock)
        {
            if (id is null)
            {
                return _count;
            }

            return id.StartsWith(_epoch + "-", StringComparison.Ordinal) && long.TryParse(id.AsSpan(_epoch.Length + 1), out var count) && count >= 0 && count <= _count ? count : null;
        }
    }

    private string IdOf(long count) => $"{_epoch}-{count}";

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
