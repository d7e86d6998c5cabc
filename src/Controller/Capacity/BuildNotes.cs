namespace Slipway.Controller.Capacity;

/// <summary>Lines for a build's log that come from events of any thread: written one at a time, in the order in which they were given. A log that takes no more lines (its run has ended) is not troubled further.</summary>
internal sealed class BuildNotes(Func<string, ValueTask> write)
{
    private readonly Lock _lock = new();
    private Task _last = Task.CompletedTask;
    private volatile bool _isClosed;

    /// <param name="line">Without its line end.</param>
    public void Add(string line)
    {
        lock (_lock)
        {
            _last = WriteAfterAsync(_last, line.EndsWith('\n') ? line : line + "\n");
        }
    }

    /// <summary>Completes when everything that was added before is written.</summary>
    public Task WrittenAsync()
    {
        lock (_lock)
        {
            return _last;
        }
    }

    private async Task WriteAfterAsync(Task before, string line)
    {
        await before;
        if (_isClosed)
        {
            return;
        }

        try
        {
            await write(line);
        }
        catch (Exception fault) when (fault is Store.StoreException or ObjectDisposedException)
        {
            // What a note tells is shown on the run's page as well; the run itself says that its log cannot be written.
            _isClosed = true;
        }
    }
}
