using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Slipway.Model;
using Slipway.Store.Jobs;
using Slipway.Store.Sqlite.Connections;
using Slipway.Store.Sqlite.Runs;

namespace Slipway.Store.Sqlite.Jobs;

internal sealed class SqliteJobStore(Database database, Reclaimer reclaimer) : IJobStore
{
    private const int PageSize = 200;
    private const string Select = "SELECT id, path, definition, enabled, declared, next_number FROM jobs";

    /// <summary>The tree's own root: no row, and the parent of what lies at the top.</summary>
    private const long Root = 0;

    private static JobRecord Map(SqliteDataReader row) => new(
        new JobId(row.GetInt64(0)),
        JobPath.Parse(row.GetString(1)),
        row.Json(2, ModelJson.Default.JobDefinition),
        row.Flag(3),
        row.JsonOrNull(4, StoreJson.Default.DeclaredProperties),
        row.GetInt32(5));

    public Task<JobRecord?> FindAsync(JobPath path, CancellationToken cancellation = default) => database.ReadAsync(s => Find(s, path), cancellation);

    public Task<JobRecord?> FindAsync(JobId id, CancellationToken cancellation = default) => database.ReadAsync(s => Find(s, id), cancellation);

    private static JobRecord? Find(Session session, JobPath path) => session.First($"{Select} WHERE path = ?1", Map, path.Value);

    private static JobRecord? Find(Session session, JobId id) => session.First($"{Select} WHERE id = ?1", Map, id.Value);

    public Task<IReadOnlyList<JobRecord>> ListAsync(JobPath folder, string? after, int count, CancellationToken cancellation = default) => database.ReadAsync<IReadOnlyList<JobRecord>>(
        s => FolderId(s, folder, out _) is { } parent
            ? s.Query($"{Select} WHERE parent = ?1 AND name > ?2 ORDER BY name LIMIT ?3", Map, parent, after ?? "", count)
            : [],
        cancellation);

