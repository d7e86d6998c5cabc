using Microsoft.Playwright;

namespace Slipway.Web.Browser.Real;

public sealed class PipelineJourneys(ChromiumFixture chromium) : RealJourney(chromium)
{
    // It waits in the middle for a file, so that the test sees it while it runs.
    internal static string MakeScript(string data) => $$"""
        pipeline {
            agent any
            parameters {
                string(name: 'TARGET', defaultValue: 'staging', description: 'Where it goes')
                booleanParam(name: 'SLOW', defaultValue: true, description: 'With the slow tests')
                choice(name: 'CHANNEL', choices: ['stable', 'beta'], description: 'For whom')
            }
            stages {
                stage('Prepare') {
                    steps {
                        echo "Going to ${params.TARGET} on ${params.CHANNEL}"
                    }
                }
                stage('Verify') {
                    parallel {
                        stage('Unit') {
                            steps {
                                sh '''
                                    set +x
                                    echo unit tests begin
                                    until [ -e {{data}}/go ] || [ ! -d {{data}} ]; do sleep 0.05; done
                                    printf '\033[32munit tests done\033[0m\n'
                                    mkdir -p reports
                                    cat > reports/unit.xml <<'END'
                                    <testsuite name="cart" tests="3" failures="1" time="0.75">
                                      <testcase classname="shop.Cart" name="adds an item" time="0.25"/>
                                      <testcase classname="shop.Cart" name="rounds prices" time="0.5"><failure message="expected 10.01 but was 10.02">at Cart.rounds(Cart.java:42)</failure></testcase>
                                      <testcase classname="shop.Cart" name="pays by check"><skipped/></testcase>
                                    </testsuite>
        END
                                '''
                            }
                            post { always { junit 'reports/*.xml' } }
                        }
                        stage('Packages') {
                            stages {
                                stage('Compile') { steps { sh 'mkdir -p out && echo program > out/program.txt' } }
                                stage('Pack') { steps { archiveArtifacts artifacts: 'out/**' } }
                            }
                        }
                    }
                }
                stage('Deliver') {
                    when { equals expected: 'production', actual: params.TARGET }
                    steps { echo 'delivered' }
                }
            }
        }
        """;

    [Fact]
    public async Task A_pipeline_is_made_run_watched_and_read()
    {
        // As in Jenkins, the first run takes the defaults; from it on the job knows the parameters that its script declares.
        await File.WriteAllTextAsync(Path.Combine(Data, "go"), "", Cancellation);
        await CreateJobAsync("shop", MakeScript(Data));
        await RunAsync(1);
        await EndsAsync("Unstable");
        File.Delete(Path.Combine(Data, "go"));
        await OpenAsync("job/shop/");
        await Page.GetByRole(AriaRole.Link, new() { Name = "Run…" }).ClickAsync();
        await ReadyAsync();
        await Page.GetByLabel("TARGET").FillAsync("a <test> place");
        await Page.GetByLabel("CHANNEL").SelectOptionAsync("beta");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Run", Exact = true }).ClickAsync();
        await FollowToRunAsync(2);
        await MarkAsync();

        // While it runs: stages appear, the one that works is chosen, its log comes by itself.
        await Expect(Page.Locator(".graph")).ToContainTextAsync("Unit", Patiently);
        await Stage("Unit").ClickAsync();
        await Expect(LastLine).ToContainTextAsync("unit tests begin", Patiently);
        await Expect(Pill).ToHaveTextAsync("Running");
        await Expect(Page.Locator(".graph .stage", new() { HasText = "Pack" }).Last).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("t-ok"), new() { Timeout = 60_000 });
        await File.WriteAllTextAsync(Path.Combine(Data, "go"), "", Cancellation);
        await EndsAsync("Unstable");
        await StillTheSamePageAsync();
        await Expect(Stage("Deliver")).ToContainTextAsync("skipped");

