using Microsoft.Playwright;
using Slipway.Model;

namespace Slipway.Web.Browser;

public sealed class RunJourneys(ChromiumFixture chromium) : Journey(chromium)
{
    [Fact]
    public async Task From_the_jobs_to_the_reason_of_a_failure()
    {
        await OpenAsync("");
        await Page.GetByRole(AriaRole.Link, new() { Name = "shop", Exact = true }).ClickAsync();
        await Page.GetByRole(AriaRole.Link, new() { Name = "checkout", Exact = true }).ClickAsync();
        await Page.GetByRole(AriaRole.Link, new() { Name = "#22", Exact = true }).Last.ClickAsync();
        await Expect(Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("checkout #22");

        // The stage and step that failed are chosen by themselves, and the log stands at its end.
        await Expect(Page.Locator(".graph a[aria-current]")).ToContainTextAsync("Test against them");
        await Expect(Page.Locator(".log-row").Last).ToContainTextAsync("FAILURE: Build failed");
        await Page.Locator(".tabs").GetByRole(AriaRole.Link, new() { Name = "Tests" }).ClickAsync();
        await Expect(Page.Locator(".case-detail").First).ToContainTextAsync("expected: <10.01> but was: <10.02>");
        await Page.Keyboard.PressAsync("/");
        await Page.Keyboard.TypeAsync("empty cart");
        await Expect(Page.Locator(".case-detail")).ToHaveCountAsync(1);
        Assert.Contains("q=empty+cart", Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_with_parameters_is_started_and_watched_to_its_end()
    {
        Feeds.OnTriggered = _ => { };
        await OpenAsync("job/shop/job/checkout/");
        await Page.GetByRole(AriaRole.Link, new() { Name = "Run…" }).ClickAsync();
        await ReadyAsync();
        await Page.GetByLabel("TARGET").SelectOptionAsync("production");
        await Page.GetByLabel("RUN_SLOW_TESTS").UncheckAsync();
        await Page.GetByLabel("NOTES").FillAsync("with <care>");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Run", Exact = true }).ClickAsync();
        await Expect(Page.Locator(".toast")).ToContainTextAsync("checkout is queued");
        var run = Feeds.Find(JobPath.Parse("shop/checkout"))!.Runs[^1];
        Assert.Equal("production", run.Parameters.Single(p => p.Name == "TARGET").Value);
        Assert.Equal("false", run.Parameters.Single(p => p.Name == "RUN_SLOW_TESTS").Value);

        await Page.GetByRole(AriaRole.Link, new() { Name = $"#{run.Number}", Exact = true }).ClickAsync();
        await ReadyAsync();
        await MarkAsync();
        await Expect(Page.Locator(".head .pill")).ToHaveTextAsync("Waiting");
        run.Start();
        await Expect(Page.Locator(".head .pill")).ToHaveTextAsync("Running");

        var build = run.Stage("Build it");
        var step = run.Step(build, "sh", "make");
        await Expect(Page.Locator(".graph .stage")).ToContainTextAsync(["Build it"]);
        for (var line = 1; line <= 300; line++)
        {
            run.Write(step, $"line {line} of the build");
        }

        // The log follows its end.
        await Expect(Page.Locator(".log-row").Last).ToContainTextAsync("line 300 of the build");
        run.End(step);
        run.End(build);
        var test = run.Stage("Test it");
        var check = run.Step(test, "sh", "make check");
        run.Write(check, "\u001b[32mall is well\u001b[0m");
        await Expect(Page.Locator(".graph a[aria-current]")).ToContainTextAsync("Test it");
        await Expect(Page.Locator(".log-row .f2")).ToHaveTextAsync("all is well");
        run.End(check, FlowNodeStatus.Failure, "script returned exit code 2");
        run.End(test, FlowNodeStatus.Failure);
        run.Error = "Jenkinsfile:9:5: script returned exit code 2";
        run.Finish(RunResult.Failure);
        await Expect(Page.Locator(".head .pill")).ToHaveTextAsync("Failed");
        await Expect(Page.Locator(".note.bad").First).ToContainTextAsync("Jenkinsfile:9:5");
        Assert.StartsWith("Failed: checkout", await Page.TitleAsync(), StringComparison.Ordinal);
        await StillTheSamePageAsync();
    }

    [Fact]
    public async Task What_the_reader_chose_stays_while_the_run_goes_on()
    {
        var run = Feeds.Find(JobPath.Parse("shop/checkout"))!.Runs[^1];
        await OpenAsync($"job/shop/job/checkout/{run.Number}/");
        await Page.Locator(".graph .stage", new() { HasText = "Checkout" }).ClickAsync();
        await Expect(Page.Locator(".steps-head h2")).ToHaveTextAsync("Checkout");
        await Expect(Page.Locator(".log-row").First).ToContainTextAsync("Fetching");
        Assert.Contains("stage=", Page.Url, StringComparison.Ordinal);
        await Page.Locator(".log-search input").FillAsync("commit");
        await Page.Locator("details.menu > summary").ClickAsync();
        run.Stage("Something new");
        await Expect(Page.Locator(".graph")).ToContainTextAsync("Something new");
        await Expect(Page.Locator(".steps-head h2")).ToHaveTextAsync("Checkout");
        await Expect(Page.Locator(".log-search input")).ToHaveValueAsync("commit");
        await Expect(Page.Locator("details.menu")).ToHaveAttributeAsync("open", "");
        await Page.GoBackAsync();
        await Expect(Page.Locator(".steps-head h2")).Not.ToHaveTextAsync("Checkout");
    }

    [Fact]
    public async Task A_run_is_stopped_after_a_question()
    {
        var run = Feeds.Find(JobPath.Parse("shop/checkout"))!.Runs[^1];
        await OpenAsync($"job/shop/job/checkout/{run.Number}/");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Stop", Exact = true }).ClickAsync();
        await Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        Assert.Equal(RunState.Running, run.State);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Stop", Exact = true }).ClickAsync();
        await Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await Expect(Page.Locator(".head .pill")).ToHaveTextAsync("Aborted");
        Assert.Equal(RunResult.Aborted, run.Result);
    }

    [Fact]
    public async Task Why_a_run_waits_is_said_and_goes_away_with_the_reason()
    {
        var run = Feeds.AddRun(Feeds.Find(JobPath.Parse("hello"))!).Start();
        var stage = run.Stage("Build");
        var node = run.Step(stage, "node", "gpu");
        run.Wait(node, "waiting for an agent with label 'gpu': no cloud or node offers it");
        await OpenAsync($"job/hello/{run.Number}/");
        await Expect(Page.Locator(".note.wait").First).ToContainTextAsync("no cloud or node offers it");
        run.Wait(node, null);
        await Expect(Page.Locator(".note.wait")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task The_list_of_jobs_is_live()
    {
        Feeds.OnTriggered = run => run.Start();
        await OpenAsync("");
        await MarkAsync();
        await Page.GetByRole(AriaRole.Button, new() { Name = "Run hello" }).ClickAsync();
        var row = Page.Locator("tr", new() { HasText = "hello" });
        await Expect(row.Locator("td.last")).ToContainTextAsync("#15");
        Feeds.Find(JobPath.Parse("hello"))!.Runs[^1].Finish(RunResult.Failure);
        await Expect(row.GetByRole(AriaRole.Img, new() { Name = "Failed" })).ToBeVisibleAsync();
        Feeds.AddJob("made-meanwhile");
        await Expect(Page.GetByRole(AriaRole.Link, new() { Name = "made-meanwhile" })).ToBeVisibleAsync();
        await StillTheSamePageAsync();
    }

    [Fact]
    public async Task A_job_is_made_in_the_form_which_keeps_what_was_typed_when_it_is_refused()
    {
        await OpenAsync("newJob");
        await Page.GetByLabel("Name").FillAsync("bad/name");
        await Page.GetByLabel("written here").CheckAsync();
        await Expect(Page.GetByLabel("Repository", new() { Exact = true })).ToBeHiddenAsync();
        await Page.GetByLabel("Script", new() { Exact = true }).FillAsync("echo 'hello'");
        Expected.Add("400");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await Expect(Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("unsafe character");
        await Expect(Page.GetByLabel("Script", new() { Exact = true })).ToHaveValueAsync("echo 'hello'");
        await Page.GetByLabel("Name").FillAsync("good-name");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await Expect(Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("good-name");
        Assert.Contains("echo 'hello'", Feeds.Find(JobPath.Parse("good-name"))!.Config, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_outlives_a_restart_of_the_server()
    {
        Expected.Add("Failed to load resource");
        Expected.Add("ERR_");
        var run = Feeds.AddRun(Feeds.Find(JobPath.Parse("hello"))!).Start();
        var step = run.Step(null, "sh", "sleep 60");
        run.Write(step, "before the restart");
        await OpenAsync($"job/hello/{run.Number}/");
        await MarkAsync();
        await Expect(Page.Locator(".log-row").Last).ToContainTextAsync("before the restart");
        await GoAwayAsync();
        await Expect(Page.Locator("#link-state")).ToHaveTextAsync("Reconnecting…");
        run.Write(step, "after the restart");
        run.End(step);
        run.Finish(RunResult.Success);
        await ComeBackAsync();
        await Expect(Page.Locator(".head .pill")).ToHaveTextAsync("Success", new() { Timeout = 30_000 });
        await Expect(Page.Locator(".log-row").Last).ToContainTextAsync("after the restart");
        await Expect(Page.Locator("#link-state")).ToBeHiddenAsync();
        await StillTheSamePageAsync();
    }

    [Fact]
    public async Task Without_script_pages_are_readable_and_forms_work()
    {
        await NewPageAsync(new BrowserNewContextOptions { JavaScriptEnabled = false });
        await Page.GotoAsync("job/hello/");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Run", Exact = true }).ClickAsync();
        await Expect(Page.Locator(".runs")).ToContainTextAsync("#15");
        await Page.GotoAsync("job/shop/job/checkout/22/?stage=2");
        await Expect(Page.Locator(".steps-head h2")).ToHaveTextAsync("Checkout");
        await Expect(Page.GetByText("raw log", new() { Exact = true })).ToBeVisibleAsync();
    }
}
