using Microsoft.Data.Sqlite;
using Slipway.Store.Access;
using Slipway.Store.Sqlite.Connections;

namespace Slipway.Store.Sqlite.Access;

internal sealed class SqliteUserStore(Database database) : IUserStore
{
    private const string Select = "SELECT id, full_name, password_hash, created, administrator, disabled FROM users";
    private const string SelectTokens = "SELECT id, user, name, hash, created, last_used FROM api_tokens";

    private static UserRecord Map(SqliteDataReader row) => new(row.GetString(0), row.GetString(1), row.Text(2), row.Time(3), row.Flag(4), row.Flag(5));

    private static ApiTokenRecord MapToken(SqliteDataReader row) =>
        new(Guid.Parse(row.GetString(0)), row.GetString(1), row.GetString(2), row.GetString(3), row.Time(4), row.TimeOrNull(5));

    public Task<UserRecord?> FindAsync(string id, CancellationToken cancellation = default) =>
        database.ReadAsync(s => s.First($"{Select} WHERE id = ?1", Map, id), cancellation);

    public Task<IReadOnlyList<UserRecord>> ListAsync(CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlyList<UserRecord>>(s => s.Query($"{Select} ORDER BY id", Map), cancellation);

    public Task SaveAsync(UserRecord user, CancellationToken cancellation = default) => database.WriteAsync(
        s => s.Execute(
            """
            INSERT INTO users (id, full_name, password_hash, created, administrator, disabled) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (id) DO UPDATE SET full_name = excluded.full_name, password_hash = excluded.password_hash, administrator = excluded.administrator, disabled = excluded.disabled
            """,
            user.Id, user.FullName, user.PasswordHash, Columns.Of(user.Created), Columns.Of(user.IsAdministrator), Columns.Of(user.IsDisabled)),
        cancellation);

    public Task<bool> DeleteAsync(string id, CancellationToken cancellation = default) => database.WriteAsync(
        s =>
        {
            s.Execute("DELETE FROM sessions WHERE user = ?1", id);
            return s.Execute("DELETE FROM users WHERE id = ?1", id) > 0;
        },
        cancellation);

    public Task<bool> AddTokenAsync(ApiTokenRecord token, CancellationToken cancellation = default) => database.WriteAsync(
        s => s.Execute(
            "INSERT INTO api_tokens (id, user, name, hash, created) SELECT ?1, id, ?3, ?4, ?5 FROM users WHERE id = ?2",
            token.Id.ToString(), token.User, token.Name, token.Hash, Columns.Of(token.Created)) > 0,
        cancellation);

    public Task<IReadOnlyList<ApiTokenRecord>> ListTokensAsync(string user, CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlyList<ApiTokenRecord>>(s => s.Query($"{SelectTokens} WHERE user = ?1 ORDER BY created, id", MapToken, user), cancellation);

    public Task<ApiTokenRecord?> FindTokenAsync(string hash, CancellationToken cancellation = default) =>
        database.ReadAsync(s => s.First($"{SelectTokens} WHERE hash = ?1", MapToken, hash), cancellation);

    public Task TouchTokenAsync(Guid token, DateTimeOffset used, CancellationToken cancellation = default)
    {
        var id = token.ToString();
        var minute = Columns.Of(used) / 60_000 * 60_000;

        // Looked at first: nearly every use finds its minute noted, and costs no write.
        return database.Read(s => s.Number("SELECT last_used FROM api_tokens WHERE id = ?1", id)) >= minute
            ? Task.CompletedTask
            : database.WriteAsync(s => s.Execute("UPDATE api_tokens SET last_used = ?2 WHERE id = ?1 AND (last_used IS NULL OR last_used < ?2)", id, minute), cancellation);
    }

    public Task<bool> RevokeTokenAsync(string user, Guid token, CancellationToken cancellation = default) =>
        database.WriteAsync(s => s.Execute("DELETE FROM api_tokens WHERE user = ?1 AND id = ?2", user, token.ToString()) > 0, cancellation);
}