        await Tab("Console").ClickAsync();
        await Expect(Page.Locator(".log-rows")).ToContainTextAsync("Going to a <test> place on beta");
        await Page.Locator(".log-view").FocusAsync();
        await Page.Keyboard.PressAsync("End");
        await Expect(LastLine).ToContainTextAsync("Finished: UNSTABLE");
        await Expect(Page.Locator(".log-row .f2")).ToHaveTextAsync("unit tests done");
        await Tab("Tests").ClickAsync();
        await Expect(Page.Locator(".tests-sum")).ToContainTextAsync("1 failed");
        await Expect(Page.Locator(".case-detail").First).ToContainTextAsync("expected 10.01 but was 10.02");
        await Tab("Artifacts").ClickAsync();
        var download = await Page.RunAndWaitForDownloadAsync(() => Page.Locator(".artifacts a", new() { HasText = "out/program.txt" }).ClickAsync());
        Assert.Equal("program\n", await File.ReadAllTextAsync(await download.PathAsync(), Cancellation));
        await Tab("Details").ClickAsync();
        await Expect(Page.Locator(".pairs").Last).ToContainTextAsync("a <test> place");
        await Expect(Page.Locator(".waterfall").First).ToContainTextAsync("Compile");

        // Back on the job's page, its row tells the same.
        await Page.Locator(".crumbs").GetByRole(AriaRole.Link, new() { Name = "shop" }).ClickAsync();
        await ReadyAsync();
        await Expect(Page.Locator("tr", new() { HasText = "#2" }).First).ToContainTextAsync("1 of 3 failed");
    }

    [Fact]
    public async Task A_job_from_a_repository_runs_green_and_says_what_it_built()
    {
        var repository = Path.Combine(Data, "hello");
        var commit = await Checkout.MakeRepositoryAsync("hello", repository);
        await CreateJobFromGitAsync("hello", repository);
        await RunAsync(1);
        await EndsAsync("Success");
        await Expect(Page.Locator(".facts")).ToContainTextAsync(commit[..7]);
        foreach (var stage in new[] { "Prepare", "Compile", "Package", "Unit", "Package content", "Style", "Deliver" })
        {
            await Expect(Stage(stage)).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("t-ok"));
        }

        await Tab("Artifacts").ClickAsync();
        await Expect(Page.Locator(".artifacts")).ToContainTextAsync("hello-1.0.1.tar.gz");
        await Tab("Details").ClickAsync();
        await Expect(Page.Locator("main")).ToContainTextAsync(commit);
        await OpenAsync("");
        await Expect(Page.Locator("tr", new() { HasText = "hello" }).First.GetByRole(AriaRole.Img, new() { Name = "Success" }).First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Why_a_run_waits_is_said_on_its_page_and_in_the_queue_until_it_is_stopped()
    {
        const string reason = "aiting for an agent with label 'gpu'";
        await CreateJobAsync("needs-gpu", "pipeline {\n  agent { label 'gpu' }\n  stages { stage('Train') { steps { echo 'never' } } }\n}\n");
        await RunAsync(1);
        await Expect(Page.Locator(".note.wait").First).ToContainTextAsync(reason, Patiently);
        await Page.GetByRole(AriaRole.Link, new() { Name = "Queue" }).ClickAsync();
        await ReadyAsync();
        var row = Page.Locator("table.queue tbody tr");
        await Expect(row).ToHaveCountAsync(1);
        await Expect(row).ToContainTextAsync(reason);
        await row.GetByRole(AriaRole.Link).First.ClickAsync();
        await ReadyAsync();
        await MarkAsync();
        await Page.GetByRole(AriaRole.Button, new() { Name = "Stop", Exact = true }).ClickAsync();
        await Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await EndsAsync("Aborted");
        await Expect(Page.Locator(".note.wait")).ToHaveCountAsync(0);
        await StillTheSamePageAsync();
        await OpenAsync("queue/");
        await Expect(Page.Locator("main")).ToContainTextAsync("Nothing waits");
    }

    [Fact]
    public async Task A_jenkinsfile_with_faults_starts_nothing_and_its_page_opens_with_the_place()
    {
        await CreateJobAsync("wrong", "pipeline {\n  agent any\n  stages {\n    stage('A') { steps { ecko 'hi' } }\n  }\n}\n");
        await RunAsync(1);
        await EndsAsync("Failed");
        await Expect(Page.Locator(".note.bad")).ToContainTextAsync("has faults");
        await Expect(Page.Locator(".log-rows")).ToContainTextAsync("Jenkinsfile:4:26");
        await Expect(Page.Locator(".log-rows")).ToContainTextAsync("echo");
    }
}
