namespace Slipway.Groovy.Tests.Runtime;

/// <summary>Runs the pieces of a script one after the other, on a thread of its own, as a host has to: a deep call goes on from a stack of its own when the one before has let go.</summary>
internal sealed class OneAtATime : SynchronizationContext, IDisposable
{
    private readonly System.Collections.Concurrent.BlockingCollection<Action> _ready = [];

    /// <param name="stackBytes">The size of the thread's stack; 0 for that of the system.</param>
    public OneAtATime(int stackBytes = 0) => new Thread(Run, stackBytes) { IsBackground = true }.Start();

    public Task<object?> Start(Func<Task<object?>> begin)
    {
        var ended = new TaskCompletionSource<object?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(async _ =>
        {
            try
            {
                ended.SetResult(await begin());
            }
            catch (Exception fault)
            {
                ended.SetException(fault);
            }
        }, null);
        return ended.Task;
    }

    public override void Post(SendOrPostCallback d, object? state) => _ready.Add(() => d(state));

    public void Dispose() => _ready.CompleteAdding();

    private void Run()
    {
        SetSynchronizationContext(this);
        foreach (var piece in _ready.GetConsumingEnumerable())
        {
            piece();
        }
    }
}
