using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Slipway.Store.Sqlite.Connections;

/// <summary>
/// One thread that writes, and readers beside it that never wait for it (WAL). All that has gathered while a commit ran goes into the next one: the more runs, the fewer
/// syncs for each; a single write waits for nobody.
/// </summary>
internal sealed class Database : IAsyncDisposable
{
    private const int MostInBatch = 512;
    private const int MostIdleReaders = 8;

    private readonly string _path;
    private readonly Session _writer;
    private readonly Thread _thread;
    private readonly Lock _disposing = new();
    private readonly Queue<WriteItem> _queue = [];
    private readonly ConcurrentBag<Session> _readers = [];
    private bool _stopping;

    /// <param name="writer">Migrated, and from now on this object's.</param>
    public Database(string path, Session writer)
    {
        _path = path;
        _writer = writer;
        _thread = new Thread(Run) { IsBackground = true, Name = "store writer" };
        _thread.Start();
    }

    /// <summary>A batch was rolled back: what was kept in memory of its effects is wrong. Called on the writer's thread.</summary>
    public event Action? RolledBack;

    /// <summary>
    /// Runs a change on the writer's thread, in a transaction that it shares with others; completes when that is durable. A change that throws is undone alone;
    /// where the storage fails, all of the transaction are undone and fail.
    /// </summary>
    public Task<T> WriteAsync<T>(Func<Session, T> change, CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellation);
        }

        var item = new WriteItem<T>(change, isAtomic: false);
        Enqueue(item);
        return item.Task;
    }

    /// <summary>As <see cref="WriteAsync"/>, for a change that checks everything before it touches anything: it needs no savepoint of its own.</summary>
    public Task<T> WriteCheckedAsync<T>(Func<Session, T> change)
    {
        var item = new WriteItem<T>(change, isAtomic: true);
        Enqueue(item);
        return item.Task;
    }

    /// <summary>Reads what is committed. On the calling thread: SQLite has no other way, and reads are short.</summary>
    public Task<T> ReadAsync<T>(Func<Session, T> read, CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellation);
        }

        try
        {
            return Task.FromResult(Read(read));
        }
        catch (Exception failure)
        {
            return Task.FromException<T>(failure);
        }
    }

    public T Read<T>(Func<Session, T> read)
    {
        ObjectDisposedException.ThrowIf(_stopping, this);
        Session? session = null;
        try
        {
            if (!_readers.TryTake(out session))
            {
                session = new Session(_path, readOnly: true);
            }

            var result = read(session);
            if (_readers.Count < MostIdleReaders && !_stopping)
            {
                _readers.Add(session);
                session = null;
            }

            return result;
        }
        catch (SqliteException failure)
        {
            throw Failures.Translate(failure, "read");
        }
        finally
        {
            session?.Dispose();
        }
    }

    private void Enqueue(WriteItem item)
    {
        lock (_queue)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            _queue.Enqueue(item);
            if (_queue.Count == 1)
            {
                Monitor.Pulse(_queue);
            }
        }
    }

    private void Run()
    {
        var batch = new List<WriteItem>();
        while (true)
        {
            lock (_queue)
            {
                while (_queue.Count == 0)
                {
                    if (_stopping)
                    {
                        return;
                    }

                    Monitor.Wait(_queue);
                }

                while (batch.Count < MostInBatch && _queue.TryDequeue(out var item))
                {
                    batch.Add(item);
                }
            }

            Commit(batch);
            batch.Clear();
        }
    }

    private void Commit(List<WriteItem> batch)
    {
        try
        {
            _writer.Execute("BEGIN IMMEDIATE");
            foreach (var item in batch)
            {
                Apply(item);
            }

            _writer.Execute("COMMIT");
        }
        catch (Exception failure)
        {
            RollBack();
            var told = Failures.Translate(failure, "write");
            foreach (var item in batch)
            {
                item.Fail(told);
            }

            return;
        }

        foreach (var item in batch)
        {
            item.Complete();
        }
    }

    private void Apply(WriteItem item)
    {
        if (item.IsAtomic)
        {
            try
            {
                item.Apply(_writer);
            }
            catch (StoreException refused)
            {
                item.Refuse(refused);
            }

            return;
        }

        _writer.Execute("SAVEPOINT item");
        try
        {
            item.Apply(_writer);
        }
        catch (Exception failure) when (!Failures.IsOfStorage(failure))
        {
            _writer.Execute("ROLLBACK TO item");
            RolledBack?.Invoke();
            item.Refuse(failure);
        }

        _writer.Execute("RELEASE item");
    }

    private void RollBack()
    {
        RolledBack?.Invoke();
        try
        {
            // SQLite has rolled back by itself after some failures.
            if (_writer.InTransaction)
            {
                _writer.Execute("ROLLBACK");
            }
        }
        catch (SqliteException)
        {
            // The next BEGIN says it again, to those whom it concerns.
        }
    }

    /// <summary>Completes what was handed in, then closes.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_disposing)
        {
            lock (_queue)
            {
                if (_stopping)
                {
                    return ValueTask.CompletedTask;
                }

                _stopping = true;
                Monitor.PulseAll(_queue);
            }

            _thread.Join();
            while (_readers.TryTake(out var reader))
            {
                reader.Dispose();
            }

            _writer.Dispose();
        }

        return ValueTask.CompletedTask;
    }
}
