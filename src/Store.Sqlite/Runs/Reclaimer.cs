using Slipway.Model;
using Slipway.Store.Files;
using Slipway.Store.Logs.Files;
using Slipway.Store.Sqlite.Connections;

namespace Slipway.Store.Sqlite.Runs;

/// <summary>Removes what was deleted: its rows a page at a time, between everybody else's writes, and its files. What it does not finish it finds again after a restart.</summary>
internal sealed class Reclaimer : IAsyncDisposable
{
    private const int RowsAtOnce = 1000;

    private readonly Database _database;
    private readonly RunDirectories _directories;
    private readonly FileRunLogs _logs;
    private readonly Action<Exception>? _onFault;
    private readonly SemaphoreSlim _wake = new(1, 1);
    private readonly SemaphoreSlim _working = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;

    public Reclaimer(Database database, RunDirectories directories, FileRunLogs logs, Action<Exception>? onFault)
    {
        _database = database;
        _directories = directories;
        _logs = logs;
        _onFault = onFault;
        _loop = Task.Run(LoopAsync);
    }

    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake.
        }
    }

    public async Task ReclaimAsync(CancellationToken cancellation)
    {
        await _working.WaitAsync(cancellation);
        try
        {
            while (await ReclaimJobAsync(cancellation))
            {
            }

            var faults = new List<Exception>();
            await EachAsync("SELECT run FROM doomed_runs WHERE run > ?1 ORDER BY run LIMIT 1", ReclaimRunAsync, faults, cancellation);
            await EachAsync("SELECT run FROM doomed_artifacts WHERE run > ?1 ORDER BY run LIMIT 1", ReclaimArtifactsAsync, faults, cancellation);
            if (faults.Count > 0)
            {
                throw new StoreUnavailableException($"{faults.Count} deleted runs could not be removed from the disk yet; the first: {faults[0].Message}", faults[0]);
            }
        }
        finally
        {
            _working.Release();
        }
    }

    private async Task LoopAsync()
    {
        while (true)
        {
            try
            {
                await _wake.WaitAsync(_stopping.Token);
                await ReclaimAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception failure)
            {
                // The next deletion, or the next start, tries again.
                _onFault?.Invoke(failure);
            }
        }
    }

    /// <summary>Turns a deleted job's runs into deleted runs. False where there is nothing to do.</summary>
    private async Task<bool> ReclaimJobAsync(CancellationToken cancellation)
    {
        if (_database.Read(s => s.Number("SELECT job FROM doomed_jobs LIMIT 1")) is not { } job)
        {
            return false;
        }

        await _database.WriteAsync(
            s =>
            {
                s.Execute("INSERT INTO doomed_runs (run) SELECT id FROM runs WHERE job = ?1 ORDER BY number LIMIT ?2", job, RowsAtOnce);
                if (s.Execute("DELETE FROM runs WHERE job = ?1 AND id IN (SELECT id FROM runs WHERE job = ?1 ORDER BY number LIMIT ?2)", job, RowsAtOnce) == 0)
                {
                    s.Execute("DELETE FROM milestones WHERE job = ?1", job);
                    s.Execute("DELETE FROM revisions WHERE job = ?1", job);
                    s.Execute("DELETE FROM queue_items WHERE job = ?1", job);
                    s.Execute("DELETE FROM doomed_jobs WHERE job = ?1", job);
                }

                return true;
            },
            cancellation);
        return true;
    }

    /// <summary>Goes through what is doomed; one that fails (its files cannot be removed) does not keep the others.</summary>
    private async Task EachAsync(string next, Func<RunId, CancellationToken, Task> reclaim, List<Exception> faults, CancellationToken cancellation)
    {
        long last = 0;
        while (_database.Read(s => s.Number(next, last)) is { } id)
        {
            cancellation.ThrowIfCancellationRequested();
            last = id;
            try
            {
                await reclaim(new RunId(id), cancellation);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidOperationException)
            {
                faults.Add(failure);
            }
        }
    }

    private async Task ReclaimRunAsync(RunId run, CancellationToken cancellation)
    {
        _logs.Forget(run);
        _directories.Delete(run);
        while (await _database.WriteAsync(s => DeletePage(s, run), cancellation))
        {
        }
    }

    /// <summary>Deletes one page of the run's rows; false once none was left.</summary>
    private static bool DeletePage(Session session, RunId run)
    {
        var first = SqliteRunJournal.PlaceOf(run, 0);
        var behind = SqliteRunJournal.PlaceOf(new RunId(run.Value + 1), 0);
        if (session.Execute("DELETE FROM journal WHERE place IN (SELECT place FROM journal WHERE place >= ?1 AND place < ?2 LIMIT ?3)", first, behind, RowsAtOnce) > 0
            || session.Execute("DELETE FROM test_cases WHERE id IN (SELECT id FROM test_cases WHERE run = ?1 LIMIT ?2)", run.Value, RowsAtOnce) > 0)
        {
            return true;
        }

        session.Execute("DELETE FROM flow_nodes WHERE run = ?1", run.Value);
        session.Execute("DELETE FROM changes WHERE run = ?1", run.Value);
        session.Execute("DELETE FROM test_suites WHERE run = ?1", run.Value);
        session.Execute("DELETE FROM test_summaries WHERE run = ?1", run.Value);
        session.Execute("DELETE FROM doomed_artifacts WHERE run = ?1", run.Value);
        session.Execute("DELETE FROM doomed_runs WHERE run = ?1", run.Value);
        return false;
    }

    private async Task ReclaimArtifactsAsync(RunId run, CancellationToken cancellation)
    {
        try
        {
            Directory.Delete(_directories.Artifacts(run), recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
        }

        await _database.WriteAsync(s => s.Execute("DELETE FROM doomed_artifacts WHERE run = ?1", run.Value), cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
        _wake.Dispose();
        _working.Dispose();
    }
}
