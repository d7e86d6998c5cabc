using Slipway.Store.Access;
using Slipway.Store.Sqlite.Connections;

namespace Slipway.Store.Sqlite.Access;

internal sealed class SqliteSessionStore(Database database, TimeProvider time) : ISessionStore
{
    public Task AddAsync(SessionRecord session, CancellationToken cancellation = default) => database.WriteAsync(
        s => s.Execute(
            "INSERT INTO sessions (hash, user, created, expires) VALUES (?1, ?2, ?3, ?4)",
            session.Hash, session.User, Columns.Of(session.Created), Columns.Of(session.Expires)),
        cancellation);

    public Task<SessionRecord?> FindAsync(string hash, CancellationToken cancellation = default) => database.ReadAsync(
        s => s.First(
            "SELECT hash, user, created, expires FROM sessions WHERE hash = ?1 AND expires > ?2",
            row => new SessionRecord(row.GetString(0), row.GetString(1), row.Time(2), row.Time(3)),
            hash, Columns.Of(time.GetUtcNow())),
        cancellation);

    public Task<bool> ExtendAsync(string hash, DateTimeOffset expires, CancellationToken cancellation = default) => database.WriteAsync(
        s => s.Execute("UPDATE sessions SET expires = ?2 WHERE hash = ?1 AND expires > ?3", hash, Columns.Of(expires), Columns.Of(time.GetUtcNow())) > 0,
        cancellation);

    public Task<bool> RemoveAsync(string hash, CancellationToken cancellation = default) =>
        database.WriteAsync(s => s.Execute("DELETE FROM sessions WHERE hash = ?1", hash) > 0, cancellation);

    public Task RemoveAllAsync(string user, string? except = null, CancellationToken cancellation = default) =>
        database.WriteAsync(s => s.Execute("DELETE FROM sessions WHERE user = ?1 AND hash IS NOT ?2", user, except), cancellation);

    public Task PruneAsync(CancellationToken cancellation = default) =>
        database.WriteAsync(s => s.Execute("DELETE FROM sessions WHERE expires <= ?1", Columns.Of(time.GetUtcNow())), cancellation);
}
