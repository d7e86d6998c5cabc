using Slipway.Model;
using Slipway.Store.Runs;
using Slipway.Store.Sqlite.Connections;

namespace Slipway.Store.Sqlite.Runs;

internal sealed class SqliteRunStore(Database database, SqliteRunJournal journal, Reclaimer reclaimer, TimeProvider time) : IRunStore
{
    private const int RetentionPage = 500;

    public Task<RunRecord?> FindAsync(RunId run, CancellationToken cancellation = default) => database.ReadAsync(s => RunRows.Find(s, run), cancellation);

    public Task<RunRecord?> FindAsync(JobId job, int number, CancellationToken cancellation = default) =>
        database.ReadAsync(s => s.First($"{RunRows.Select} WHERE r.job = ?1 AND r.number = ?2", RunRows.Map, job.Value, number), cancellation);

    public Task<RunRecord?> FindAsync(JobId job, RunPermalink permalink, CancellationToken cancellation = default) =>
        database.ReadAsync(s => Find(s, job, permalink), cancellation);

    public Task<RunRecord?> FindOldestAsync(JobId job, CancellationToken cancellation = default) =>
        database.ReadAsync(s => s.First($"{RunRows.Select} WHERE r.job = ?1 ORDER BY r.number LIMIT 1", RunRows.Map, job.Value), cancellation);

    private static RunRecord? Find(Session session, JobId job, RunPermalink permalink) => permalink switch
    {
        RunPermalink.LastBuild => session.First($"{RunRows.Select} WHERE r.job = ?1 ORDER BY r.number DESC LIMIT 1", RunRows.Map, job.Value),
        RunPermalink.LastCompletedBuild => session.First($"{RunRows.Select} WHERE r.job = ?1 AND r.state = 'finished' ORDER BY r.number DESC LIMIT 1", RunRows.Map, job.Value),
        RunPermalink.LastSuccessfulBuild => FindNewest(session, job, RunResult.Success, RunResult.Unstable),
        RunPermalink.LastStableBuild => FindNewest(session, job, RunResult.Success),
        RunPermalink.LastUnstableBuild => FindNewest(session, job, RunResult.Unstable),
        RunPermalink.LastUnsuccessfulBuild => FindNewest(session, job, RunResult.Unstable, RunResult.Failure, RunResult.NotBuilt, RunResult.Aborted),
        RunPermalink.LastFailedBuild => FindNewest(session, job, RunResult.Failure),
        _ => throw new ArgumentOutOfRangeException(nameof(permalink)),
    };

    // One step into the index for each result: a list of results in one statement would be sorted, run by run.
    private static RunRecord? FindNewest(Session session, JobId job, params ReadOnlySpan<RunResult> results)
    {
        long? newest = null;
        foreach (var result in results)
        {
            var number = session.Number("SELECT max(number) FROM runs WHERE job = ?1 AND result = ?2 AND state = 'finished'", job.Value, result.ToJenkins());
            newest = number > (newest ?? 0) ? number : newest;
        }

        return newest is null ? null : session.First($"{RunRows.Select} WHERE r.job = ?1 AND r.number = ?2", RunRows.Map, job.Value, newest);
    }

    public Task<IReadOnlyList<RunRecord>> ListAsync(JobId job, int? before, int count, CancellationToken cancellation = default) => database.ReadAsync<IReadOnlyList<RunRecord>>(
        s => s.Query($"{RunRows.Select} WHERE r.job = ?1 AND r.number < ?2 ORDER BY r.number DESC LIMIT ?3", RunRows.Map, job.Value, (long?)before ?? long.MaxValue, count),
        cancellation);

    public Task<IReadOnlyList<RunRecord>> ListRecentAsync(RunId? before, int count, CancellationToken cancellation = default) => database.ReadAsync<IReadOnlyList<RunRecord>>(
        s => s.Query($"{RunRows.Select} WHERE r.id < ?1 ORDER BY r.id DESC LIMIT ?2", RunRows.Map, before?.Value ?? long.MaxValue, count),
        cancellation);

