using Microsoft.Data.Sqlite;
using Slipway.Store.Nodes;
using Slipway.Store.Sqlite.Connections;

namespace Slipway.Store.Sqlite.Access;

internal sealed class SqliteNodeStore(Database database) : INodeStore
{
    private const string Select = "SELECT name, description, labels, executors, exclusive, remote_directory, secret, offline_reason, created FROM nodes";

    private static NodeRecord Map(SqliteDataReader row) => new(
        row.GetString(0),
        row.Text(1),
        row.Json(2, StoreJson.Default.IReadOnlyListString),
        row.GetInt32(3),
        row.Flag(4),
        row.GetString(5),
        row.GetString(6),
        row.Text(7),
        row.Time(8));

    public Task<NodeRecord?> FindAsync(string name, CancellationToken cancellation = default) =>
        database.ReadAsync(s => s.First($"{Select} WHERE name = ?1", Map, name), cancellation);

    public Task<IReadOnlyList<NodeRecord>> ListAsync(CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlyList<NodeRecord>>(s => s.Query($"{Select} ORDER BY name", Map), cancellation);

    public Task<bool> AddAsync(NodeRecord node, CancellationToken cancellation = default) => WriteAsync(
        """
        INSERT INTO nodes (name, description, labels, executors, exclusive, remote_directory, secret, offline_reason, created)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING
        """,
        node,
        cancellation);

    public Task<bool> UpdateAsync(NodeRecord node, CancellationToken cancellation = default) => WriteAsync(
        """
        UPDATE nodes SET description = ?2, labels = ?3, executors = ?4, exclusive = ?5, remote_directory = ?6, secret = ?7, offline_reason = ?8, created = ?9
        WHERE name = ?1
        """,
        node,
        cancellation);

    private Task<bool> WriteAsync(string sql, NodeRecord node, CancellationToken cancellation) => database.WriteAsync(
        s => s.Execute(
            sql,
            node.Name,
            node.Description,
            Columns.Of(node.Labels, StoreJson.Default.IReadOnlyListString),
            node.Executors,
            Columns.Of(node.IsExclusive),
            node.RemoteDirectory,
            node.Secret,
            node.OfflineReason,
            Columns.Of(node.Created)) > 0,
        cancellation);

    public Task<bool> DeleteAsync(string name, CancellationToken cancellation = default) =>
        database.WriteAsync(s => s.Execute("DELETE FROM nodes WHERE name = ?1", name) > 0, cancellation);
}
