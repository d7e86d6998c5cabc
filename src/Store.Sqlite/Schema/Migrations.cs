using System.Reflection;
using Slipway.Store.Sqlite.Connections;

namespace Slipway.Store.Sqlite.Schema;

/// <summary>
/// Brings a database to this version's schema. The scripts <c>NNN_what.sql</c> are run in the order of their numbers, each once, in a transaction; how many have run stands in the
/// database's <c>user_version</c>. A script that was released is never changed.
/// </summary>
internal static class Migrations
{
    public static IReadOnlyList<Migration> All { get; } = Load();

    /// <exception cref="StoreTooNewException"/>
    public static void Apply(Session session) => Apply(session, All);

    public static void Apply(Session session, IReadOnlyList<Migration> migrations)
    {
        var done = (int)session.Number("PRAGMA user_version")!.Value;
        if (done > migrations.Count)
        {
            throw new StoreTooNewException(
                $"The database has schema version {done}, this server knows versions up to {migrations.Count}. It was used by a newer server: run that one, or restore a backup from before.");
        }

        foreach (var migration in migrations.Skip(done))
        {
            session.Run("BEGIN IMMEDIATE");
            try
            {
                session.Run(migration.Script);
                session.Run($"PRAGMA user_version = {migration.Number}");
                session.Run("COMMIT");
            }
            catch
            {
                if (session.InTransaction)
                {
                    session.Run("ROLLBACK");
                }

                throw;
            }
        }
    }

    private static IReadOnlyList<Migration> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var found = assembly.GetManifestResourceNames()
            .Where(n => n.Length > 3 && int.TryParse(n.AsSpan(0, 3), out _))
            .Order(StringComparer.Ordinal)
            .Select(n => new Migration(int.Parse(n.AsSpan(0, 3)), n, Text(assembly, n)))
            .ToList();
        for (var i = 0; i < found.Count; i++)
        {
            if (found[i].Number != i + 1)
            {
                throw new InvalidOperationException($"The migration '{found[i].Name}' stands where number {i + 1} is due.");
            }
        }

        return found;
    }

    private static string Text(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}

internal sealed record Migration(int Number, string Name, string Script);
