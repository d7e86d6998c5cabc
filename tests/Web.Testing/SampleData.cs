using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Web.Testing;

/// <summary>A small company's server: enough of everything to look at each screen.</summary>
public static class SampleData
{
    public const string AppPath = "shop/checkout";
    private const string Commit = "8f2c1d94ab03e57716c2d4f0a9be11d3c6a5f7e2";

    public static FakeFeeds Create(DateTimeOffset now)
    {
        var feeds = new FakeFeeds();
        feeds.AddJob("shop", JobKind.Folder).Description = "Everything behind shop.example.org";
        feeds.AddJob("platform", JobKind.Folder).Description = "Images, clusters, tools";
        feeds.AddJob("empty", JobKind.Folder);
        AddHello(feeds, now);
        AddApp(feeds, now);
        AddNightly(feeds, now);
        AddOthers(feeds, now);
        AddHuge(feeds, now);
        AddNodes(feeds, now);
        AddQueue(feeds, now);
        return feeds;
    }

    private static void AddHello(FakeFeeds feeds, DateTimeOffset now)
    {
        var job = feeds.AddJob("hello");
        job.Config = """
            <flow-definition>
              <description>The first one</description>
              <definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition">
                <script>node { sh 'echo hello' }</script>
                <sandbox>true</sandbox>
              </definition>
              <disabled>false</disabled>
            </flow-definition>
            """;
        job.Description = "The first one";
        for (var i = 14; i > 0; i--)
        {
            Simple(feeds, job, now.AddHours(-i * 3), TimeSpan.FromSeconds(2 + (i % 4)), i == 9 ? RunResult.Failure : RunResult.Success);
        }
    }

    private static void AddApp(FakeFeeds feeds, DateTimeOffset now)
    {
        var job = feeds.AddJob(AppPath);
        job.Description = "Build, test and ship the checkout service";
        job.Source = "https://git.example.org/shop/checkout.git at main, Jenkinsfile";
        job.Config = """
            <?xml version='1.1' encoding='UTF-8'?>
            <flow-definition plugin="workflow-job">
              <description>Build, test and ship the checkout service</description>
              <keepDependencies>false</keepDependencies>
              <definition class="org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition" plugin="workflow-cps">
                <scm class="hudson.plugins.git.GitSCM" plugin="git">
                  <configVersion>2</configVersion>
                  <userRemoteConfigs><hudson.plugins.git.UserRemoteConfig><url>https://git.example.org/shop/checkout.git</url><credentialsId>git-bot</credentialsId></hudson.plugins.git.UserRemoteConfig></userRemoteConfigs>
                  <branches><hudson.plugins.git.BranchSpec><name>*/main</name></hudson.plugins.git.BranchSpec></branches>
                </scm>
                <scriptPath>Jenkinsfile</scriptPath>
                <lightweight>true</lightweight>
              </definition>
              <disabled>false</disabled>
            </flow-definition>
            """;
        job.Parameters.Add(new ChoiceParameter("TARGET", "Where it goes after the tests", ["staging", "production", "nowhere"]));
        job.Parameters.Add(new StringParameter("TAG", "A tag for the image; empty takes the commit", "", true));
        job.Parameters.Add(new BooleanParameter("RUN_SLOW_TESTS", "Browser tests too, about six minutes", true));
        job.Parameters.Add(new TextParameter("NOTES", "What to tell the channel", ""));
        job.Parameters.Add(new PasswordParameter("SIGNING_KEY", null, "secret"));
        for (var i = 22; i > 1; i--)
        {
            var result = (i % 9) switch { 3 => RunResult.Failure, 5 => RunResult.Unstable, 7 => RunResult.Aborted, _ => RunResult.Success };
            App(feeds, job, now.AddMinutes(-i * 97), result);
        }

        App(feeds, job, now.AddMinutes(-41), RunResult.Failure, detailed: true);
        var running = App(feeds, job, now.AddMinutes(-2).AddSeconds(-9), null);
        running.Estimate = TimeSpan.FromMinutes(4.5);
    }

