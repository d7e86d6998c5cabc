using System.Net;
using Slipway.Api.Tests.Testing;

namespace Slipway.Api.Tests.Instance;

public sealed class InstanceTests(OpenServer server) : IDisposable
{
    private readonly ApiClient _client = server.NewClient();

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("api/json")]
    [InlineData("login")]
    [InlineData("no/such/thing")]
    public async Task Every_answer_says_that_this_is_a_Jenkins(string path)
    {
        using var answer = await _client.GetAsync(path);
        Assert.Equal("2.462.3", answer.Headers.GetValues("X-Jenkins").Single());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("deny", answer.Headers.GetValues("X-Frame-Options").Single());
        Assert.Single(answer.Headers.GetValues("X-Jenkins-Session"));
    }

    [Fact]
    public async Task The_root_describes_the_server_and_lists_its_jobs()
    {
        var job = await _client.CreateJobAsync("echo 'x'");
        var root = await _client.JsonAsync("api/json");
        Assert.Equal("hudson.model.Hudson", root.GetProperty("_class").GetString());
        Assert.Equal(("NORMAL", true, false, -1), (root.GetProperty("mode").GetString(), root.GetProperty("useCrumbs").GetBoolean(), root.GetProperty("quietingDown").GetBoolean(), root.GetProperty("slaveAgentPort").GetInt32()));
        var listed = root.GetProperty("jobs").EnumerateArray().Single(j => j.GetProperty("name").GetString() == job);
        Assert.Equal(["_class", "name", "url", "color"], listed.EnumerateObject().Select(p => p.Name));
        Assert.Equal("all", root.GetProperty("views")[0].GetProperty("name").GetString());
        Assert.StartsWith("<hudson _class=\"hudson.model.Hudson\">", await _client.TextAsync("api/xml"));
        Assert.Contains(job, await _client.TextAsync("view/all/api/json?tree=jobs[url,color,name]"));
        Assert.Contains("\n  \"", await _client.TextAsync("api/json?pretty=true"));
    }

    [Fact]
    public async Task A_wrong_tree_is_refused_with_its_column() =>
        Assert.Contains("column 6", await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.GetAsync("api/json?tree=jobs[")));

    [Theory]
    [InlineData("api/python")]
    [InlineData("api/yaml")]
    [InlineData("job/none/3/unknown/api/json")]
    [InlineData("fingerprint/0123/api/json")]
    public async Task What_is_nothing_says_so(string path) => await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.GetAsync(path));

    [Theory]
    [InlineData("scriptText", HttpStatusCode.Forbidden, "no script console")]
    [InlineData("computer/(master)/scriptText", HttpStatusCode.Forbidden, "no script console")]
    [InlineData("safeRestart", HttpStatusCode.NotImplemented, "its supervisor")]
    [InlineData("quietDown", HttpStatusCode.NotImplemented, "its supervisor")]
    [InlineData("createView?name=x", HttpStatusCode.NotImplemented, "Views are not offered")]
    [InlineData("credentials/store/system/domain/_/createCredentials", HttpStatusCode.NotImplemented, "Credentials are not kept")]
    [InlineData("nowhere/at/all", HttpStatusCode.NotFound, "There is nothing that answers POST /nowhere/at/all")]
    public async Task What_is_not_offered_is_refused_by_name(string path, HttpStatusCode status, string reason) =>
        Assert.Contains(reason, await ApiClient.RefusalAsync(status, _client.PostFormAsync(path, ("script", "println 1"))));

    [Theory]
    [InlineData("PUT", "api/json", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "job/x", HttpStatusCode.NotFound)]
    [InlineData("GET", "createItem", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "job/x/doDelete", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "job/x/1/stop", HttpStatusCode.MethodNotAllowed)]
    public async Task Other_methods_do_nothing(string method, string path, HttpStatusCode status) =>
        await ApiClient.RefusalAsync(status, _client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path)));

    [Fact]
    public async Task Plugins_are_listed_as_clients_read_them()
    {
        var plugins = (await _client.JsonAsync("pluginManager/api/json?depth=2")).GetProperty("plugins").EnumerateArray().ToList();
        Assert.Contains(plugins, p => p.GetProperty("shortName").GetString() == "workflow-aggregator" && p.GetProperty("active").GetBoolean());
        Assert.All(plugins, p => Assert.NotEmpty(p.GetProperty("version").GetString()!));
        Assert.Equal(plugins.Count, plugins.Select(p => p.GetProperty("longName").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task Users_are_found_and_the_caller_is_named()
    {
        Assert.True((await _client.JsonAsync("whoAmI/api/json")).GetProperty("anonymous").GetBoolean());
        await ApiClient.RefusalAsync(HttpStatusCode.NotFound, _client.GetAsync("user/nobody/api/json"));
        Assert.Contains("Only users have API tokens", await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.PostAsync("me/descriptorByName/jenkins.security.ApiTokenProperty/generateNewToken")));
    }

    [Fact]
    public async Task The_load_is_told_under_Jenkins_names() =>
        Assert.True((await _client.JsonAsync("overallLoad/api/json")).TryGetProperty("queueLength", out _));

    [Fact]
    public async Task A_Jenkinsfile_is_checked_without_a_job()
    {
        Assert.Equal("Jenkinsfile successfully validated.\n", await ValidateAsync("pipeline {\n  agent any\n  stages { stage('a') { steps { echo 'x' } } }\n}"));
        var faults = await ValidateAsync("pipeline {\n  agent any\n  stages { stage('a') { stepz { echo 'x' } } }\n}");
        Assert.StartsWith("Errors encountered validating Jenkinsfile:\nWorkflowScript: 3: ", faults);
        Assert.Contains("@ line 3, column ", faults);
        Assert.Contains("did not contain the 'pipeline' step", await ValidateAsync("echo 'x'"));
        await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, _client.PostAsync("pipeline-model-converter/validate"));
        using var json = await _client.PostFormAsync("pipeline-model-converter/validateJenkinsfile", ("jenkinsfile", "pipeline {"));
        Assert.Contains("\"result\":\"failure\"", await json.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private async Task<string> ValidateAsync(string script)
    {
        using var answer = await _client.PostAsync("pipeline-model-converter/validate", new MultipartFormDataContent { { new StringContent(script), "jenkinsfile" } });
        await ApiClient.ExpectAsync(HttpStatusCode.OK, answer);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
