using System.Runtime.CompilerServices;
using Slipway.Feeds;

namespace Slipway.Web.Testing;

/// <summary>A change feed in memory, with as short a memory as asked for, so that "you missed something" can be tested.</summary>
public sealed class FakeChangeFeed(int memory = 10_000) : IChangeFeed
{
    private readonly Lock _lock = new();
    private readonly List<Change> _changes = [];
    private TaskCompletionSource _more = New();
    private int _forgotten;

    /// <summary>How many read the feed right now.</summary>
    public int Readers { get; private set; }

    public string Position
    {
        get
        {
            lock (_lock)
            {
                return (_forgotten + _changes.Count).ToString();
            }
        }
    }

    public void Publish(Change change)
    {
        TaskCompletionSource waiting;
        lock (_lock)
        {
            _changes.Add(change);
            if (_changes.Count > memory)
            {
                _changes.RemoveAt(0);
                _forgotten++;
            }

            waiting = _more;
            _more = New();
        }

        waiting.SetResult();
    }

    public async IAsyncEnumerable<ChangeEvent> SubscribeAsync(string? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        lock (_lock)
        {
            Readers++;
        }

        try
        {
            var next = int.TryParse(after ?? Position, out var position) ? position : -1;
            while (true)
            {
                ChangeEvent? change = null;
                Task? wait = null;
                lock (_lock)
                {
                    if (next < _forgotten || next > _forgotten + _changes.Count)
                    {
                        next = _forgotten + _changes.Count;
                        change = new ChangeEvent(next.ToString(), new Change.OfEverything());
                    }
                    else if (next < _forgotten + _changes.Count)
                    {
                        change = new ChangeEvent((next + 1).ToString(), _changes[next - _forgotten]);
                        next++;
                    }
                    else
                    {
                        wait = _more.Task;
                    }
                }

                if (wait is not null)
                {
                    await wait.WaitAsync(cancellation);
                }
                else
                {
                    yield return change!;
                }
            }
        }
        finally
        {
            lock (_lock)
            {
                Readers--;
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
