using Slipway.Model;

namespace Slipway.Store.Logs.Files;

/// <summary>The thread that turns finished chunks into their compressed form, at low priority. What it does not get to stays readable as it is, and is found again.</summary>
internal sealed class LogSealer : IDisposable
{
    private readonly FileRunLogs _logs;
    private readonly Queue<(RunId Run, int Chunk)> _queue = [];
    private readonly HashSet<(RunId Run, int Chunk)> _queued = [];
    private readonly Thread _thread;
    private bool _busy;
    private bool _stopping;

    public LogSealer(FileRunLogs logs)
    {
        _logs = logs;
        _thread = new Thread(Run) { IsBackground = true, Name = "log seal" };
        _thread.Start();
    }

    public void Add(RunId run, int chunk)
    {
        lock (_queue)
        {
            if (!_stopping && _queued.Add((run, chunk)))
            {
                _queue.Enqueue((run, chunk));
                Monitor.PulseAll(_queue);
            }
        }
    }

    /// <summary>Waits until nothing is left to do.</summary>
    public void Drain()
    {
        lock (_queue)
        {
            while (_busy || _queue.Count > 0)
            {
                Monitor.Wait(_queue);
            }
        }
    }

    private void Run()
    {
        Store.Files.DurableFiles.YieldPriority();
        while (true)
        {
            (RunId Run, int Chunk) next;
            lock (_queue)
            {
                _busy = false;
                Monitor.PulseAll(_queue);
                while (!_queue.TryDequeue(out next))
                {
                    if (_stopping)
                    {
                        return;
                    }

                    Monitor.Wait(_queue);
                }

                _queued.Remove(next);
                _busy = true;
            }

            try
            {
                _logs.Seal(next.Run, next.Chunk);
            }
            catch (Exception failure)
            {
                _logs.Options.OnBackgroundFault?.Invoke(new StoreUnavailableException($"Chunk {next.Chunk} of the log of run {next.Run} could not be compressed; it stays as it is. {failure.Message}", failure));
            }
        }
    }

    /// <summary>Stops after the chunk that is being worked on.</summary>
    public void Dispose()
    {
        lock (_queue)
        {
            _stopping = true;
            _queue.Clear();
            _queued.Clear();
            Monitor.PulseAll(_queue);
        }

        _thread.Join();
    }
}
