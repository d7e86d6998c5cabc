using System.Text;
using Microsoft.Data.Sqlite;
using Slipway.Model;
using Slipway.Store.Sqlite.Connections;
using Slipway.Store.Tests;

namespace Slipway.Store.Sqlite.Tests;

internal sealed class SqliteTestResultStore(Database database) : ITestResultStore
{
    private const string SelectCases = "SELECT class, name, status, duration, message, stack, output, failed_since FROM test_cases";

    public Task<TestSummary> AddAsync(RunId run, long effect, IReadOnlyList<TestSuiteRecord> suites, CancellationToken cancellation = default) => database.WriteAsync(
        s =>
        {
            var (job, number) = s.First("SELECT job, number FROM runs WHERE id = ?1", row => (Job: row.GetInt64(0), Number: row.GetInt32(1)), run.Value);
            if (job == 0)
            {
                throw new RunMissingException(run);
            }

            s.Execute("DELETE FROM test_cases WHERE suite IN (SELECT id FROM test_suites WHERE run = ?1 AND effect = ?2)", run.Value, effect);
            s.Execute("DELETE FROM test_suites WHERE run = ?1 AND effect = ?2", run.Value, effect);
            var failing = FailingBefore(s, job, number);
            foreach (var suite in suites)
            {
                var id = s.Number(
                    "INSERT INTO test_suites (run, effect, name, duration) VALUES (?1, ?2, ?3, ?4) RETURNING id",
                    run.Value, effect, suite.Name, Columns.Of(suite.Duration))!.Value;
                foreach (var test in suite.Cases)
                {
                    Insert(s, run, id, test, test.Status == TestStatus.Failed ? failing.GetValueOrDefault((test.ClassName, test.Name), number) : null);
                }
            }

            WriteSummary(s, run, job, number);
            return SummaryOf(s, run, effect)!;
        },
        cancellation);

    private static void Insert(Session session, RunId run, long suite, TestCaseRecord test, int? failedSince) => session.Execute(
        """
        INSERT INTO test_cases (run, suite, class, name, status, duration, message, stack, output, failed_since)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        """,
        run.Value, suite, test.ClassName, test.Name, test.Status.ToString(), Columns.Of(test.Duration), Cut(test.Message), Cut(test.Stack), Cut(test.Output), failedSince);

    /// <summary>What failed in the run before, with the number of the run in which that began.</summary>
    private static Dictionary<(string Class, string Name), int> FailingBefore(Session session, long job, int number)
    {
        var failing = new Dictionary<(string, string), int>();
        var previous = session.First(
            "SELECT run, number FROM test_summaries WHERE job = ?1 AND number < ?2 ORDER BY number DESC LIMIT 1",
            row => (Run: row.GetInt64(0), Number: row.GetInt32(1)),
            job, number);
        foreach (var (name, since) in session.Query(
            "SELECT class, name, failed_since FROM test_cases WHERE run = ?1 AND status = 'Failed'",
            row => ((row.GetString(0), row.GetString(1)), row.Int(2) ?? previous.Number),
            previous.Run))
        {
            failing[name] = since;
        }

        return failing;
    }

    private static void WriteSummary(Session session, RunId run, long job, int number) => session.Execute(
        """
        INSERT OR REPLACE INTO test_summaries (run, job, number, total, failed, skipped, duration)
        SELECT ?1, ?2, ?3, count(*), coalesce(sum(status = 'Failed'), 0), coalesce(sum(status = 'Skipped'), 0),
               coalesce((SELECT sum(duration) FROM test_suites WHERE run = ?1), 0)
        FROM test_cases WHERE run = ?1
        """,
        run.Value, job, number);

    private static string? Cut(string? text) => text is null || text.Length <= ITestResultStore.LongestText
        ? text
        : new StringBuilder(text, 0, ITestResultStore.LongestText, ITestResultStore.LongestText + 64)
            .Append($"… [{text.Length - ITestResultStore.LongestText} more characters]")
            .ToString();

    public Task<TestSummary?> FindSummaryAsync(RunId run, CancellationToken cancellation = default) => database.ReadAsync(
        s => s.First("SELECT total, failed, skipped, duration FROM test_summaries WHERE run = ?1", row => MapSummary(row, 0), run.Value),
        cancellation);

    public Task<TestSummary?> FindSummaryAsync(RunId run, long effect, CancellationToken cancellation = default) =>
        database.ReadAsync(s => s.Number("SELECT id FROM test_suites WHERE run = ?1 AND effect = ?2 LIMIT 1", run.Value, effect) is null ? null : SummaryOf(s, run, effect), cancellation);

    private static TestSummary? SummaryOf(Session session, RunId run, long effect) => session.First(
        """
        SELECT count(*), coalesce(sum(status = 'Failed'), 0), coalesce(sum(status = 'Skipped'), 0),
               coalesce((SELECT sum(duration) FROM test_suites WHERE run = ?1 AND effect = ?2), 0)
        FROM test_cases WHERE suite IN (SELECT id FROM test_suites WHERE run = ?1 AND effect = ?2)
        """,
        row => MapSummary(row, 0),
        run.Value, effect);

    private static TestSummary MapSummary(SqliteDataReader row, int first) =>
        new(row.GetInt32(first), row.GetInt32(first + 1), row.GetInt32(first + 2), row.Span(first + 3));

    public Task<IReadOnlyList<TestSuiteRecord>> ReadAsync(RunId run, CancellationToken cancellation = default) => database.ReadAsync<IReadOnlyList<TestSuiteRecord>>(
        s => [.. s.Query("SELECT id, name, duration FROM test_suites WHERE run = ?1 ORDER BY id", row => (Id: row.GetInt64(0), Name: row.GetString(1), Duration: row.Span(2)), run.Value)
            .Select(suite => new TestSuiteRecord(suite.Name, suite.Duration, s.Query($"{SelectCases} WHERE suite = ?1 ORDER BY id", MapCase, suite.Id)))],
        cancellation);

    public Task<IReadOnlyList<TestCaseRecord>> ListAsync(RunId run, TestStatus status, int skip, int count, CancellationToken cancellation = default) =>
        database.ReadAsync<IReadOnlyList<TestCaseRecord>>(
            s => s.Query(
                "SELECT class, name, status, duration, message, stack, NULL, failed_since FROM test_cases WHERE run = ?1 AND status = ?2 ORDER BY id LIMIT ?4 OFFSET ?3",
                MapCase, run.Value, status.ToString(), skip, count),
            cancellation);

    private static TestCaseRecord MapCase(SqliteDataReader row) => new(
        row.GetString(0), row.GetString(1), Enum.Parse<TestStatus>(row.GetString(2)), row.Span(3), row.Text(4), row.Text(5), row.Text(6), row.Int(7));

    public Task<IReadOnlyList<TestTrendPoint>> ReadTrendAsync(JobId job, int count, CancellationToken cancellation = default) => database.ReadAsync<IReadOnlyList<TestTrendPoint>>(
        s =>
        {
            var points = s.Query(
                "SELECT run, number, total, failed, skipped, duration FROM test_summaries WHERE job = ?1 ORDER BY number DESC LIMIT ?2",
                row => new TestTrendPoint(new RunId(row.GetInt64(0)), row.GetInt32(1), MapSummary(row, 2)),
                job.Value, count);
            points.Reverse();
            return points;
        },
        cancellation);
}
