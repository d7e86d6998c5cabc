using System.Net;
using Slipway.Api.Tests.Testing;

namespace Slipway.Api.Tests.Runs;

public sealed class RunTests(OpenServer server)
{
    [Fact]
    public async Task A_run_tells_its_result_its_cause_and_its_artifacts()
    {
        using var client = server.NewClient();
        var job = await client.CreateJobAsync("node { sh 'echo hello > a.txt; mkdir d; echo deep > d/b.txt'; archiveArtifacts 'a.txt,d/*' }");
        var run = await client.RunAsync(job);
        Assert.True(run.GetProperty("result").GetString() == "SUCCESS", await client.TextAsync($"job/{job}/1/consoleText"));
        Assert.Equal("org.jenkinsci.plugins.workflow.job.WorkflowRun", run.GetProperty("_class").GetString());
        Assert.Equal(["a.txt", "d/b.txt"], run.GetProperty("artifacts").EnumerateArray().Select(a => a.GetProperty("relativePath").GetString()!));
        Assert.Equal("deep\n", await client.TextAsync($"job/{job}/1/artifact/d/b.txt"));
        Assert.Equal("Started by user anonymous", run.GetProperty("actions")[0].GetProperty("causes")[0].GetProperty("shortDescription").GetString());
        Assert.Equal($"{client.Url}job/{job}/1/", run.GetProperty("url").GetString());
    }
}
