using System.Net;
using System.Text;
using System.Text.Json;
using Slipway.Api.Tests.Testing;

namespace Slipway.Api.Tests.Jobs;

public sealed class JobTests(OpenServer server) : IDisposable
{
    private readonly ApiClient _client = server.NewClient();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task A_job_is_created_read_changed_and_deleted()
    {
        var name = Builds.NewName();
        var xml = JobXml.Pipeline("echo 'one'");
        using (var created = await _client.PostXmlAsync($"createItem?name={name}", xml))
        {
            await ApiClient.ExpectAsync(HttpStatusCode.OK, created);
            Assert.Equal(0, created.Content.Headers.ContentLength);
        }

        Assert.Equal(xml, await _client.TextAsync($"job/{name}/config.xml"));
        var job = await _client.JsonAsync($"job/{name}/api/json");
        Assert.Equal("org.jenkinsci.plugins.workflow.job.WorkflowJob", job.GetProperty("_class").GetString());
        Assert.Equal(("notbuilt", true, "made by a test"), (job.GetProperty("color").GetString(), job.GetProperty("buildable").GetBoolean(), job.GetProperty("description").GetString()));
        Assert.Equal(JsonValueKind.Null, job.GetProperty("lastBuild").ValueKind);
        Assert.False(job.TryGetProperty("allBuilds", out _));

        await ApiClient.ExpectAsync(HttpStatusCode.OK, await _client.PostXmlAsync($"job/{name}/config.xml", JobXml.Pipeline("echo 'two'")));
        Assert.Contains("two", await _client.TextAsync($"job/{name}/config.xml"));

        await RedirectsAsync($"job/{name}/disable", $"job/{name}/");
        Assert.Equal("disabled", (await _client.JsonAsync($"job/{name}/api/json")).GetProperty("color").GetString());
        Assert.Contains("disabled", await ApiClient.RefusalAsync(HttpStatusCode.Conflict, _client.PostAsync($"job/{name}/build")));
        await RedirectsAsync($"job/{name}/enable", $"job/{name}/");
        await RedirectsAsync($"job/{name}/doRename?newName={name}-b", $"job/{name}-b/");
        await RedirectsAsync($"job/{name}-b/doDelete", "");
        await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.GetAsync($"job/{name}-b/api/json"));
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused_with_400_and_its_reason()
    {
        var name = await _client.CreateJobAsync("echo 'x'");
        Assert.Contains(name, await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.PostXmlAsync($"createItem?name={name}", JobXml.Pipeline("echo 'x'"))));
    }

    [Fact]
    public async Task Folders_nest_and_hold_jobs()
    {
        var folder = Builds.NewName("folder");
        await RedirectsAsync($"createItem?name={folder}&mode=com.cloudbees.hudson.plugins.folder.Folder&json=%7B%7D&Submit=OK", $"job/{folder}/");
        await ApiClient.ExpectAsync(HttpStatusCode.OK, await _client.PostXmlAsync($"job/{folder}/createItem?name=inner", JobXml.Folder));
        await ApiClient.ExpectAsync(HttpStatusCode.OK, await _client.PostXmlAsync($"job/{folder}/job/inner/createItem?name=leaf", JobXml.Pipeline("echo 'x'")));
        var tree = await _client.JsonAsync($"job/{folder}/api/json?tree=name,jobs[name,jobs[name,url,fullName]]");
        Assert.Equal($"{folder}/inner/leaf", tree.GetProperty("jobs")[0].GetProperty("jobs")[0].GetProperty("fullName").GetString());
        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync($"view/all/job/{folder}/view/All/job/inner/api/json")).StatusCode);
        Assert.Contains("cannot be built", await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.PostAsync($"job/{folder}/build")));
        await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.PostXmlAsync("job/no-such-folder/createItem?name=x", JobXml.Folder));
    }

    [Fact]
    public async Task A_copy_is_made_of_a_job_beside_it()
    {
        var folder = Builds.NewName("folder");
        await _client.PostXmlAsync($"createItem?name={folder}", JobXml.Folder);
        await _client.PostXmlAsync($"job/{folder}/createItem?name=a", JobXml.Pipeline("echo 'copied'"));
        await RedirectsAsync($"job/{folder}/createItem?name=b&mode=copy&from=a", $"job/{folder}/job/b/");
        await RedirectsAsync($"job/{folder}/createItem?name=c&mode=copy&from={folder}/a", $"job/{folder}/job/c/");
        Assert.Contains("copied", await _client.TextAsync($"job/{folder}/job/c/config.xml"));
        await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.PostAsync($"job/{folder}/createItem?name=d&mode=copy&from=nothing"));
    }

    [Fact]
    public async Task HEAD_tells_whether_something_is_there()
    {
        var name = await _client.CreateJobAsync("echo 'x'");
        Assert.Equal(HttpStatusCode.OK, (await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"job/{name}/api/json"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"job/{name}-x/api/json"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "computer/(built-in)/api/json"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "view/none/api/json"))).StatusCode);
    }

    [Theory]
    [InlineData("a%2Fb")]
    [InlineData("..")]
    [InlineData("a%00b")]
    [InlineData("a?b")]
    [InlineData("")]
    [InlineData("a%5Cb")]
    public async Task Names_that_could_be_mistaken_for_paths_are_refused(string name) =>
        await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.PostXmlAsync($"createItem?name={name.Replace("?", "%3F", StringComparison.Ordinal)}", JobXml.Folder));

    [Theory]
    [InlineData("<flow-definition>", "config.xml:1:", "not well-formed")]
    [InlineData("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<flow-definition>&x;</flow-definition>", "config.xml:1:", "(<!DOCTYPE …>) is not allowed")]
    [InlineData("<project/>", "config.xml:1:2", "<project> is not a kind of job")]
    [InlineData("<flow-definition>\n  <wrong/>\n</flow-definition>", "config.xml:2:4", "<wrong> is not known")]
    public async Task A_wrong_configuration_is_refused_with_its_place(string xml, string place, string reason)
    {
        using var answer = await _client.PostXmlAsync($"createItem?name={Builds.NewName()}", xml);
        await ApiClient.ExpectAsync(HttpStatusCode.BadRequest, answer);
        var said = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains(place, said, StringComparison.Ordinal);
        Assert.Contains(reason, said);
    }

    [Fact]
    public async Task The_encoding_that_a_body_names_is_kept()
    {
        var name = Builds.NewName();
        var content = new ByteArrayContent(Encoding.Latin1.GetBytes(JobXml.Pipeline("echo 'grün'").Replace("encoding='UTF-8'", "encoding='ISO-8859-1'", StringComparison.Ordinal)));
        content.Headers.TryAddWithoutValidation("Content-Type", "application/xml; charset=ISO-8859-1");
        await ApiClient.ExpectAsync(HttpStatusCode.OK, await _client.PostAsync($"createItem?name={name}", content));
        Assert.Contains("grün", await _client.TextAsync($"job/{name}/config.xml"));
    }

    [Fact]
    public async Task A_configuration_may_come_under_the_type_that_curl_gives_it()
    {
        var name = await _client.CreateJobAsync("echo 'x'");
        var content = new StringContent(JobXml.Pipeline("echo 'by curl & co'"), Encoding.UTF8, "application/x-www-form-urlencoded");
        await ApiClient.ExpectAsync(HttpStatusCode.OK, await _client.PostAsync($"job/{name}/config.xml", content));
        Assert.Contains("by curl", await _client.TextAsync($"job/{name}/config.xml"));
    }

    [Fact]
    public async Task The_next_number_is_set_even_by_a_form_without_a_type()
    {
        var name = await _client.CreateJobAsync("echo 'x'");
        await ApiClient.ExpectAsync(HttpStatusCode.Redirect, await _client.PostAsync($"job/{name}/nextbuildnumber/submit", new ByteArrayContent("nextBuildNumber=41"u8.ToArray())));
        Assert.Equal(41, (await _client.RunAsync(name)).GetProperty("number").GetInt32());
        Assert.Contains("whole number", await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.PostFormAsync($"job/{name}/nextbuildnumber/submit", ("nextBuildNumber", "x"))));
    }

    [Fact]
    public async Task Parameters_are_described_and_used()
    {
        var name = await _client.CreateJobAsync("echo \"got ${params.TEXT}\"", JobXml.StringParameter("TEXT", "fallback"));
        var definition = (await _client.JsonAsync($"job/{name}/api/json")).GetProperty("property")[0].GetProperty("parameterDefinitions")[0];
        Assert.Equal(("TEXT", "StringParameterDefinition", "fallback"), (definition.GetProperty("name").GetString(), definition.GetProperty("type").GetString(), definition.GetProperty("defaultParameterValue").GetProperty("value").GetString()));

        var run = await _client.RunAsync(name, "buildWithParameters?TEXT=given&UNKNOWN=x");
        Assert.Contains("got given\n", await _client.TextAsync($"job/{name}/1/consoleText"));
        Assert.Contains("\"name\":\"TEXT\",\"value\":\"given\"", run.GetProperty("actions").GetRawText());
        Assert.DoesNotContain("UNKNOWN", run.GetProperty("actions").GetRawText());

        await ApiClient.ExpectAsync(HttpStatusCode.Created, await _client.PostFormAsync($"job/{name}/build", ("json", """{"parameter":[{"name":"TEXT","value":"by json"}]}""")));
        await Eventually.TrueAsync("#2 begins", async () => (await _client.GetAsync($"job/{name}/2/api/json")).IsSuccessStatusCode);
        await _client.EndAsync(name, 2);
        Assert.Contains("got by json\n", await _client.TextAsync($"job/{name}/2/consoleText"));
    }

    [Fact]
    public async Task A_build_is_refused_where_its_request_is_wrong()
    {
        var plain = await _client.CreateJobAsync("echo 'x'");
        Assert.Contains("not parameterized", await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.PostAsync($"job/{plain}/buildWithParameters?A=1")));
        Assert.Contains("Invalid quiet period: 'soon'", await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.PostAsync($"job/{plain}/build?delay=soon")));
        Assert.Contains("json cannot be read", await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.PostFormAsync($"job/{plain}/build", ("json", "{"))));
        await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.PostAsync("job/no-such-job/build"));
        var file = new MultipartFormDataContent { { new ByteArrayContent([1]), "FILE", "f.bin" } };
        Assert.Contains("file parameter 'FILE'", await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.PostAsync($"job/{plain}/build", file)));
    }

    [Fact]
    public async Task A_tree_reaches_through_a_folder_to_the_results_of_runs()
    {
        var folder = Builds.NewName("folder");
        await _client.PostXmlAsync($"createItem?name={folder}", JobXml.Folder);
        await _client.PostXmlAsync($"job/{folder}/createItem?name=a", JobXml.Pipeline("echo 'x'"));
        for (var i = 0; i < 3; i++)
        {
            await _client.RunAsync($"{folder}/job/a");
        }

        var tree = await _client.JsonAsync($"job/{folder}/api/json?tree=jobs[name,lastBuild[number,result],lastSuccessfulBuild[duration],firstBuild[number],builds[number]{{1,2}},allBuilds[number,url]]");
        var job = tree.GetProperty("jobs")[0];
        Assert.Equal((3, "SUCCESS"), (job.GetProperty("lastBuild").GetProperty("number").GetInt32(), job.GetProperty("lastBuild").GetProperty("result").GetString()));
        Assert.Equal(1, job.GetProperty("firstBuild").GetProperty("number").GetInt32());
        Assert.Equal(2, Assert.Single(job.GetProperty("builds").EnumerateArray()).GetProperty("number").GetInt32());
        Assert.Equal([3, 2, 1], job.GetProperty("allBuilds").EnumerateArray().Select(b => b.GetProperty("number").GetInt32()));
    }

    /// <summary>302, without a body, to an address that answers 200: what clients that follow and clients that do not have in common.</summary>
    private async Task RedirectsAsync(string path, string to)
    {
        using var answer = await _client.PostAsync(path);
        await ApiClient.ExpectAsync(HttpStatusCode.Redirect, answer);
        Assert.Equal(_client.Url + to, answer.Headers.Location!.ToString());
        using var there = await _client.GetAsync(to);
        await ApiClient.ExpectAsync(HttpStatusCode.OK, there);
    }
}
