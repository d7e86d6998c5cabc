using Microsoft.Data.Sqlite;
using Slipway.Store.Access;
using Slipway.Store.Artifacts;
using Slipway.Store.Files;
using Slipway.Store.Jobs;
using Slipway.Store.Journal;
using Slipway.Store.Logs;
using Slipway.Store.Logs.Files;
using Slipway.Store.Nodes;
using Slipway.Store.Queue;
using Slipway.Store.Runs;
using Slipway.Store.Secrets;
using Slipway.Store.Settings;
using Slipway.Store.Sqlite.Access;
using Slipway.Store.Sqlite.Connections;
using Slipway.Store.Sqlite.Jobs;
using Slipway.Store.Sqlite.Runs;
using Slipway.Store.Sqlite.Schema;
using Slipway.Store.Sqlite.Tests;
using Slipway.Store.Tests;

namespace Slipway.Store.Sqlite;

/// <summary>The embedded store: one SQLite file, <c>slipway.db</c>, and the runs' files beside it.</summary>
public sealed class SqliteStore : IStore
{
    private readonly DataDirectoryLock _lock;
    private readonly Database _database;
    private readonly FileRunLogs _logs;
    private readonly Reclaimer _reclaimer;
    private int _disposed;

    private SqliteStore(StoreOptions options, TimeProvider time, DataDirectoryLock held, Database database, SecretSealer sealer)
    {
        _lock = held;
        _database = database;
        var directories = new RunDirectories(options.DataDirectory);
        _logs = new FileRunLogs(directories, options, time);
        _reclaimer = new Reclaimer(database, directories, _logs, options.OnBackgroundFault);
        var journal = new SqliteRunJournal(database, sealer, time);
        Sealer = sealer;
        Jobs = new SqliteJobStore(database, _reclaimer);
        Queue = new SqliteQueueStore(database, time);
        Journal = journal;
        Runs = new SqliteRunStore(database, journal, _reclaimer, time);
        Milestones = new SqliteMilestoneStore(database);
        Artifacts = new FileArtifactStore(directories);
        Stashes = new FileStashStore(directories);
        Tests = new SqliteTestResultStore(database);
        Users = new SqliteUserStore(database);
        Sessions = new SqliteSessionStore(database, time);
        Nodes = new SqliteNodeStore(database);
        Settings = new SqliteSettingStore(database);
    }

    /// <summary>Opens the data directory, making or migrating what is needed.</summary>
    /// <exception cref="StoreInUseException"/>
    /// <exception cref="StoreTooNewException"/>
    /// <exception cref="StoreUnavailableException"/>
    /// <exception cref="StoreFullException"/>
    public static Task<IStore> OpenAsync(StoreOptions options, TimeProvider? time = null)
    {
        options = options with { DataDirectory = Path.GetFullPath(options.DataDirectory) };
        var held = DataDirectoryLock.Acquire(options.DataDirectory);
        Session? writer = null;
        try
        {
            var path = Path.Combine(options.DataDirectory, "slipway.db");
            writer = new Session(path, readOnly: false);
            Migrations.Apply(writer);
            return Task.FromResult<IStore>(new SqliteStore(options, time ?? TimeProvider.System, held, new Database(path, writer), SecretSealer.LoadOrCreate(options.DataDirectory)));
        }
        catch (Exception failure)
        {
            writer?.Dispose();
            held.Dispose();
            throw failure is SqliteException or IOException or UnauthorizedAccessException
                ? DurableFiles.Translate(Failures.Translate(failure, "open"), $"The store in '{options.DataDirectory}' cannot be opened")
                : failure;
        }
    }

    public IJobStore Jobs { get; }

    public IQueueStore Queue { get; }

    public IRunJournal Journal { get; }

    public IRunStore Runs { get; }

    public IMilestoneStore Milestones { get; }

    public IRunLogs Logs => _logs;

    public IArtifactStore Artifacts { get; }

    public IStashStore Stashes { get; }

    public ITestResultStore Tests { get; }

    public IUserStore Users { get; }

    public ISessionStore Sessions { get; }

    public INodeStore Nodes { get; }

    public ISettingStore Settings { get; }

    public SecretSealer Sealer { get; }

    public Task ReclaimAsync(CancellationToken cancellation = default) => _reclaimer.ReclaimAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _reclaimer.DisposeAsync();
        await _logs.DisposeAsync();
        await _database.DisposeAsync();
        _lock.Dispose();
    }
}
