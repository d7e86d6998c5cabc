using Slipway.Model;

namespace Slipway.Store.Tests;

/// <summary>What test reports said, and how it goes from run to run.</summary>
public interface ITestResultStore
{
    /// <summary>Texts of a case that are longer are cut, with a note of how much is missing.</summary>
    public const int LongestText = 64 * 1024;

    /// <summary>
    /// Adds suites to a run's results: those of one <c>junit</c> step, named by its effect. Adding the same effect again replaces what it added (a restart may repeat it).
    /// </summary>
    /// <returns>The summary of what was added.</returns>
    /// <exception cref="RunMissingException"/>
    Task<TestSummary> AddAsync(RunId run, long effect, IReadOnlyList<TestSuiteRecord> suites, CancellationToken cancellation = default);

    /// <summary>The summary of a run; null where it recorded none.</summary>
    Task<TestSummary?> FindSummaryAsync(RunId run, CancellationToken cancellation = default);

    /// <summary>The summary of what one effect added; null where it added nothing.</summary>
    Task<TestSummary?> FindSummaryAsync(RunId run, long effect, CancellationToken cancellation = default);

    /// <summary>The suites of a run with their cases, in the order of their reports.</summary>
    Task<IReadOnlyList<TestSuiteRecord>> ReadAsync(RunId run, CancellationToken cancellation = default);

    /// <summary>Cases of one status in order, one page: <paramref name="skip"/> those before. Without output, which is read with <see cref="ReadAsync"/>.</summary>
    Task<IReadOnlyList<TestCaseRecord>> ListAsync(RunId run, TestStatus status, int skip, int count, CancellationToken cancellation = default);

    /// <summary>The newest runs that recorded tests, oldest first. Reads one row for each run.</summary>
    Task<IReadOnlyList<TestTrendPoint>> ReadTrendAsync(JobId job, int count, CancellationToken cancellation = default);
}

public sealed record TestSuiteRecord(string Name, TimeSpan Duration, IReadOnlyList<TestCaseRecord> Cases);

/// <param name="Message">Why it failed or was skipped.</param>
/// <param name="Output">What it printed, where the report tells.</param>
/// <param name="FailedSince">For a failed case: the number of the run in which it began to fail without a break. Worked out when it is added; what is given is ignored.</param>
public sealed record TestCaseRecord(
    string ClassName,
    string Name,
    TestStatus Status,
    TimeSpan Duration,
    string? Message,
    string? Stack,
    string? Output,
    int? FailedSince = null);

public sealed record TestTrendPoint(RunId Run, int Number, TestSummary Summary);
