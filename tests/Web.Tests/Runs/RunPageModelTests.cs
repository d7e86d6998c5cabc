using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Runs;

namespace Slipway.Web.Tests.Runs;

public sealed class RunPageModelTests
{
    private static readonly FlowNodeView[] Failed =
    [
        StageTreeTests.Node(2, null, FlowNodeKind.Stage, "stage", "Build", FlowNodeStatus.Success),
        StageTreeTests.Node(3, null, FlowNodeKind.Stage, "stage", "Verify", FlowNodeStatus.Failure),
        StageTreeTests.Node(4, 3, FlowNodeKind.Stage, "stage", "Unit", FlowNodeStatus.Success),
        StageTreeTests.Node(5, 3, FlowNodeKind.Stage, "stage", "Integration", FlowNodeStatus.Failure),
        StageTreeTests.Node(6, null, FlowNodeKind.Stage, "stage", "Deploy", FlowNodeStatus.Skipped),
    ];

    [Fact]
    public void A_failed_run_opens_at_the_innermost_stage_that_failed() => Assert.Equal("Integration", Select(Failed, null, running: false));

    [Fact]
    public void The_address_decides_which_stage_is_shown() => Assert.Equal("Build", Select(Failed, 2, running: false));

    [Fact]
    public void An_address_that_names_no_stage_shows_the_steps_outside_of_stages() => Assert.Equal("", Select(Failed, 99, running: false));

    [Fact]
    public void A_running_run_opens_at_the_stage_that_runs_even_after_a_failure() =>
        Assert.Equal("Report", Select([.. Failed[..4], StageTreeTests.Node(7, null, FlowNodeKind.Stage, "stage", "Report")], null, running: true));

    [Fact]
    public void A_successful_run_opens_at_its_last_stage_that_ran() =>
        Assert.Equal("B", Select([StageTreeTests.Node(2, null, FlowNodeKind.Stage, "stage", "A", FlowNodeStatus.Success), StageTreeTests.Node(3, null, FlowNodeKind.Stage, "stage", "B", FlowNodeStatus.Success), StageTreeTests.Node(4, null, FlowNodeKind.Stage, "stage", "C", FlowNodeStatus.Skipped)], null, running: false));

    [Fact]
    public void The_step_that_failed_is_shown_before_the_ones_around_it()
    {
        StepRow[] steps =
        [
            new(StageTreeTests.Node(2, null, FlowNodeKind.Step, "retry", null, FlowNodeStatus.Failure), 0, true),
            new(StageTreeTests.Node(3, 2, FlowNodeKind.Step, "sh", null, FlowNodeStatus.Failure), 1, false),
            new(StageTreeTests.Node(4, 2, FlowNodeKind.Step, "echo", null, FlowNodeStatus.Success) with { LogSize = 9 }, 1, false),
        ];
        Assert.Equal(3, RunPageModel.SelectStep(steps, null)?.Node.Id);
        Assert.Equal(4, RunPageModel.SelectStep(steps, 4)?.Node.Id);
        Assert.Equal(3, RunPageModel.SelectStep(steps, 77)?.Node.Id);
        Assert.Null(RunPageModel.SelectStep([], null));
    }

    [Fact]
    public void Tests_show_failures_first_and_a_filter_narrows_both_lists()
    {
        TestSuiteView[] suites =
        [
            new("a.Fine", TimeSpan.FromSeconds(1), [Case("a.Fine", "adds", TestStatus.Passed), Case("a.Fine", "subtracts", TestStatus.Skipped)]),
            new("b.Broken", TimeSpan.FromSeconds(2), [Case("b.Broken", "adds nothing", TestStatus.Failed), Case("b.Broken", "divides", TestStatus.Failed)]),
        ];
        var all = TestsModel.Build(suites, null, null);
        Assert.Equal(["b.Broken", "a.Fine"], all.Suites.Select(s => s.Name));
        Assert.Equal(2, all.Failures.Count);
        Assert.Equal((4, 2, 1), (all.Summary.Total, all.Summary.Failed, all.Summary.Skipped));
        var some = TestsModel.Build(suites, "ADDS", "b.Broken");
        Assert.Equal(["adds nothing"], some.Failures.Select(f => f.Name));
        Assert.Equal(2, some.Matching);
        Assert.Equal(["adds nothing"], some.Suites.Single(s => s.Cases is not null).Cases!.Select(c => c.Name));
    }

    private static TestCaseView Case(string suite, string name, TestStatus status) => new(suite, name, status, TimeSpan.FromMilliseconds(5), null, null, null);

    private static string Select(FlowNodeView[] nodes, int? wanted, bool running) => RunPageModel.SelectStage(StageTree.Build(nodes), wanted, running).Name;
}
