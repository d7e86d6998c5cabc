using Microsoft.Data.Sqlite;
using Slipway.Model;
using Slipway.Store.Runs;
using Slipway.Store.Sqlite.Connections;

namespace Slipway.Store.Sqlite.Runs;

/// <summary>How a run is read. Runs of deleted jobs are not there: the join leaves them out.</summary>
internal static class RunRows
{
    public const string Select = """
        SELECT r.id, r.job, j.path, r.number, r.state, r.result, r.queued, r.started, r.ended, r.display_name, r.description, r.kept, r.error, r.queue_item,
               r.parameters, r.causes, r.scm, r.nodes, t.total, t.failed, t.skipped, t.duration, r.infrastructure
        FROM runs r JOIN jobs j ON j.id = r.job LEFT JOIN test_summaries t ON t.run = r.id
        """;

    public static RunRecord Map(SqliteDataReader row) => new(
        new RunId(row.GetInt64(0)),
        new JobId(row.GetInt64(1)),
        JobPath.Parse(row.GetString(2)),
        row.GetInt32(3),
        Columns.State(row.GetString(4)),
        Columns.Result(row.Text(5)),
        row.Time(6),
        row.Time(7),
        row.TimeOrNull(8),
        row.Text(9),
        row.Text(10),
        row.Flag(11),
        row.Text(12),
        row.Flag(22),
        row.Long(13) is { } item ? new QueueItemId(item) : null,
        row.Json(14, ModelJson.Default.IReadOnlyListParameterValue),
        row.Json(15, ModelJson.Default.IReadOnlyListRunCause),
        row.JsonOrNull(16, StoreJson.Default.ScmRevision),
        row.Json(17, StoreJson.Default.IReadOnlyListString),
        row.IsDBNull(18) ? null : new TestSummary(row.GetInt32(18), row.GetInt32(19), row.GetInt32(20), row.Span(21)));

    public static RunRecord? Find(Session session, RunId run) => session.First($"{Select} WHERE r.id = ?1", Map, run.Value);
}
