using Microsoft.AspNetCore.Http;
using Slipway.Api.Rendering;
using Slipway.Api.Routing;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Runs;

/// <summary>Test results as Jenkins' JUnit plugin describes them.</summary>
internal static class TestReports
{
    public static async Task WriteAsync(HttpContext context, JobRoute route, RunDetailView run, IRunReads runs)
    {
        if (run.Run.Tests is not { } summary)
        {
            await Outcomes.NotFoundAsync(context, $"{run.Run.JobPath} #{run.Run.Number} recorded no tests.");
            return;
        }

        await RemoteApi.WriteAsync(context, route.Rest["testReport/api/".Length..], new ApiObject("hudson.tasks.junit.TestResult", "testResult",
        [
            new("duration", summary.Duration.TotalSeconds),
            new("empty", summary.Total == 0),
            new("failCount", summary.Failed),
            new("passCount", summary.Total - summary.Failed - summary.Skipped),
            new("skipCount", summary.Skipped),
            new("suites", new LazyValue(async cancellation => (await runs.ReadTestsAsync(run.Run.Id, cancellation)).Select(s => (object?)Suite(s)).ToList())),
        ]));
    }

    private static ApiObject Suite(TestSuiteView suite) => new(null, "suite",
    [
        new("cases", suite.Cases.Select(c => (object?)Case(c)).ToList(), 3),
        new("duration", suite.Duration.TotalSeconds, 3),
        new("id", null, 3),
        new("name", suite.Name, 3),
    ]);

    private static ApiObject Case(TestCaseView test) => new(null, "case",
    [
        new("className", test.ClassName, 4),
        new("duration", test.Duration.TotalSeconds, 4),
        new("errorDetails", test.Status == TestStatus.Failed ? test.Message : null, 4),
        new("errorStackTrace", test.Stack, 4),
        new("name", test.Name, 4),
        new("skipped", test.Status == TestStatus.Skipped, 4),
        new("skippedMessage", test.Status == TestStatus.Skipped ? test.Message : null, 4),
        new("status", test.Status switch { TestStatus.Passed => "PASSED", TestStatus.Failed => "FAILED", _ => "SKIPPED" }, 4),
        new("stdout", test.Output, 4),
    ]);
}
