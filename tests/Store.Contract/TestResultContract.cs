using Slipway.Model;
using Slipway.Store.Tests;

namespace Slipway.Store.Contract;

public abstract class TestResultContract : StoreTest
{
    private static TestCaseRecord Case(string name, TestStatus status, string? message = null) =>
        new("org.example.AppTest", name, status, TimeSpan.FromMilliseconds(250), message, status == TestStatus.Failed ? "at App.java:3" : null, "out");

    private static TestSuiteRecord Suite(string name, params TestCaseRecord[] cases) => new(name, TimeSpan.FromSeconds(cases.Length), cases);

    [Fact]
    public async Task Suites_come_back_as_they_were_added_with_their_sums()
    {
        var run = await MakeRunAsync();
        Assert.Null(await Store.Tests.FindSummaryAsync(run.Id));

        var one = await Store.Tests.AddAsync(run.Id, 5, [Suite("A", Case("a1", TestStatus.Passed), Case("a2", TestStatus.Failed, "expected 1")), Suite("B", Case("b1", TestStatus.Skipped))]);
        var two = await Store.Tests.AddAsync(run.Id, 9, [Suite("C", Case("c1", TestStatus.Passed))]);

        Assert.Equal(new TestSummary(3, 1, 1, TimeSpan.FromSeconds(3)), one);
        Assert.Equal(new TestSummary(1, 0, 0, TimeSpan.FromSeconds(1)), two);
        Assert.Equal(two, await Store.Tests.FindSummaryAsync(run.Id, 9));
        Assert.Null(await Store.Tests.FindSummaryAsync(run.Id, 6));
        Assert.Equal(new TestSummary(4, 1, 1, TimeSpan.FromSeconds(4)), await Store.Tests.FindSummaryAsync(run.Id));
        Assert.Equal(4, (await Store.Runs.FindAsync(run.Id))!.Tests!.Total);
        var suites = await Store.Tests.ReadAsync(run.Id);
        Assert.Equal(["A", "B", "C"], suites.Select(s => s.Name));
        Assert.Equal(Case("a2", TestStatus.Failed, "expected 1") with { FailedSince = 1 }, suites[0].Cases[1]);
    }

    [Fact]
    public async Task The_same_effect_replaces_what_it_added()
    {
        var run = await MakeRunAsync();
        await Store.Tests.AddAsync(run.Id, 5, [Suite("A", Case("a1", TestStatus.Failed))]);
        await Store.Tests.AddAsync(run.Id, 5, [Suite("A", Case("a1", TestStatus.Failed))]);

        Assert.Equal(1, (await Store.Tests.FindSummaryAsync(run.Id))!.Total);
        Assert.Single(await Store.Tests.ReadAsync(run.Id));
    }

    [Fact]
    public async Task A_failure_knows_since_when()
    {
        var job = await MakeJobAsync();
        async Task<int?> AddAsync(TestStatus status)
        {
            var run = await MakeFinishedAsync(job, RunResult.Unstable);
            await Store.Tests.AddAsync(run.Id, 1, [Suite("A", Case("flaky", status))]);
            return (await Store.Tests.ReadAsync(run.Id))[0].Cases[0].FailedSince;
        }

        Assert.Null(await AddAsync(TestStatus.Passed));
        Assert.Equal(2, await AddAsync(TestStatus.Failed));
        Assert.Equal(2, await AddAsync(TestStatus.Failed));
        await MakeFinishedAsync(job, RunResult.Aborted);
        Assert.Equal(2, await AddAsync(TestStatus.Failed));
        Assert.Null(await AddAsync(TestStatus.Passed));
        Assert.Equal(7, await AddAsync(TestStatus.Failed));
    }

    [Fact]
    public async Task Cases_are_listed_by_status_in_pages()
    {
        var run = await MakeRunAsync();
        await Store.Tests.AddAsync(run.Id, 1, [Suite("A", [.. Enumerable.Range(0, 30).Select(i => Case($"t{i}", i % 3 == 0 ? TestStatus.Failed : TestStatus.Passed))])]);

        Assert.Equal(["t9", "t12", "t15"], (await Store.Tests.ListAsync(run.Id, TestStatus.Failed, 3, 3)).Select(c => c.Name));
        Assert.Empty(await Store.Tests.ListAsync(run.Id, TestStatus.Skipped, 0, 10));
    }

    [Fact]
    public async Task The_trend_gives_the_newest_runs_oldest_first()
    {
        var job = await MakeJobAsync();
        for (var i = 1; i <= 5; i++)
        {
            var run = await MakeFinishedAsync(job, RunResult.Success);
            if (i != 3)
            {
                await Store.Tests.AddAsync(run.Id, 1, [Suite("A", [.. Enumerable.Range(0, i).Select(n => Case($"t{n}", TestStatus.Passed))])]);
            }
        }

        Assert.Equal([(2, 2), (4, 4), (5, 5)], (await Store.Tests.ReadTrendAsync(job.Id, 3)).Select(p => (p.Number, p.Summary.Total)));
    }

    [Fact]
    public async Task Long_texts_are_cut_and_say_so()
    {
        var run = await MakeRunAsync();
        await Store.Tests.AddAsync(run.Id, 1, [Suite("A", Case("long", TestStatus.Failed, new string('m', ITestResultStore.LongestText + 5)))]);

        var message = (await Store.Tests.ReadAsync(run.Id))[0].Cases[0].Message!;

        Assert.EndsWith("mmm… [5 more characters]", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_of_a_run_that_does_not_exist_are_refused() =>
        await Assert.ThrowsAsync<RunMissingException>(() => Store.Tests.AddAsync(new RunId(99), 1, []));
}