    private static FakeRun App(FakeFeeds feeds, FakeJob job, DateTimeOffset at, RunResult? result, bool detailed = false)
    {
        var random = new Random(job.Runs.Count * 7919);
        var run = feeds.AddRun(job, at.AddSeconds(-3)).Start(at);
        run.Causes.Add(job.Runs.Count % 3 == 0 ? new UserCause("ada", "Ada Lovelace") : new RemoteCause("git.example.org", "push to main"));
        run.Scm = new ScmView("https://git.example.org/shop/checkout.git", (random.Next().ToString("x8") + Commit)[..40], "main");
        run.BuiltOn.Add("local-7f3a");
        run.Parameters.Add(new ParameterValue("TARGET", "staging", ParameterType.Choice));
        run.Parameters.Add(new ParameterValue("RUN_SLOW_TESTS", "true", ParameterType.Boolean));
        run.Parameters.Add(new ParameterValue("SIGNING_KEY", "", ParameterType.Password));
        var clock = at;
        DateTimeOffset Later(double seconds) => clock = clock.AddSeconds(seconds * (0.8 + (random.NextDouble() * 0.5)));

        var checkout = run.Stage("Checkout", at: clock);
        var node = run.Node(FlowNodeKind.Step, "checkout", null, "scm", checkout, clock);
        run.Write(node, $"Fetching https://git.example.org/shop/checkout.git\n\u001b[36mFrom https://git.example.org/shop/checkout\u001b[0m\n * branch            main       -> FETCH_HEAD\nCommit {run.Scm.Commit}: \"Round totals once\"", clock);
        run.End(node, at: Later(2));
        run.End(checkout, at: clock);

        var build = run.Stage("Build", at: clock);
        var sh = run.Step(build, "sh", "./gradlew assemble --console=rich", clock);
        for (var i = 1; i <= 48; i++)
        {
            run.Write(sh, i % 9 == 0 ? $"\u001b[33mw: src/main/kotlin/Cart{i}.kt:{i * 3}:17 'total()' is deprecated. See https://kotl.in/deprecation\u001b[0m" : $"> Task :module{i}:compileKotlin\u001b[32m OK\u001b[0m", clock.AddMilliseconds(i * 300));
        }

        run.Write(sh, "\n\u001b[1;32mBUILD SUCCESSFUL\u001b[0m in 31s", clock);
        run.End(sh, at: Later(31));
        run.End(build, at: clock);

        var tests = run.Stage("Verify", at: clock);
        var parallel = run.Step(tests, "parallel", null, clock);
        var unit = run.Node(FlowNodeKind.Branch, "branch", "Unit tests", null, parallel, clock);
        var integration = run.Node(FlowNodeKind.Branch, "branch", "Integration", null, parallel, clock);
        var lint = run.Node(FlowNodeKind.Branch, "branch", "Lint", null, parallel, clock);
        var up = run.Stage("Start services", integration, clock);
        var itests = run.Stage("Test against them", integration, clock.AddSeconds(8));
        var upStep = run.Step(up, "sh", "docker compose up -d postgres redis", clock);
        run.Write(upStep, "postgres is healthy\nredis is healthy", clock);
        run.End(upStep, at: clock.AddSeconds(8));
        run.End(up, at: clock.AddSeconds(8));
        var lintStep = run.Step(lint, "sh", "./gradlew detekt", clock);
        run.Write(lintStep, "detekt finished, 0 findings", clock);
        run.End(lintStep, at: clock.AddSeconds(14));
        run.End(lint, at: clock.AddSeconds(14));
        var unitStep = run.Step(unit, "sh", "./gradlew test", clock);
        var withEnv = run.Node(FlowNodeKind.Step, "withEnv", null, "DB_URL", itests, clock.AddSeconds(8));
        var retry = run.Node(FlowNodeKind.Step, "retry", null, "2", withEnv, clock.AddSeconds(8));
        var itStep = run.Step(retry, "sh", "./gradlew integrationTest --tests '*Order*' --info", clock.AddSeconds(8));
        for (var i = 1; i <= (result is null ? 120 : 60); i++)
        {
            run.Write(unitStep, $"CartTest > case {i} \u001b[38;5;{(i % 6) + 70}mPASSED\u001b[0m", clock.AddMilliseconds(i * 250));
            run.Write(itStep, $"2026-11-20T18:0{i % 10}:11Z [\u001b[38;2;120;140;255morders\u001b[0m] request {i} took {random.Next(3, 40)} ms", clock.AddMilliseconds(i * 260));
        }

        if (result is null)
        {
            run.End(unitStep, at: clock.AddSeconds(28));
            run.End(unit, at: clock.AddSeconds(28));
            return run;
        }

        var failed = result == RunResult.Failure;
        if (failed)
        {
            run.Write(itStep, "\u001b[31mOrderServiceTest > totals are rounded once FAILED\u001b[0m\n    org.opentest4j.AssertionFailedError: expected: <10.01> but was: <10.02>\n        at shop.orders.OrderServiceTest.totals(OrderServiceTest.kt:88)\n\n62 tests completed, 2 failed, 3 skipped\n\u001b[1;31mFAILURE: Build failed with an exception.\u001b[0m", clock);
        }

        run.End(unitStep, at: clock.AddSeconds(28));
        run.End(unit, at: clock.AddSeconds(28));
        Later(46);
        run.End(itStep, failed ? FlowNodeStatus.Failure : FlowNodeStatus.Success, failed ? "script returned exit code 1" : null, clock);
        run.End(retry, failed ? FlowNodeStatus.Failure : FlowNodeStatus.Success, at: clock);
        run.End(withEnv, failed ? FlowNodeStatus.Failure : FlowNodeStatus.Success, at: clock);
        run.End(itests, failed ? FlowNodeStatus.Failure : result == RunResult.Unstable ? FlowNodeStatus.Unstable : FlowNodeStatus.Success, at: clock);
        run.End(integration, failed ? FlowNodeStatus.Failure : FlowNodeStatus.Success, at: clock);
        run.End(parallel, failed ? FlowNodeStatus.Failure : FlowNodeStatus.Success, at: clock);
        run.End(tests, failed ? FlowNodeStatus.Failure : FlowNodeStatus.Success, at: clock);
        run.Tests.AddRange(Suites(failed || result == RunResult.Unstable, job.Runs.Count));

        if (failed)
        {
            run.Node(FlowNodeKind.Stage, "stage", "Package", at: clock, status: FlowNodeStatus.Skipped, reason: "an earlier stage failed");
            run.Node(FlowNodeKind.Stage, "stage", "Deploy to staging", at: clock, status: FlowNodeStatus.Skipped, reason: "an earlier stage failed");
            run.Error = detailed ? "Jenkinsfile:34:17: script returned exit code 1\n    sh \"./gradlew integrationTest --tests '*Order*' --info\"" : "script returned exit code 1";
        }
        else
        {
            var package = run.Stage("Package", at: clock);
            var archive = run.Step(package, "archiveArtifacts", "build/libs/*.jar", clock);
            run.Write(archive, "Archiving artifacts\nArchived 2 files", clock);
            run.End(archive, at: Later(1.2));
            run.End(package, at: clock);
            run.Archive("build/libs/checkout-1.8.2.jar", 18_734_112);
            run.Archive("build/libs/checkout-1.8.2-sources.jar", 412_990);
            run.Archive("build/reports/summary with space.html", 18_220);
            var deploy = run.Stage("Deploy to staging", at: clock);
            var deployStep = run.Step(deploy, "sh", "kubectl apply -k deploy/staging", clock);
            run.Write(deployStep, "deployment.apps/checkout configured", clock);
            run.End(deployStep, result == RunResult.Aborted ? FlowNodeStatus.Aborted : FlowNodeStatus.Success, at: Later(9));
            run.End(deploy, result == RunResult.Aborted ? FlowNodeStatus.Aborted : FlowNodeStatus.Success, at: clock);
        }

        run.Finish(result.Value, clock.AddSeconds(0.4));
        return run;
    }

