using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using Slipway.Model;
using Slipway.Store.Queue;
using Slipway.Store.Runs;
using Slipway.Store.Sqlite.Connections;
using Slipway.Store.Sqlite.Runs;

namespace Slipway.Store.Sqlite.Jobs;

internal sealed class SqliteQueueStore(Database database, TimeProvider time) : IQueueStore
{
    private const string Select = """
        SELECT q.id, q.job, j.path, q.parameters, q.causes, q.since, q.due, q.departed, q.cancelled, q.run, q.number FROM queue_items q JOIN jobs j ON j.id = q.job
        """;

    private static QueueItemRecord Map(SqliteDataReader row) => new(
        new QueueItemId(row.GetInt64(0)),
        new JobId(row.GetInt64(1)),
        JobPath.Parse(row.GetString(2)),
        row.Json(3, ModelJson.Default.IReadOnlyListParameterValue),
        row.Json(4, ModelJson.Default.IReadOnlyListRunCause),
        row.Time(5),
        row.Time(6),
        row.TimeOrNull(7),
        row.Flag(8),
        row.Long(9) is { } run ? new RunId(run) : null,
        row.Int(10));

    public Task<QueueAdmission> EnqueueAsync(QueueRequest request, CancellationToken cancellation = default)
    {
        var parameters = Columns.Of(request.Parameters, ModelJson.Default.IReadOnlyListParameterValue);
        var fingerprint = Fingerprint(request.Parameters);
        return database.WriteAsync(
            s =>
            {
                var waiting = s.First($"{Select} WHERE q.job = ?1 AND q.fingerprint = ?2 AND q.departed IS NULL", Map, request.Job.Value, fingerprint);
                if (waiting is not null)
                {
                    return new QueueAdmission(Join(s, waiting, request), Joined: true);
                }

                var id = s.Number(
                    """
                    INSERT INTO queue_items (job, fingerprint, parameters, causes, since, due)
                    SELECT id, ?2, ?3, ?4, ?5, ?6 FROM jobs WHERE id = ?1 RETURNING id
                    """,
                    request.Job.Value, fingerprint, parameters, Causes(request.Causes), Columns.Of(time.GetUtcNow()), Columns.Of(request.Due));
                return new QueueAdmission(id is { } made ? Find(s, new QueueItemId(made)) : null, Joined: false);
            },
            cancellation);
    }

    private static QueueItemRecord Join(Session session, QueueItemRecord waiting, QueueRequest request)
    {
        var due = request.AtOnce
            ? Columns.Rounded(request.Due < waiting.Due ? request.Due : waiting.Due)
            : Columns.Rounded(request.Due > waiting.Due ? request.Due : waiting.Due);
        IReadOnlyList<RunCause> causes = [.. waiting.Causes, .. request.Causes.Where(c => !waiting.Causes.Contains(c))];
        session.Execute("UPDATE queue_items SET causes = ?2, due = ?3 WHERE id = ?1", waiting.Id.Value, Causes(causes), Columns.Of(due));
        return waiting with { Causes = causes, Due = due };
    }

    private static string Causes(IReadOnlyList<RunCause> causes) => Columns.Of(causes, ModelJson.Default.IReadOnlyListRunCause);

    /// <summary>The same for the same values, in whatever order they were given.</summary>
    private static string Fingerprint(IReadOnlyList<ParameterValue> parameters)
    {
        IReadOnlyList<ParameterValue> sorted = [.. parameters.OrderBy(p => p.Name, StringComparer.Ordinal)];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Columns.Of(sorted, ModelJson.Default.IReadOnlyListParameterValue))));
    }

    public Task<IReadOnlyList<QueueItemRecord>> ListWaitingAsync(CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlyList<QueueItemRecord>>(s => s.Query($"{Select} WHERE q.departed IS NULL ORDER BY q.id", Map), cancellation);

    public Task<IReadOnlyList<QueueItemRecord>> ListWaitingAsync(JobId job, CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlyList<QueueItemRecord>>(s => s.Query($"{Select} WHERE q.job = ?1 AND q.departed IS NULL ORDER BY q.id", Map, job.Value), cancellation);

    public Task<QueueItemRecord?> FindAsync(QueueItemId item, CancellationToken cancellation = default) => database.ReadAsync(s => Find(s, item), cancellation);

    private static QueueItemRecord? Find(Session session, QueueItemId item) => session.First($"{Select} WHERE q.id = ?1", Map, item.Value);

    public Task<bool> CancelAsync(QueueItemId item, CancellationToken cancellation = default) => database.WriteAsync(
        s => s.Execute("UPDATE queue_items SET departed = ?2, cancelled = 1 WHERE id = ?1 AND departed IS NULL", item.Value, Columns.Of(time.GetUtcNow())) > 0,
        cancellation);

    public Task<RunRecord?> StartAsync(QueueItemId item, CancellationToken cancellation = default) => database.WriteAsync(
        s =>
        {
            if (Find(s, item) is not { IsWaiting: true } waiting)
            {
                return null;
            }

            var now = Columns.Of(time.GetUtcNow());
            var number = s.Number("UPDATE jobs SET next_number = next_number + 1 WHERE id = ?1 RETURNING next_number - 1", waiting.Job.Value)!.Value;
            var run = s.Number(
                """
                INSERT INTO runs (job, number, state, queued, started, queue_item, parameters, causes)
                SELECT job, ?2, 'queued', since, ?3, id, parameters, causes FROM queue_items WHERE id = ?1 RETURNING id
                """,
                item.Value, number, now)!.Value;
            s.Execute("UPDATE queue_items SET departed = ?2, run = ?3, number = ?4 WHERE id = ?1", item.Value, now, run, number);
            return RunRows.Find(s, new RunId(run));
        },
        cancellation);

    public Task PruneAsync(DateTimeOffset leftBefore, CancellationToken cancellation = default) =>
        database.WriteAsync(s => s.Execute("DELETE FROM queue_items WHERE departed < ?1", Columns.Of(leftBefore)), cancellation);
}
