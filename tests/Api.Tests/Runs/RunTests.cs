using System.IO.Compression;
using System.Net;
using System.Text.Json;
using Slipway.Api.Tests.Testing;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Tests.Runs;

public sealed class RunTests(OpenServer server) : IDisposable
{
    private readonly ApiClient _client = server.NewClient();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task A_step_that_builds_another_job_names_the_run_that_it_started()
    {
        var child = await _client.CreateJobAsync("echo 'child'");
        await _client.RunAsync(child);
        var parent = await _client.CreateJobAsync($"build '{child}'");

        await _client.RunAsync(parent);

        Assert.Contains($"Scheduling project: {child}\nStarting building: {child} #2\nBuild {child} #2 completed: SUCCESS\n", await _client.TextAsync($"job/{parent}/1/consoleText"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_tells_its_result_its_cause_and_its_artifacts()
    {
        var job = await _client.CreateJobAsync("node { sh 'echo hello > a.txt; mkdir d; echo deep > d/b.txt'; archiveArtifacts 'a.txt,d/*' }");
        var run = await _client.RunAsync(job);
        Assert.True(run.GetProperty("result").GetString() == "SUCCESS", await _client.TextAsync($"job/{job}/1/consoleText"));
        Assert.Equal("org.jenkinsci.plugins.workflow.job.WorkflowRun", run.GetProperty("_class").GetString());
        Assert.Equal(["a.txt", "d/b.txt"], run.GetProperty("artifacts").EnumerateArray().Select(a => a.GetProperty("relativePath").GetString()!));
        Assert.Equal("Started by user anonymous", run.GetProperty("actions")[0].GetProperty("causes")[0].GetProperty("shortDescription").GetString());
        Assert.Equal($"{_client.Url}job/{job}/1/", run.GetProperty("url").GetString());
        Assert.Equal(JsonValueKind.Null, run.GetProperty("previousBuild").ValueKind);

        using var artifact = await _client.GetAsync($"job/{job}/1/artifact/d/b.txt");
        Assert.Equal("deep\n", await artifact.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("sandbox", artifact.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", artifact.Headers.GetValues("X-Content-Type-Options").Single());
        await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.GetAsync($"job/{job}/1/artifact/..%2f..%2fsecrets"));
        await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.GetAsync($"job/{job}/1/artifact/none.txt"));

        Assert.Equal(["archive/a.txt", "archive/d/b.txt"], await EntriesAsync($"job/{job}/1/artifact/*zip*/archive.zip"));
        Assert.Equal(["d/b.txt"], await EntriesAsync($"job/{job}/1/artifact/d/*zip*/d.zip"));
        await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.GetAsync($"job/{job}/1/artifact/e/*zip*/e.zip"));
    }

    [Fact]
    public async Task A_run_that_computes_without_a_step_is_stopped_and_others_go_on_meanwhile()
    {
        var job = await _client.CreateJobAsync("node { echo 'computing'; while (true) { } }");
        await _client.BuildAsync(job);
        await Eventually.TrueAsync("the script computes", async () =>
            (await _client.GetAsync($"job/{job}/1/consoleText")) is { IsSuccessStatusCode: true } console && (await console.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Contains("\ncomputing\n", StringComparison.Ordinal));
        var other = await _client.RunAsync(await _client.CreateJobAsync("node { sh 'true' }"));
        Assert.Equal("SUCCESS", other.GetProperty("result").GetString());

        var asked = System.Diagnostics.Stopwatch.StartNew();
        await ApiClient.ExpectAsync(HttpStatusCode.Redirect, await _client.PostAsync($"job/{job}/1/stop"));
        var run = await _client.EndAsync(job, 1);

        Assert.Equal("ABORTED", run.GetProperty("result").GetString());
        Assert.True(asked.Elapsed < TimeSpan.FromSeconds(30), $"It took {asked.Elapsed}.");
        TestContext.Current.SendDiagnosticMessage($"stopped within {asked.ElapsedMilliseconds} ms");
        Assert.EndsWith("Aborted by anonymous\nFinished: ABORTED\n", (await _client.TextAsync($"job/{job}/1/consoleText")).ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Permalinks_name_runs_by_what_became_of_them()
    {
        var job = await _client.CreateJobAsync("if (env.BUILD_NUMBER == '2') { error 'no' }");
        await _client.RunAsync(job);
        await _client.RunAsync(job);
        Assert.Equal(2, await NumberAsync(job, "lastBuild"));
        Assert.Equal(2, await NumberAsync(job, "lastFailedBuild"));
        Assert.Equal(2, await NumberAsync(job, "lastUnsuccessfulBuild"));
        Assert.Equal(1, await NumberAsync(job, "lastSuccessfulBuild"));
        Assert.Equal(1, await NumberAsync(job, "lastStableBuild"));
        Assert.Contains("has no LastUnstableBuild", await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.GetAsync($"job/{job}/lastUnstableBuild/api/json")));
        Assert.Contains("There is no run", await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.GetAsync($"job/{job}/77/api/json")));
        var seen = await _client.JsonAsync($"job/{job}/1/api/json?tree=nextBuild[number],previousBuild[number]");
        Assert.Equal(2, seen.GetProperty("nextBuild").GetProperty("number").GetInt32());
        Assert.Equal("red", (await _client.JsonAsync($"job/{job}/api/json")).GetProperty("color").GetString());
    }

    [Fact]
    public async Task Patterns_that_match_nothing_end_their_steps()
    {
        var job = await _client.CreateJobAsync("""
            node {
              stash name: 'empty', includes: 'none', allowEmpty: true
              unstash 'empty'
              archiveArtifacts artifacts: 'none/*', allowEmptyArchive: true
              junit testResults: 'none/*.xml', allowEmptyResults: true
              try { junit 'none/*.xml' } catch (e) { echo "junit: ${e.message}" }
              archiveArtifacts 'none/*'
            }
            """);

        var run = await _client.RunAsync(job);

        var log = await _client.TextAsync($"job/{job}/1/consoleText");
        Assert.True(run.GetProperty("result").GetString() == "FAILURE", log);
        Assert.Contains("junit: ", log);
        Assert.Contains("No artifacts found that match the file pattern", log);
    }

    [Fact]
    public async Task A_run_whose_files_the_server_cannot_store_says_so_and_goes_on_when_it_can()
    {
        var gate = Path.Combine(server.DataDirectory, "gate-" + Guid.NewGuid().ToString("n"));
        var job = await _client.CreateJobAsync($"node {{ sh 'echo A >a.txt; while [ ! -e {gate} ]; do sleep 0.05; done'; archiveArtifacts 'a.txt' }}");
        await _client.BuildAsync(job);
        var id = 0L;
        await Eventually.TrueAsync("it runs", async () => (await server.Server.Runs.FindAsync(JobPath.Parse(job), RunReference.Of(1), TestContext.Current.CancellationToken)) is { } found && (id = found.Run.Id.Value) > 0);
        var files = Path.Combine(server.DataDirectory, "runs", (id / 1000).ToString("d6"), id.ToString());
        Directory.CreateDirectory(files);
        var obstacle = Path.Combine(files, "artifacts");
        await File.WriteAllTextAsync(obstacle, "in the way", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(gate, "", TestContext.Current.CancellationToken);

        await Eventually.TrueAsync("the page says what it waits for", async () =>
            (await server.Server.Runs.FindAsync(new RunId(id), TestContext.Current.CancellationToken))?.Run.Waiting?.StartsWith("waiting for the server to take files: The artifact 'a.txt' of run", StringComparison.Ordinal) == true);
        await Eventually.TrueAsync("the console says it too", async () => (await _client.TextAsync($"job/{job}/1/consoleText")).Contains("The server cannot take files of this step now; it tries again: The artifact 'a.txt'", StringComparison.Ordinal));
        File.Delete(obstacle);
        var run = await _client.EndAsync(job, 1);

        Assert.Equal("SUCCESS", run.GetProperty("result").GetString());
        Assert.Contains(" s for the server: The artifact 'a.txt'", await _client.TextAsync($"job/{job}/1/consoleText"), StringComparison.Ordinal);
        Assert.Equal("A\n", await _client.TextAsync($"job/{job}/1/artifact/a.txt"));
    }

    [Fact]
    public async Task A_running_build_has_no_result_and_can_be_stopped()
    {
        var job = await _client.CreateJobAsync("sleep 600");
        await _client.BuildAsync(job);
        await Eventually.TrueAsync("it runs", async () => (await _client.GetAsync($"job/{job}/1/api/json")).IsSuccessStatusCode);
        var run = await _client.JsonAsync($"job/{job}/1/api/json");
        Assert.Equal((true, JsonValueKind.Null), (run.GetProperty("building").GetBoolean(), run.GetProperty("result").ValueKind));
        Assert.EndsWith("_anime", (await _client.JsonAsync($"job/{job}/api/json")).GetProperty("color").GetString());
        using var stopped = await _client.PostAsync($"job/{job}/1/stop");
        await ApiClient.ExpectAsync(HttpStatusCode.Redirect, stopped);
        Assert.Equal("ABORTED", (await _client.EndAsync(job, 1)).GetProperty("result").GetString());
        await ApiClient.ExpectAsync(HttpStatusCode.OK, await _client.PostAsync($"job/{job}/1/term"));
    }

    [Fact]
    public async Task A_run_is_described_kept_and_deleted()
    {
        var job = await _client.CreateJobAsync("echo 'x'");
        await _client.RunAsync(job);
        await ApiClient.ExpectAsync(HttpStatusCode.Redirect, await _client.PostFormAsync($"job/{job}/1/submitDescription", ("description", "ünique")));
        await ApiClient.ExpectAsync(HttpStatusCode.Redirect, await _client.PostFormAsync($"job/{job}/1/configSubmit", ("json", """{"displayName":"named"}""")));
        await ApiClient.ExpectAsync(HttpStatusCode.Redirect, await _client.PostAsync($"job/{job}/1/toggleLogKeep"));
        var run = await _client.JsonAsync($"job/{job}/1/api/json");
        Assert.Equal(("ünique", "named", $"{job} named", true), (run.GetProperty("description").GetString(), run.GetProperty("displayName").GetString(), run.GetProperty("fullDisplayName").GetString(), run.GetProperty("keepLog").GetBoolean()));
        Assert.Contains("kept for ever", await ApiClient.RefusalAsync(HttpStatusCode.Conflict, _client.PostAsync($"job/{job}/1/doDelete")));
        await _client.PostAsync($"job/{job}/1/toggleLogKeep");
        await ApiClient.ExpectAsync(HttpStatusCode.Redirect, await _client.PostAsync($"job/{job}/1/doDelete"));
        await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.GetAsync($"job/{job}/1/api/json"));
    }

    [Fact]
    public async Task Test_reports_hold_suites_and_cases()
    {
        var job = await _client.CreateJobAsync(
            """
            node {
                writeFile file: 'r.xml', text: '<testsuite name="s" time="1.5"><testcase classname="a.B" name="good" time="0.5"/><testcase classname="a.B" name="bad" time="1"><failure message="no">trace</failure></testcase><testcase classname="a.B" name="not"><skipped message="later"/></testcase></testsuite>'
                junit 'r.xml'
            }
            """);
        var run = await _client.RunAsync(job);
        Assert.True(run.GetProperty("result").GetString() == "UNSTABLE", await _client.TextAsync($"job/{job}/1/consoleText"));
        var report = await _client.JsonAsync($"job/{job}/1/testReport/api/json");
        Assert.Equal("hudson.tasks.junit.TestResult", report.GetProperty("_class").GetString());
        Assert.Equal((1, 1, 1), (report.GetProperty("failCount").GetInt32(), report.GetProperty("passCount").GetInt32(), report.GetProperty("skipCount").GetInt32()));
        var cases = report.GetProperty("suites")[0].GetProperty("cases").EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!);
        Assert.Equal(("PASSED", "FAILED", "SKIPPED"), (cases["good"].GetProperty("status").GetString(), cases["bad"].GetProperty("status").GetString(), cases["not"].GetProperty("status").GetString()));
        Assert.Equal("trace", cases["bad"].GetProperty("errorStackTrace").GetString());
        Assert.Contains("hudson.tasks.junit.TestResultAction", run.GetProperty("actions").GetRawText());
        await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.GetAsync($"job/{await DoneAsync()}/1/testReport/api/json"));
    }

    [Fact]
    public async Task XML_has_Jenkins_names()
    {
        var job = await DoneAsync();
        var xml = await _client.TextAsync($"job/{job}/1/api/xml");
        Assert.StartsWith("<workflowRun _class=\"org.jenkinsci.plugins.workflow.job.WorkflowRun\"><action _class=\"hudson.model.CauseAction\"><cause _class=\"hudson.model.Cause$UserIdCause\">", xml);
        Assert.Equal("SUCCESS", await _client.TextAsync($"job/{job}/1/api/xml?xpath=/workflowRun/result/text()"));
        Assert.Equal("<result>SUCCESS</result>", await _client.TextAsync($"job/{job}/1/api/xml?xpath=//result"));
        Assert.Equal("<all><number>1</number></all>", await _client.TextAsync($"job/{job}/1/api/xml?xpath=/workflowRun/number&wrapper=all"));
        Assert.DoesNotContain("<action", await _client.TextAsync($"job/{job}/1/api/xml?exclude=//action"));
        await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.GetAsync($"job/{job}/1/api/xml?xpath=//none"));
        await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.GetAsync($"job/{job}/1/api/xml?xpath=//*"));
        Assert.Contains("more than 20000000 steps", await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.GetAsync($"job/{job}/1/api/xml?xpath=//*[//*[//*[//*[//*[count(//*)=0]]]]]")));
        Assert.Contains("XPath is wrong", await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.GetAsync($"job/{job}/1/api/xml?xpath=[")));
    }

    [Fact]
    public async Task Stages_and_the_logs_of_their_steps_are_there_for_the_stage_view()
    {
        var job = await _client.CreateJobAsync("node { stage('Build') { sh 'echo \"<built>\"' }\n stage('Test') { error 'broken' } }");
        await _client.RunAsync(job);
        var run = (await _client.JsonAsync($"job/{job}/wfapi/runs"))[0];
        Assert.Equal("FAILED", run.GetProperty("status").GetString());
        Assert.Equal(["Build SUCCESS", "Test FAILED"], run.GetProperty("stages").EnumerateArray().Select(s => $"{s.GetProperty("name").GetString()} {s.GetProperty("status").GetString()}"));
        Assert.Equal(run.GetProperty("id").GetString(), (await _client.JsonAsync($"job/{job}/lastBuild/wfapi/describe")).GetProperty("id").GetString());
        var stage = await _client.JsonAsync(run.GetProperty("stages")[0].GetProperty("_links").GetProperty("self").GetProperty("href").GetString()!.TrimStart('/'));
        var step = stage.GetProperty("stageFlowNodes").EnumerateArray().Single(n => n.GetProperty("_links").TryGetProperty("log", out _));
        var log = await _client.JsonAsync(step.GetProperty("_links").GetProperty("log").GetProperty("href").GetString()!.TrimStart('/'));
        Assert.Contains("&lt;built&gt;", log.GetProperty("text").GetString());
        Assert.False(log.GetProperty("hasMore").GetBoolean());
        Assert.Equal(0, (await _client.JsonAsync($"job/{job}/1/wfapi/pendingInputActions")).GetArrayLength());
        await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.GetAsync($"job/{job}/1/execution/node/9999/wfapi/describe"));
    }

    private async Task<string> DoneAsync()
    {
        var job = await _client.CreateJobAsync("echo 'x'");
        await _client.RunAsync(job);
        return job;
    }

    private async Task<int> NumberAsync(string job, string permalink) => (await _client.JsonAsync($"job/{job}/{permalink}/api/json")).GetProperty("number").GetInt32();

    private async Task<IEnumerable<string>> EntriesAsync(string path)
    {
        using var answer = await _client.GetAsync(path);
        await ApiClient.ExpectAsync(HttpStatusCode.OK, answer);
        using var zip = new ZipArchive(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        return [.. zip.Entries.Select(e => e.FullName)];
    }
}