    public Task<IReadOnlyDictionary<JobId, LatestRuns>> ReadLatestAsync(IReadOnlyCollection<JobId> jobs, CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlyDictionary<JobId, LatestRuns>>(
            s => jobs.Distinct().ToDictionary(
                job => job,
                job => Find(s, job, RunPermalink.LastBuild) is { } last
                    ? new LatestRuns(last, Find(s, job, RunPermalink.LastCompletedBuild), Find(s, job, RunPermalink.LastSuccessfulBuild), Find(s, job, RunPermalink.LastFailedBuild))
                    : new LatestRuns(null, null, null, null)),
            cancellation);

    public Task<TimeSpan?> EstimateDurationAsync(JobId job, CancellationToken cancellation = default) => database.ReadAsync(
        s => s.Number(
            """
            SELECT CAST(avg(ended - started) AS INTEGER) FROM
                (SELECT ended, started FROM runs WHERE job = ?1 AND result = 'SUCCESS' AND state = 'finished' ORDER BY number DESC LIMIT 3)
            """,
            job.Value) is { } mean ? TimeSpan.FromMilliseconds(mean) : (TimeSpan?)null,
        cancellation);

    public Task<IReadOnlyDictionary<JobId, IReadOnlyList<RunRecord>>> ListEndedAsync(IReadOnlyCollection<JobId> jobs, int count, CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlyDictionary<JobId, IReadOnlyList<RunRecord>>>(
            s => jobs.Distinct().ToDictionary(
                job => job,
                IReadOnlyList<RunRecord> (job) => s.Query($"{RunRows.Select} WHERE r.job = ?1 AND r.state = 'finished' ORDER BY r.number DESC LIMIT ?2", RunRows.Map, job.Value, count)),
            cancellation);

    public Task<IReadOnlyList<ChangeSetRecord>> ReadChangesAsync(RunId run, CancellationToken cancellation = default) => database.ReadAsync(s => ChangeRows.Read(s, run), cancellation);

    public Task<IReadOnlyDictionary<string, string>> FindRevisionsAsync(JobId job, int before, string url, CancellationToken cancellation = default) =>
        database.ReadAsync(s => ChangeRows.FindRevisions(s, job, before, url), cancellation);

    public Task<IReadOnlyList<RunSummaryRecord>> SummarizeAsync(IReadOnlyList<RunId> runs, CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlyList<RunSummaryRecord>>(
            s =>
            {
                var summaries = new List<RunSummaryRecord>(runs.Count);
                foreach (var run in runs)
                {
                    if (RunRows.Find(s, run) is { } row)
                    {
                        summaries.Add(new RunSummaryRecord(row, FlowNodeRows.Outermost(s, run)));
                    }
                }

                return summaries;
            },
            cancellation);

    public Task<IReadOnlyList<FlowNodeRecord>> ReadFlowNodesAsync(RunId run, CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlyList<FlowNodeRecord>>(s => FlowNodeRows.All(s, run), cancellation);

    public Task<bool> SetKeptForeverAsync(RunId run, bool kept, CancellationToken cancellation = default) =>
        database.WriteAsync(s => s.Execute("UPDATE runs SET kept = ?2 WHERE id = ?1", run.Value, Columns.Of(kept)) > 0, cancellation);

    public Task<bool> DescribeAsync(RunId run, string? displayName, string? description, CancellationToken cancellation = default) => database.WriteAsync(
        s =>
        {
            journal.RowChanged(run);
            return s.Execute(
                """
                UPDATE runs SET display_name = CASE WHEN ?2 IS NULL THEN display_name ELSE nullif(?2, '') END,
                                description  = CASE WHEN ?3 IS NULL THEN description  ELSE nullif(?3, '') END
                WHERE id = ?1
                """,
                run.Value, displayName, description) > 0;
        },
        cancellation);

    public async Task<bool> DeleteAsync(RunId run, CancellationToken cancellation = default)
    {
        var deleted = await database.WriteAsync(s => Delete(s, run), cancellation);
        reclaimer.Wake();
        return deleted;
    }

    private static bool Delete(Session session, RunId run)
    {
        if (session.Execute("DELETE FROM runs WHERE id = ?1 AND state = 'finished'", run.Value) == 0)
        {
            return false;
        }

        session.Execute("INSERT INTO doomed_runs (run) VALUES (?1)", run.Value);
        return true;
    }

    public async Task<RetentionOutcome> ApplyRetentionAsync(JobId job, BuildRetention rules, CancellationToken cancellation = default)
    {
        var runs = new List<RunId>();
        var artifacts = new List<RunId>();
        await Sweep(rules.DaysToKeep, rules.NumberToKeep, "kept = 0", runs, Delete);
        await Sweep(rules.ArtifactDaysToKeep, rules.ArtifactNumberToKeep, "kept = 0 AND artifacts = 1", artifacts, DeleteArtifacts);
        reclaimer.Wake();
        return new RetentionOutcome(runs, artifacts);

        // Page by page: a job that had no rules until now must not hold up every other write.
        async Task Sweep(int? days, int? count, string among, List<RunId> gone, Func<Session, RunId, bool> delete)
        {
            if (days is not > 0 && count is not > 0)
            {
                return;
            }

            int found;
            do
            {
                found = await database.WriteAsync(
                    s =>
                    {
                        var page = Expired(s, job, days, count, among);
                        page.ForEach(r => delete(s, r));
                        gone.AddRange(page);
                        return page.Count;
                    },
                    cancellation);
            }
            while (found == RetentionPage);
        }
    }

    private List<RunId> Expired(Session session, JobId job, int? days, int? count, string among)
    {
        long? oldestTime = days is > 0 ? Columns.Of(time.GetUtcNow().AddDays(-days.Value)) : null;
        var oldestNumber = count is > 0
            ? session.Number("SELECT number FROM runs WHERE job = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2", job.Value, count.Value - 1)
            : null;
        return session.Query(
            $"""
            SELECT id FROM runs WHERE job = ?1 AND state = 'finished' AND {among} AND (started < ?2 OR number < ?3) AND number NOT IN (?4, ?5)
            ORDER BY number LIMIT {RetentionPage}
            """,
            row => new RunId(row.GetInt64(0)),
            job.Value,
            oldestTime ?? long.MinValue,
            oldestNumber ?? long.MinValue,
            FindNewest(session, job, RunResult.Success, RunResult.Unstable)?.Number ?? 0,
            FindNewest(session, job, RunResult.Success)?.Number ?? 0);
    }

    private static bool DeleteArtifacts(Session session, RunId run)
    {
        session.Execute("UPDATE runs SET artifacts = 0 WHERE id = ?1", run.Value);
        session.Execute("INSERT INTO doomed_artifacts (run) VALUES (?1) ON CONFLICT DO NOTHING", run.Value);
        return true;
    }
}
