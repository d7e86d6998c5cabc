using System.Net;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Testing;

namespace Slipway.Web.Tests;

/// <summary>Every page over a real web server and fake feeds.</summary>
public sealed class PagesTests : IAsyncLifetime
{
    private FakeServer _server = null!;
    private HttpClient _client = null!;

    private FakeFeeds Feeds => _server.Feeds;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeServer.StartAsync(SampleData.Create(DateTimeOffset.UtcNow));
        _client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = _server.Root };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("", "hello")]
    [InlineData("job/shop/", "checkout")]
    [InlineData("job/empty", "This folder is empty")]
    [InlineData("job/shop/job/checkout/", "#22")]
    [InlineData("job/shop/job/checkout/22/", "Test against them")]
    [InlineData("job/shop/job/checkout/lastFailedBuild/", "checkout #22")]
    [InlineData("job/shop/job/checkout/22/console", "data-log")]
    [InlineData("job/shop/job/checkout/22/testReport/", "totals are rounded once")]
    [InlineData("job/shop/job/checkout/21/artifact/", "checkout-1.8.2.jar")]
    [InlineData("job/shop/job/checkout/22/?view=details", "Time by stage")]
    [InlineData("job/shop/job/checkout/build", "RUN_SLOW_TESTS")]
    [InlineData("job/shop/job/checkout/configure", "https://git.example.org/shop/checkout.git")]
    [InlineData("job/shop/job/checkout/configure?as=xml", "CpsScmFlowDefinition")]
    [InlineData("newJob", "New job")]
    [InlineData("job/shop/newJob", "New job in shop")]
    [InlineData("queue/", "no cloud or node offers it")]
    [InlineData("computer/", "builder-1")]
    [InlineData("computer/mac-mini/", "slipway-agent -url")]
    [InlineData("manage/clouds/", "--config")]
    [InlineData("computer/new", "New node")]
    [InlineData("login", "Log in to Slipway")]
    public async Task A_page_is_whole_small_and_says_what_it_should(string path, string text)
    {
        using var response = await _client.GetAsync(path, Cancellation);
        var html = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains(text, WebUtility.HtmlDecode(html), StringComparison.Ordinal);
        Assert.EndsWith("</html>", html.TrimEnd(), StringComparison.Ordinal);
        Assert.True(html.Length < 100 * 1024, $"{path} is {html.Length} bytes long.");
    }

    [Theory]
    [InlineData("")]
    [InlineData("job/shop/job/checkout/22/")]
    [InlineData("login")]
    [InlineData("nothing/here")]
    public async Task Nothing_of_a_page_needs_inline_script_or_style(string path)
    {
        using var response = await _client.GetAsync(path, Cancellation);
        var html = await response.Content.ReadAsStringAsync(Cancellation);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.DoesNotContain(" style=", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch("<script(?! type=\"module\" src=\"assets/)", html);
        Assert.DoesNotMatch(" on[a-z]+=\"", html);
        Assert.DoesNotMatch("(src|href)=\"https?://", html.Replace("href=\"https://git", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Names_and_texts_of_users_are_encoded()
    {
        var job = Feeds.AddJob("evil");
        job.Description = "<img src=x onerror=alert(1)>";
        var run = Feeds.AddRun(job).Start();
        run.Stage("<b>stage</b> \"quoted\"");
        run.Waiting = "<script>alert(2)</script>";
        foreach (var path in (string[])["", "job/evil/", "job/evil/1/"])
        {
            var html = await _client.GetStringAsync(path, Cancellation);
            Assert.DoesNotContain("<img src=x", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<b>stage", html, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("job/none/")]
    [InlineData("job/hello/99/")]
    [InlineData("job/hello/99/console")]
    [InlineData("computer/none/")]
    [InlineData("job/none/configure")]
    [InlineData("job/hello/build/extra")]
    public async Task What_is_not_there_answers_404_with_a_page(string path)
    {
        using var response = await _client.GetAsync(path, Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("There is nothing here", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fragment_holds_the_content_alone_and_nothing_of_the_viewer()
    {
        using var response = await GetFragmentAsync("job/shop/job/checkout/22/");
        var html = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.StartsWith("<main", html.TrimStart(), StringComparison.Ordinal);
        Assert.DoesNotContain(_server.Access.Crumb!, html, StringComparison.Ordinal);
        Assert.DoesNotContain("Ada Lovelace</span>", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unchanged_fragment_is_not_sent_again()
    {
        using var first = await GetFragmentAsync("newJob");
        var etag = first.Headers.ETag!.ToString();
        using var again = await GetFragmentAsync("newJob", etag);
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Fact]
    public async Task A_page_fails_as_a_whole_and_says_where_to_look()
    {
        Feeds.Clock = () => DateTimeOffset.UtcNow;
        Feeds.Jobs.Add(null!);
        using var response = await _client.GetAsync("", Cancellation);
        var html = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("The server failed to answer", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NullReference", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_access_layer_no_page_answers()
    {
        _server.Access.IsThere = false;
        foreach (var path in (string[])["", "feed", "ui/log/lines?run=1", "job/hello/"])
        {
            using var response = await _client.GetAsync(path, Cancellation);
            Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        }
    }

    [Fact]
    public async Task Every_endpoint_says_what_it_needs()
    {
        // The fake access layer refuses endpoints that do not: one request to each kind is enough to see.
        foreach (var path in (string[])["", "queue", "computer", "computer/new", "newJob", "job/hello", "job/hello/1", "job/hello/build", "job/hello/configure", "login", "feed?run=x", "ui/log/lines", "ui/log/search", "ui/log/raw", "nowhere"])
        {
            using var response = await _client.GetAsync(path, Cancellation);
            Assert.NotEqual(HttpStatusCode.Forbidden, response.StatusCode);
        }
    }

    [Fact]
    public async Task Who_is_not_logged_in_is_led_to_the_login_and_back()
    {
        _server.Access.Caller = new Caller("anonymous", "anonymous", null);
        _server.Access.Rule = (need, _) => need == Permission.Anonymous;
        using var response = await _client.GetAsync("job/hello/1/?view=tests", Cancellation);
        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal("/login?from=%2Fjob%2Fhello%2F1%2F%3Fview%3Dtests", response.Headers.Location!.ToString());
        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync("login", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Readers_are_shown_no_buttons_and_their_forms_are_refused()
    {
        _server.Access.Rule = (need, _) => need <= Permission.Read;
        var html = await _client.GetStringAsync("job/shop/job/checkout/23/", Cancellation);
        Assert.DoesNotContain("ui/run/stop", html, StringComparison.Ordinal);
        Assert.DoesNotContain("ui/run/delete", html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, (await _client.GetAsync("job/shop/job/checkout/configure", Cancellation)).StatusCode);
        using var stop = await PostAsync("ui/run/stop?job=shop/checkout&number=23");
        Assert.Equal(HttpStatusCode.Forbidden, stop.StatusCode);
        Assert.Equal(RunState.Running, Feeds.Find(JobPath.Parse("shop/checkout"))!.Runs[^1].State);
    }

    [Fact]
    public async Task What_one_may_not_read_is_not_listed()
    {
        _server.Access.Rule = (_, job) => !job.Value.StartsWith("shop", StringComparison.Ordinal);
        var html = await _client.GetStringAsync("", Cancellation);
        Assert.DoesNotContain("checkout", html, StringComparison.Ordinal);
        Assert.DoesNotContain("shop/search", html, StringComparison.Ordinal);
        Assert.Contains("hello", html, StringComparison.Ordinal);
        var run = Feeds.Find(JobPath.Parse("shop/checkout"))!.Runs[0];
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync($"ui/log/lines?run={run.Id}", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_forged_form_without_the_crumb_changes_nothing()
    {
        using var response = await _client.PostAsync("ui/job/delete?job=hello", new FormUrlEncodedContent([]), Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.NotNull(Feeds.Find(JobPath.Parse("hello")));
    }

    [Fact]
    public async Task A_run_is_started_with_the_answers_of_its_form()
    {
        using var response = await PostAsync("ui/job/trigger?job=shop/checkout", ("answered", "true"), ("p.TARGET", "production"), ("p.RUN_SLOW_TESTS", "false"), ("p.NOTES", "a\r\nb"));
        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        Assert.Equal("/job/shop/job/checkout/", response.Headers.Location!.ToString());
        var run = Feeds.Find(JobPath.Parse("shop/checkout"))!.Runs[^1];
        Assert.Equal("production", run.Parameters.Single(p => p.Name == "TARGET").Value);
        Assert.Equal("a\nb", run.Parameters.Single(p => p.Name == "NOTES").Value);
        Assert.Equal(new UserCause("ada", "Ada Lovelace"), Assert.Single(run.Causes));
    }

    [Fact]
    public async Task A_ticked_box_wins_over_the_hidden_no_before_it()
    {
        await PostAsync("ui/job/trigger?job=shop/checkout", ("answered", "true"), ("p.RUN_SLOW_TESTS", "false"), ("p.RUN_SLOW_TESTS", "true"));
        Assert.Equal("true", Feeds.Find(JobPath.Parse("shop/checkout"))!.Runs[^1].Parameters.Single().Value);
    }

    [Fact]
    public async Task Commands_to_copy_log_in_where_the_server_asks_for_it()
    {
        Assert.Contains("curl -u 'ada:API-TOKEN' -X POST", WebUtility.HtmlDecode(await _client.GetStringAsync("job/shop/job/brand-new/", Cancellation)), StringComparison.Ordinal);
        _server.Access.IsOpen = true;
        Assert.Contains("curl -X POST", WebUtility.HtmlDecode(await _client.GetStringAsync("job/empty/", Cancellation)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_with_parameters_asks_for_them_first()
    {
        var before = Feeds.Find(JobPath.Parse("shop/checkout"))!.Runs.Count;
        using var response = await PostAsync("ui/job/trigger?job=shop/checkout");
        Assert.Equal("/job/shop/job/checkout/build", response.Headers.Location!.ToString());
        Assert.Equal(before, Feeds.Find(JobPath.Parse("shop/checkout"))!.Runs.Count);
    }

    [Fact]
    public async Task Passwords_never_leave_the_server()
    {
        foreach (var path in (string[])["job/shop/job/checkout/", "job/shop/job/checkout/build", "job/shop/job/checkout/build?from=20", "job/shop/job/checkout/22/?view=details"])
        {
            Assert.DoesNotContain(">secret<", await _client.GetStringAsync(path, Cancellation), StringComparison.Ordinal);
            Assert.DoesNotContain("value=\"secret\"", await _client.GetStringAsync(path, Cancellation), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_job_is_created_from_the_form_and_a_wrong_name_is_explained()
    {
        using var made = await PostAsync("ui/job/create?job=shop", ("name", "api"), ("kind", "pipeline"), ("source", "scm"), ("url", "https://git.example.org/api.git"), ("ref", "main"), ("scriptPath", "Jenkinsfile"));
        Assert.Equal("/job/shop/job/api/", made.Headers.Location!.ToString());
        Assert.Contains("https://git.example.org/api.git", Feeds.Find(JobPath.Parse("shop/api"))!.Config, StringComparison.Ordinal);
        using var wrong = await PostAsync("ui/job/create?job=", ("name", "a/b"), ("kind", "folder"));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Contains("unsafe character", await wrong.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        using var empty = await PostAsync("ui/job/create?job=", ("name", "b"), ("kind", "pipeline"), ("source", "scm"));
        Assert.Contains("The repository is missing", await empty.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Saving_a_job_keeps_the_credentials_that_the_form_does_not_show()
    {
        await PostAsync("ui/job/configure?job=shop/checkout", ("description", "new"), ("source", "scm"), ("url", "https://git.example.org/other.git"), ("ref", "*/main"), ("scriptPath", "Jenkinsfile"));
        var config = Feeds.Find(JobPath.Parse("shop/checkout"))!.Config;
        Assert.Contains("<credentialsId>git-bot</credentialsId>", config, StringComparison.Ordinal);
        Assert.Contains("other.git", config, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_script_a_refusal_is_data_so_that_the_form_can_stay()
    {
        using var response = await PostAsync("ui/job/configure?job=hello", script: true, ("xml", "nonsense"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("Begin with", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_run_is_stopped_kept_repeated_and_deleted()
    {
        var job = Feeds.Find(JobPath.Parse("hello"))!;
        Feeds.OnTriggered = run => run.Start();
        Assert.Equal(HttpStatusCode.SeeOther, (await PostAsync("ui/job/trigger?job=hello")).StatusCode);
        var number = job.Runs[^1].Number;
        await PostAsync($"ui/run/stop?job=hello&number={number}");
        Assert.Equal(RunResult.Aborted, job.Runs[^1].Result);
        await PostAsync($"ui/run/keep?job=hello&number={number}&kept=true");
        Assert.True(job.Runs[^1].IsKept);
        await PostAsync($"ui/run/rebuild?job=hello&number={number}");
        Assert.Equal(number + 1, job.Runs[^1].Number);
        await PostAsync($"ui/run/delete?job=hello&number={number}");
        Assert.DoesNotContain(job.Runs, r => r.Number == number);
        using var gone = await PostAsync($"ui/run/stop?job=hello&number={number}");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task A_run_with_a_password_asks_for_it_again()
    {
        using var response = await PostAsync("ui/run/rebuild?job=shop/checkout&number=20");
        Assert.Equal("/job/shop/job/checkout/build?from=20", response.Headers.Location!.ToString());
    }

    [Fact]
    public async Task An_account_is_shown_to_its_owner_and_to_administrators_alone()
    {
        Assert.Contains("ui/user/password?user=ada", await _client.GetStringAsync("user/ada/security/", Cancellation), StringComparison.Ordinal);
        Assert.Contains("leaver", await _client.GetStringAsync("securityRealm/", Cancellation), StringComparison.Ordinal);

        _server.Access.Rule = (permission, _) => permission < Permission.Administer;
        Assert.DoesNotContain("All users", await _client.GetStringAsync("user/ada/security/", Cancellation), StringComparison.Ordinal);
        using var other = await _client.GetAsync("user/grace/security/", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
        using var all = await _client.GetAsync("securityRealm/", Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, all.StatusCode);
    }

    [Fact]
    public async Task Requests_and_node_blocks_in_the_queue_can_be_cancelled_by_whoever_may_build_their_job()
    {
        _server.Access.Rule = (permission, job) => permission <= Permission.Read || job.Value == "platform/base-images";
        var page = await _client.GetStringAsync("queue/", Cancellation);
        Assert.Contains("ui/queue/cancel?item=9001&amp;job=platform%2Fbase-images&amp;from=queue", page, StringComparison.Ordinal);
        Assert.Contains("ui/queue/cancel?item=9002", page, StringComparison.Ordinal);
        Assert.DoesNotContain("ui/queue/cancel?item=9003", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queue_items_and_nodes_are_acted_on()
    {
        await PostAsync("ui/queue/cancel?item=9002");
        Assert.DoesNotContain(Feeds.Queue, q => q.Id.Value == 9002);
        await PostAsync("ui/node/offline?node=builder-1&offline=true");
        Assert.True(Feeds.Nodes.Single(n => n.Name == "builder-1").IsTakenOffline);
        await PostAsync("ui/node/create", ("name", "new-one"), ("labels", "a b"), ("executors", "2"), ("remote", "/x"));
        Assert.Equal(["a", "b"], Feeds.Nodes.Single(n => n.Name == "new-one").Labels);
        await PostAsync("ui/node/delete?node=new-one");
        Assert.DoesNotContain(Feeds.Nodes, n => n.Name == "new-one");
    }

    [Fact]
    public async Task Assets_may_be_kept_for_ever_and_are_compressed()
    {
        var html = await _client.GetStringAsync("login", Cancellation);
        var href = System.Text.RegularExpressions.Regex.Match(html, "href=\"(assets/[^\"]+\\.css)\"").Groups[1].Value;
        using var request = new HttpRequestMessage(HttpMethod.Get, href);
        request.Headers.AcceptEncoding.ParseAdd("br");
        using var response = await _client.SendAsync(request, Cancellation);
        Assert.True(response.Headers.CacheControl!.Public);
        Assert.Equal("br", Assert.Single(response.Content.Headers.ContentEncoding));
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync("assets/x/../../Slipway.Web.dll", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Behind_a_prefix_every_address_has_it()
    {
        await using var prefixed = await FakeServer.StartAsync(SampleData.Create(DateTimeOffset.UtcNow), pathBase: "/ci");
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = prefixed.Root };
        var html = await client.GetStringAsync("job/hello/", Cancellation);
        Assert.Contains("<base href=\"/ci/\"", html, StringComparison.Ordinal);
        Assert.DoesNotMatch("(href|src|action)=\"/(?!ci/)", html);
        using var post = new HttpRequestMessage(HttpMethod.Post, "ui/job/trigger?job=hello") { Content = new FormUrlEncodedContent([]) };
        post.Headers.Add(Crumbs.Field, prefixed.Access.Crumb);
        using var response = await client.SendAsync(post, Cancellation);
        Assert.Equal("/ci/job/hello/", response.Headers.Location!.ToString());
    }

    private Task<HttpResponseMessage> PostAsync(string path, params (string, string)[] fields) => PostAsync(path, false, fields);

    private async Task<HttpResponseMessage> PostAsync(string path, bool script, params (string Name, string Value)[] fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Content = new FormUrlEncodedContent([.. fields.Select(f => KeyValuePair.Create(f.Name, f.Value)), KeyValuePair.Create(Crumbs.Field, _server.Access.Crumb!)]);
        if (script)
        {
            request.Headers.Add("X-Slipway-Action", "1");
        }

        return await _client.SendAsync(request, Cancellation);
    }

    private async Task<HttpResponseMessage> GetFragmentAsync(string path, string? etag = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("X-Slipway-Fragment", "1");
        if (etag is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", etag);
        }

        return await _client.SendAsync(request, Cancellation);
    }
}
