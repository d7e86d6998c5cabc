namespace Slipway.Store.Logs.Files;

/// <summary>
/// The threads that bring logs to the disk. A log that has something to write stands in the queue once; what is added while its turn lasts goes with the next. Nothing waits for
/// more to come: the busier the disk, the larger the writes. Several threads, because the file system joins syncs that overlap.
/// </summary>
internal sealed class LogFlusher : IDisposable
{
    private readonly Queue<RunLogWriter> _queue = [];
    private readonly List<Thread> _threads = [];
    private bool _stopping;

    public LogFlusher(int threads)
    {
        for (var i = 0; i < threads; i++)
        {
            var thread = new Thread(Run) { IsBackground = true, Name = $"log flush {i}" };
            _threads.Add(thread);
            thread.Start();
        }
    }

    public void Schedule(RunLogWriter writer)
    {
        lock (_queue)
        {
            _queue.Enqueue(writer);
            Monitor.Pulse(_queue);
        }
    }

    private void Run()
    {
        while (true)
        {
            RunLogWriter? writer;
            lock (_queue)
            {
                while (!_queue.TryDequeue(out writer))
                {
                    if (_stopping)
                    {
                        return;
                    }

                    Monitor.Wait(_queue);
                }
            }

            if (writer.FlushOnce())
            {
                Schedule(writer);
            }
        }
    }

    /// <summary>Ends when the queue is empty.</summary>
    public void Dispose()
    {
        lock (_queue)
        {
            _stopping = true;
            Monitor.PulseAll(_queue);
        }

        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }
}