    private static IEnumerable<TestSuiteView> Suites(bool failing, int seed)
    {
        var random = new Random(seed);
        foreach (var suite in (string[])["shop.cart.CartTest", "shop.orders.OrderServiceTest", "shop.payment.PaymentGatewayTest", "shop.tax.VatTest"])
        {
            var cases = new List<TestCaseView>();
            var count = 18 + random.Next(30);
            for (var i = 0; i < count; i++)
            {
                var bad = failing && suite.Contains("Order", StringComparison.Ordinal) && i is 4 or 9 && failing;
                var status = bad ? TestStatus.Failed : i == 13 ? TestStatus.Skipped : TestStatus.Passed;
                cases.Add(new TestCaseView(
                    suite,
                    bad ? (i == 4 ? "totals are rounded once" : "an empty cart <costs> nothing & ships nothing") : $"keeps invariant {i + 1} of the basket",
                    status,
                    TimeSpan.FromMilliseconds(random.Next(2, 900)),
                    bad ? "org.opentest4j.AssertionFailedError: expected: <10.01> but was: <10.02>" : null,
                    bad ? "org.opentest4j.AssertionFailedError: expected: <10.01> but was: <10.02>\n\tat org.junit.jupiter.api.AssertionUtils.fail(AssertionUtils.java:55)\n\tat shop.orders.OrderServiceTest.totals(OrderServiceTest.kt:88)\n\tat java.base/java.lang.reflect.Method.invoke(Method.java:580)" : null,
                    bad ? "cart=[{sku=91, qty=3}] rounding=HALF_EVEN" : null));
            }

            yield return new TestSuiteView(suite, TimeSpan.FromMilliseconds(cases.Sum(c => c.Duration.TotalMilliseconds)), cases);
        }
    }