    public async IAsyncEnumerable<JobRecord> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var after = "";
        List<JobRecord> page;
        do
        {
            page = await database.ReadAsync(s => s.Query($"{Select} WHERE path > ?1 ORDER BY path LIMIT {PageSize}", Map, after), cancellation);
            foreach (var job in page)
            {
                yield return job;
                after = job.Path.Value;
            }
        }
        while (page.Count == PageSize);
    }

    public Task<string?> ReadConfigAsync(JobId job, CancellationToken cancellation = default) =>
        database.ReadAsync(s => s.First("SELECT config FROM jobs WHERE id = ?1", row => row.GetString(0), job.Value), cancellation);

    public Task<JobChange> CreateAsync(JobPath path, string configXml, JobDefinition definition, CancellationToken cancellation = default) => database.WriteAsync(
        s =>
        {
            if (FaultOfPlace(s, path, out var parent) is { } fault)
            {
                return fault;
            }

            var id = s.Number(
                "INSERT INTO jobs (parent, name, path, config, definition, enabled) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
                parent, path.Name, path.Value, configXml, Columns.Of(definition, ModelJson.Default.JobDefinition), Columns.Of(definition.IsEnabled));
            return Done(Find(s, new JobId(id!.Value))!);
        },
        cancellation);

    public Task<JobChange> ConfigureAsync(JobId job, string configXml, JobDefinition definition, CancellationToken cancellation = default) => database.WriteAsync(
        s =>
        {
            if (Find(s, job) is not { } before)
            {
                return NotFound(job);
            }

            if (before.Definition.Kind != definition.Kind)
            {
                return new JobChange(JobChangeStatus.Refused, null, $"'{before.Path}' is a {Word(before.Definition.Kind)} and cannot become a {Word(definition.Kind)}. Delete it and create it anew.");
            }

            s.Execute(
                "UPDATE jobs SET config = ?2, definition = ?3, enabled = ?4 WHERE id = ?1",
                job.Value, configXml, Columns.Of(definition, ModelJson.Default.JobDefinition), Columns.Of(definition.IsEnabled));
            return Done(Find(s, job)!);
        },
        cancellation);

    public Task<JobChange> MoveAsync(JobId job, JobPath to, CancellationToken cancellation = default) => database.WriteAsync(
        s =>
        {
            if (Find(s, job) is not { } before)
            {
                return NotFound(job);
            }

            if (before.Path == to)
            {
                return Done(before);
            }

            if (to.Value.StartsWith(before.Path.Value + "/", StringComparison.Ordinal))
            {
                return new JobChange(JobChangeStatus.Refused, null, $"'{before.Path}' cannot be moved into itself.");
            }

            if (FaultOfPlace(s, to, out var parent) is { } fault)
            {
                return fault;
            }

            s.Execute("UPDATE jobs SET parent = ?2, name = ?3, path = ?4 WHERE id = ?1", job.Value, parent, to.Name, to.Value);
            s.Execute("UPDATE jobs SET path = ?3 || substr(path, ?4) WHERE path >= ?1 AND path < ?2", Below(before.Path), Behind(before.Path), to.Value, before.Path.Value.Length + 1);
            return Done(Find(s, job)!);
        },
        cancellation);

    public Task<bool> SetEnabledAsync(JobId job, bool enabled, string configXml, CancellationToken cancellation = default) =>
        database.WriteAsync(s => s.Execute("UPDATE jobs SET enabled = ?2, config = ?3 WHERE id = ?1", job.Value, Columns.Of(enabled), configXml) > 0, cancellation);

    public Task<bool> DeclareAsync(JobId job, DeclaredProperties? declared, CancellationToken cancellation = default)
    {
        var json = declared is null ? null : Columns.Of(declared, StoreJson.Default.DeclaredProperties);
        return database.WriteAsync(s => s.Execute("UPDATE jobs SET declared = ?2 WHERE id = ?1", job.Value, json) > 0, cancellation);
    }

    public async Task<JobChange> DeleteAsync(JobId job, CancellationToken cancellation = default)
    {
        var change = await database.WriteAsync(s => Delete(s, job), cancellation);
        reclaimer.Wake();
        return change;
    }

    private static JobChange Delete(Session session, JobId job)
    {
        if (Find(session, job) is not { } before)
        {
            return NotFound(job);
        }

        const string Tree = "SELECT id FROM jobs WHERE id = ?1 OR (path >= ?2 AND path < ?3)";
        object?[] tree = [job.Value, Below(before.Path), Behind(before.Path)];
        var going = session.Query(
            $"SELECT j.path || ' #' || r.number FROM runs r JOIN jobs j ON j.id = r.job WHERE r.state <> 'finished' AND r.job IN ({Tree}) LIMIT 3", row => row.GetString(0), tree);
        if (going.Count > 0)
        {
            return new JobChange(JobChangeStatus.Refused, before, $"'{before.Path}' cannot be deleted while runs of it are going ({string.Join(", ", going)}). Stop them first.");
        }

        session.Execute($"DELETE FROM queue_items WHERE departed IS NULL AND job IN ({Tree})", tree);
        session.Execute($"INSERT INTO doomed_jobs (job) {Tree}", tree);
        session.Execute("DELETE FROM jobs WHERE id = ?1 OR (path >= ?2 AND path < ?3)", tree);
        return Done(before);
    }

    public Task<JobChange> SetNextNumberAsync(JobId job, int number, CancellationToken cancellation = default) => database.WriteAsync(
        s =>
        {
            if (Find(s, job) is not { } before)
            {
                return NotFound(job);
            }

            var highest = s.Number("SELECT max(number) FROM runs WHERE job = ?1", job.Value) ?? 0;
            if (number <= highest)
            {
                return new JobChange(JobChangeStatus.Refused, before, $"The next number of '{before.Path}' must be above {highest}, the number of its newest run.");
            }

            s.Execute("UPDATE jobs SET next_number = ?2 WHERE id = ?1", job.Value, number);
            return Done(before with { NextNumber = number });
        },
        cancellation);

    /// <summary>Whether something new can stand at this path; null if it can.</summary>
    private static JobChange? FaultOfPlace(Session session, JobPath path, out long parent)
    {
        parent = Root;
        if (path.IsRoot)
        {
            return new JobChange(JobChangeStatus.Refused, null, "The root folder cannot be replaced. Give a name.");
        }

        if (FolderId(session, path.Parent, out var found) is not { } folder)
        {
            return found is null
                ? new JobChange(JobChangeStatus.NotFound, null, $"There is no folder '{path.Parent}'. Create it first.")
                : new JobChange(JobChangeStatus.NotFound, null, $"'{path.Parent}' is a {Word(found.Definition.Kind)}, not a folder: nothing can lie in it.");
        }

        parent = folder;
        return Find(session, path) is null ? null : new JobChange(JobChangeStatus.Taken, null, $"A job already exists with the name '{path}'. Choose another name.");
    }

    private static long? FolderId(Session session, JobPath path, out JobRecord? found)
    {
        found = path.IsRoot ? null : Find(session, path);
        return path.IsRoot ? Root : found is { Definition.Kind: ItemKind.Folder } ? found.Id.Value : null;
    }

    // The paths below a folder are those from "folder/" up to "folder0", for '0' is the character behind '/'.
    private static string Below(JobPath path) => path.Value + "/";

    private static string Behind(JobPath path) => path.Value + "0";

    private static string Word(ItemKind kind) => kind == ItemKind.Folder ? "folder" : "pipeline";

    private static JobChange Done(JobRecord job) => new(JobChangeStatus.Done, job, null);

    private static JobChange NotFound(JobId job) => new(JobChangeStatus.NotFound, null, $"There is no job with the id {job}; was it deleted?");
}
