using Microsoft.Data.Sqlite;
using Slipway.Model;
using Slipway.Store.Runs;
using Slipway.Store.Sqlite.Connections;

namespace Slipway.Store.Sqlite.Runs;

/// <summary>The graph of a run as rows.</summary>
internal static class FlowNodeRows
{
    private const string Select = "SELECT node, parent, kind, function, name, detail, started, ended, status, reason FROM flow_nodes n";

    public static List<FlowNodeRecord> All(Session session, RunId run) => session.Query($"{Select} WHERE run = ?1 ORDER BY sequence", Map, run.Value);

    /// <summary>Stages and branches with no other above them. Only they are read whole: a run has many more steps than stages.</summary>
    public static List<FlowNodeRecord> Outermost(Session session, RunId run) => session.Query(
        $"""
        {Select} WHERE run = ?1 AND kind <> 'Step' AND NOT EXISTS (
            WITH RECURSIVE above (node, kind, parent) AS (
                SELECT a.node, a.kind, a.parent FROM flow_nodes a WHERE a.run = ?1 AND a.node = n.parent
                UNION ALL
                SELECT a.node, a.kind, a.parent FROM flow_nodes a JOIN above ON a.run = ?1 AND a.node = above.parent)
            SELECT 1 FROM above WHERE kind <> 'Step')
        ORDER BY sequence
        """,
        Map,
        run.Value);

    private static FlowNodeRecord Map(SqliteDataReader row) => new(
        row.GetInt32(0),
        row.Int(1),
        Enum.Parse<FlowNodeKind>(row.GetString(2)),
        row.GetString(3),
        row.Text(4),
        row.Text(5),
        row.Time(6),
        row.TimeOrNull(7),
        row.Text(8) is { } status ? Enum.Parse<FlowNodeStatus>(status) : null,
        row.Text(9));
}
