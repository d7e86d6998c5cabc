using System.Text.Json;
using Slipway.Model;
using Slipway.Model.Operations;
using Slipway.Store.Runs;
using Slipway.Store.Sqlite.Connections;

namespace Slipway.Store.Sqlite.Runs;

/// <summary>What checkouts brought, and where the next one begins.</summary>
internal static class ChangeRows
{
    private const int MostBranches = 200;

    /// <summary>A projection of a checkout's result. A run does not begin where it ended itself, so the newest of the runs before it stays too.</summary>
    public static void Add(Session session, RunId run, long effect, GitCheckedOut checkout)
    {
        session.Execute(
            "INSERT INTO revisions (job, url, branch, number, revision) SELECT job, ?2, ?3, number, ?4 FROM runs WHERE id = ?1 ON CONFLICT DO UPDATE SET revision = excluded.revision",
            run.Value, checkout.Url, checkout.Branch, checkout.Commit);
        session.Execute(
            """
            DELETE FROM revisions AS old
            WHERE (job, url, branch) = (SELECT job, ?2, ?3 FROM runs WHERE id = ?1)
              AND number < (SELECT max(r.number) FROM revisions AS r JOIN runs ON runs.id = ?1 WHERE r.job = runs.job AND r.url = ?2 AND r.branch = ?3 AND r.number < runs.number)
            """,
            run.Value, checkout.Url, checkout.Branch);
        if (checkout.Changes.Count > 0)
        {
            session.Execute(
                "INSERT INTO changes (run, effect, url, branch, revision, entries) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
                run.Value, effect, checkout.Url, checkout.Branch, checkout.Commit, JsonSerializer.Serialize(checkout.Changes, StoreJson.Default.IReadOnlyListChangeEntry));
        }
    }

    public static IReadOnlyList<ChangeSetRecord> Read(Session session, RunId run) =>
    [
        .. session.Query(
            "SELECT url, branch, revision, entries FROM changes WHERE run = ?1 ORDER BY effect",
            row => new ChangeSetRecord(row.GetString(0), row.GetString(1), row.GetString(2), JsonSerializer.Deserialize(row.GetString(3), StoreJson.Default.IReadOnlyListChangeEntry)!),
            run.Value).DistinctBy(s => (s.Url, s.Revision)),
    ];

    public static IReadOnlyDictionary<string, string> FindRevisions(Session session, JobId job, int before, string url) => session.Query(
        // A bare column beside max() is that of the row with the maximum.
        "SELECT branch, revision, max(number) FROM revisions WHERE job = ?1 AND url = ?2 AND number < ?3 GROUP BY branch ORDER BY max(number) DESC LIMIT ?4",
        row => KeyValuePair.Create(row.GetString(0), row.GetString(1)),
        job.Value, url, before, MostBranches).ToDictionary();
}