    private static void AddNightly(FakeFeeds feeds, DateTimeOffset now)
    {
        var job = feeds.AddJob("platform/base-images");
        job.Description = "Rebuilds every base image at night";
        job.AllowsConcurrent = false;
        for (var i = 6; i > 0; i--)
        {
            Simple(feeds, job, now.AddDays(-i), TimeSpan.FromMinutes(14 + i), i == 2 ? RunResult.Unstable : RunResult.Success);
        }

        var run = feeds.AddRun(job, now.AddMinutes(-6)).Start(now.AddMinutes(-6));
        run.Causes.Add(new UpstreamCause("hello", 14, new RunId(1)));
        var stage = run.Stage("Debian", at: now.AddMinutes(-6));
        var node = run.Step(stage, "node", "arm64 && docker", now.AddMinutes(-6));
        run.Wait(node, "waiting for an agent with label 'arm64 && docker': no cloud or node offers it");
        run.Waiting = "waiting for an agent with label 'arm64 && docker': no cloud or node offers it";
    }

    private static void AddOthers(FakeFeeds feeds, DateTimeOffset now)
    {
        var lost = feeds.AddJob("shop/search");
        lost.Description = "Index and query service";
        Simple(feeds, lost, now.AddHours(-30), TimeSpan.FromMinutes(3), RunResult.Success);
        var run = Simple(feeds, lost, now.AddHours(-2), TimeSpan.FromMinutes(1), RunResult.Failure);
        run.Error = "The agent 'local-2b91' was lost while sh ran (no connection for 5 min). Its machine may have gone; the step was not run again.";
        run.ErrorIsInfrastructure = true;
        var disabled = feeds.AddJob("shop/legacy-import");
        disabled.IsEnabled = false;
        Simple(feeds, disabled, now.AddDays(-80), TimeSpan.FromMinutes(9), RunResult.Failure);
        feeds.AddJob("shop/brand-new").Description = "Nobody has run it yet";
        var scripted = feeds.AddJob("scripted");
        var no = feeds.AddRun(scripted, now.AddMinutes(-30)).Start(now.AddMinutes(-30));
        no.Causes.Add(new UserCause("ada", "Ada Lovelace"));
        var nodeStep = no.Step(null, "node", "linux", now.AddMinutes(-30));
        var echo = no.Node(FlowNodeKind.Step, "echo", null, "no stages here", nodeStep, now.AddMinutes(-30));
        no.Write(echo, "no stages here <script>alert(1)</script>", now.AddMinutes(-30));
        no.End(echo, at: now.AddMinutes(-30).AddSeconds(1));
        no.Finish(RunResult.Success, now.AddMinutes(-30).AddSeconds(2));
    }

