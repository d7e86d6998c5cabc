using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Web.Runs;

/// <summary>A run's tests as the page shows them: what failed first, then suites; bounded, however many there are.</summary>
/// <param name="Filter">What names must contain.</param>
/// <param name="Matching">How many cases the filter leaves.</param>
public sealed record TestsModel(
    TestSummary Summary,
    string? Filter,
    string? OpenSuite,
    int Matching,
    IReadOnlyList<TestCaseView> Failures,
    IReadOnlyList<TestSuiteRow> Suites)
{
    public const int MostFailures = 100;
    public const int MostCases = 300;

    public static TestsModel Build(IReadOnlyList<TestSuiteView> suites, string? filter, string? openSuite)
    {
        var all = suites.SelectMany(s => s.Cases).ToList();
        var failures = all.Where(c => c.Status == TestStatus.Failed && Matches(c, filter)).ToList();
        var rows = suites.Select(s => RowOf(s, filter, openSuite)).Where(r => r.Shown > 0 || filter is null).OrderByDescending(r => r.Failed > 0).ThenBy(r => r.Name, StringComparer.Ordinal).ToList();
        var summary = new TestSummary(
            all.Count,
            all.Count(c => c.Status == TestStatus.Failed),
            all.Count(c => c.Status == TestStatus.Skipped),
            suites.Aggregate(TimeSpan.Zero, (sum, s) => sum + s.Duration));
        return new TestsModel(summary, filter, openSuite, rows.Sum(r => r.Shown), [.. failures.Take(MostFailures)], rows);
    }

    private static TestSuiteRow RowOf(TestSuiteView suite, string? filter, string? openSuite)
    {
        var matching = suite.Cases.Where(c => Matches(c, filter)).ToList();
        var isOpen = suite.Name == openSuite;
        return new TestSuiteRow(
            suite.Name,
            suite.Duration,
            suite.Cases.Count,
            suite.Cases.Count(c => c.Status == TestStatus.Failed),
            suite.Cases.Count(c => c.Status == TestStatus.Skipped),
            matching.Count,
            isOpen ? [.. matching.OrderByDescending(c => c.Status == TestStatus.Failed).Take(MostCases)] : null);
    }

    private static bool Matches(TestCaseView test, string? filter) =>
        filter is null || test.Name.Contains(filter, StringComparison.OrdinalIgnoreCase) || test.ClassName.Contains(filter, StringComparison.OrdinalIgnoreCase);
}

/// <param name="Shown">Cases that the filter leaves.</param>
/// <param name="Cases">The cases where the suite is open; null where it is not.</param>
public sealed record TestSuiteRow(string Name, TimeSpan Duration, int Total, int Failed, int Skipped, int Shown, IReadOnlyList<TestCaseView>? Cases);
