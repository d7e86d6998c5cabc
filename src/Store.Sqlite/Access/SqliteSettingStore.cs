using Slipway.Store.Settings;
using Slipway.Store.Sqlite.Connections;

namespace Slipway.Store.Sqlite.Access;

internal sealed class SqliteSettingStore(Database database) : ISettingStore
{
    public Task<string?> FindAsync(string key, CancellationToken cancellation = default) => database.ReadAsync(s => Find(s, key), cancellation);

    private static string? Find(Session session, string key) => session.First("SELECT value FROM settings WHERE key = ?1", row => row.GetString(0), key);

    public Task SetAsync(string key, string value, CancellationToken cancellation = default) => database.WriteAsync(
        s => s.Execute("INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value),
        cancellation);

    public Task<string> GetOrAddAsync(string key, Func<string> create, CancellationToken cancellation = default) => database.WriteAsync(
        s =>
        {
            if (Find(s, key) is { } known)
            {
                return known;
            }

            var made = create();
            s.Execute("INSERT INTO settings (key, value) VALUES (?1, ?2)", key, made);
            return made;
        },
        cancellation);

    public Task<bool> RemoveAsync(string key, CancellationToken cancellation = default) =>
        database.WriteAsync(s => s.Execute("DELETE FROM settings WHERE key = ?1", key) > 0, cancellation);
}