    private static void AddHuge(FakeFeeds feeds, DateTimeOffset now)
    {
        var job = feeds.AddJob("huge-log");
        job.Description = "One run, ten million lines";
        var run = feeds.AddRun(job, now.AddHours(-1)).Start(now.AddHours(-1));
        run.WriteGenerated(10_000_000, n => n == 7_654_321
            ? "\u001b[31mneedle in ten million lines\u001b[0m"
            : $"\u001b[2m{n:D8}\u001b[0m GET /api/items/{n * 7919 % 100_003} \u001b[32m200\u001b[0m in {n % 97} ms, {(n % 3 == 0 ? "cache hit" : "cache miss")}, trace {n * 2654435761L % 4294967296L:x8}");
        run.Finish(RunResult.Success, now.AddMinutes(-10));
    }

    private static void AddNodes(FakeFeeds feeds, DateTimeOffset now)
    {
        var busy = feeds.Jobs.First(j => j.Path.Value == AppPath).Runs[^1];
        feeds.Nodes.Add(new NodeView("local-7f3a", NodeKind.OnDemand, "local", ["linux", "docker"], 1, false, true, false, null, now.AddMinutes(-2), [new ExecutorView(0, busy.Id, busy.Job.Path, busy.Number, now.AddMinutes(-2))]));
        feeds.Nodes.Add(new NodeView("builder-1", NodeKind.Permanent, null, ["linux", "docker", "big"], 4, false, true, false, null, now.AddDays(-3), []));
        feeds.Nodes.Add(new NodeView("builder-2", NodeKind.Permanent, null, ["linux"], 2, true, true, true, "disk is being replaced", now.AddDays(-1), []));
        feeds.Nodes.Add(new NodeView("mac-mini", NodeKind.Permanent, null, ["macos", "xcode"], 1, true, false, false, "no connection since this morning", null, []));
    }

    private static void AddQueue(FakeFeeds feeds, DateTimeOffset now)
    {
        var waiting = feeds.Jobs.First(j => j.Path.Value == "platform/base-images").Runs[^1];
        feeds.Queue.Add(new QueueItemView(new QueueItemId(9001), QueueItemKind.Node, waiting.Job.Path, "arm64 && docker", "waiting for an agent with label 'arm64 && docker': no cloud or node offers it", true, false, now.AddMinutes(-6), null, [], [], waiting.Id, waiting.Number));
        feeds.Queue.Add(new QueueItemView(new QueueItemId(9002), QueueItemKind.Run, waiting.Job.Path, null, $"#{waiting.Number} is running, and this job runs one at a time", false, false, now.AddMinutes(-3), null, [], [new UserCause("ada", "Ada Lovelace")], null, null));
        feeds.Queue.Add(new QueueItemView(new QueueItemId(9003), QueueItemKind.Run, JobPath.Parse("shop/search"), null, "in its quiet period for 4 more seconds", false, false, now.AddSeconds(-2), null, [], [new RemoteCause("git.example.org", "push to main")], null, null));
    }

    private static FakeRun Simple(FakeFeeds feeds, FakeJob job, DateTimeOffset at, TimeSpan duration, RunResult result)
    {
        var run = feeds.AddRun(job, at.AddSeconds(-1)).Start(at);
        run.Causes.Add(new UserCause("ada", "Ada Lovelace"));
        run.BuiltOn.Add("builder-1");
        var stage = run.Stage("Run", at: at);
        var step = run.Step(stage, "sh", "echo hello", at);
        run.Write(step, "+ echo hello\nhello", at);
        var status = result == RunResult.Failure ? FlowNodeStatus.Failure : result == RunResult.Unstable ? FlowNodeStatus.Unstable : FlowNodeStatus.Success;
        run.End(step, status, at: at + duration);
        run.End(stage, status, at: at + duration);
        run.Finish(result, at + duration);
        return run;
    }
}
