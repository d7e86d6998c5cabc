using System.Net;
using Slipway.Server.Settings;

namespace Slipway.Server.Tests.Clouds;

/// <summary>On a whole server, with clusters that nobody answers for: what is configured does not depend on whether it can be reached.</summary>
public sealed class LiveConfigurationTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-live-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Faults_keep_the_server_from_starting_and_all_are_told()
    {
        var file = Write("a.yaml", "jenkins:\n  clouds:\n  - kubernetes:\n      name: a\n      nonsense: 1\n      serverUrl: https://k\n      containerCap: x\n");

        var fault = await Assert.ThrowsAsync<SettingsException>(() => RunningServer.StartAsync(s => s with { Configuration = [file] }));

        Assert.Equal(2, fault.Faults.Count);
        Assert.Contains($"{file}:5:7: jenkins.clouds[0].kubernetes.nonsense", fault.Faults[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_file_is_taken_up_and_a_faulty_one_changes_nothing()
    {
        var file = Write("a.yaml", Cloud("first"));
        await using var server = await RunningServer.StartAsync(s => s with { Configuration = [file] });

        Write("a.yaml", Cloud("second"));
        await Eventually.TrueAsync("the second cloud is there", () => server.Logged.Any(l => l.Contains("cloud 'second' is new", StringComparison.Ordinal)));
        Write("a.yaml", "jenkins: [");
        await Eventually.TrueAsync("the fault is told", () => server.Logged.Any(l => l.Contains("Everything stays as it was", StringComparison.Ordinal)));
        Write("a.yaml", Cloud("second"));
        await Eventually.TrueAsync("it is read again", () => server.Logged.Any(l => l.Contains("nothing of clouds changed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_ConfigMap_that_is_swapped_is_taken_up()
    {
        var mount = Directory.CreateDirectory(Path.Combine(_directory, "mount")).FullName;
        Write("mount/..1/jenkins.yaml", Cloud("first"));
        File.CreateSymbolicLink(Path.Combine(mount, "..data"), "..1");
        File.CreateSymbolicLink(Path.Combine(mount, "jenkins.yaml"), "..data/jenkins.yaml");
        await using var server = await RunningServer.StartAsync(s => s with { Configuration = [mount] });

        // As the kubelet does: a new directory, a link beside, and the link renamed over the old one.
        Write("mount/..2/jenkins.yaml", Cloud("second"));
        File.CreateSymbolicLink(Path.Combine(mount, "..data_tmp"), "..2");
        using var move = System.Diagnostics.Process.Start("mv", ["-T", Path.Combine(mount, "..data_tmp"), Path.Combine(mount, "..data")]);
        await move.WaitForExitAsync(TestContext.Current.CancellationToken);

        await Eventually.TrueAsync("the second cloud is there", () => server.Logged.Any(l => l.Contains("cloud 'second' is new", StringComparison.Ordinal)));
        Assert.Contains(server.Logged, l => l.Contains("cloud 'first' is not configured any more", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_reload_can_be_asked_for_and_answers_with_the_faults()
    {
        var file = Write("a.yaml", Cloud("first"));
        await using var server = await RunningServer.StartAsync(s => s with { Configuration = [file] });

        using var good = await server.Http.PostAsync("configuration-as-code/reload", null, TestContext.Current.CancellationToken);
        Write("a.yaml", "jenkins:\n  clouds:\n  - kubernetes: {nonsense: 1}\n");
        using var bad = await server.Http.PostAsync("configuration-as-code/reload", null, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, bad.StatusCode);
        Assert.Contains("nonsense", await bad.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "?casc-reload-token=s3cret%2Bmore", HttpStatusCode.OK)]
    [InlineData("POST", "?casc-reload-token=s3cret", HttpStatusCode.Unauthorized)]
    [InlineData("POST", "?casc-reload-token=", HttpStatusCode.Unauthorized)]
    [InlineData("POST", "?casc-reload-token=s3cret%2Bmore&casc-reload-token=x", HttpStatusCode.Unauthorized)]
    [InlineData("POST", "", HttpStatusCode.Unauthorized)]
    [InlineData("GET", "?casc-reload-token=s3cret%2Bmore", HttpStatusCode.MethodNotAllowed)]
    public async Task The_reload_token_alone_opens_the_reload_without_a_login(string method, string query, HttpStatusCode status)
    {
        var file = Write("a.yaml", Cloud("first"));
        await using var server = await RunningServer.StartAsync(s => s with { Configuration = [file], RequireLogin = true, ReloadToken = "s3cret+more" });

        using var answer = await server.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), "reload-configuration-as-code/" + query), TestContext.Current.CancellationToken);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(status == HttpStatusCode.OK ? 1 : 0, server.Logged.Count(l => l.Contains("was read again", StringComparison.Ordinal)));
        Assert.DoesNotContain(server.Logged, l => l.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_reload_by_token_tells_the_faults()
    {
        var file = Write("a.yaml", Cloud("first"));
        await using var server = await RunningServer.StartAsync(s => s with { Configuration = [file], RequireLogin = true, ReloadToken = "t" });
        Write("a.yaml", "jenkins:\n  clouds:\n  - kubernetes: {nonsense: 1}\n");

        using var answer = await server.Http.PostAsync("reload-configuration-as-code/?casc-reload-token=t", null, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("a.yaml:3:", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_token_of_the_server_nobody_reloads_by_one_and_strangers_not_at_all()
    {
        await using var server = await RunningServer.StartAsync(s => s with { RequireLogin = true });

        using var byToken = await server.Http.PostAsync("reload-configuration-as-code/?casc-reload-token=", null, TestContext.Current.CancellationToken);
        using var byNobody = await server.Http.PostAsync("configuration-as-code/reload", null, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, byToken.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, byNobody.StatusCode);
    }

    [Fact]
    public async Task Keys_of_others_are_named_once_in_the_log()
    {
        var file = Write("a.yaml", "unclassified: {}\njenkins: {numExecutors: 0}\n");
        await using var server = await RunningServer.StartAsync(s => s with { Configuration = [file] });

        Assert.Single(server.Logged, l => l.Contains("jenkins.numExecutors, unclassified", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cloud_whose_pods_would_dial_their_own_machine_is_warned_of()
    {
        var file = Write("a.yaml", Cloud("first"));
        await using var lost = await RunningServer.StartAsync(s => s with { Configuration = [file] });
        await using var found = await RunningServer.StartAsync(s => s with { Configuration = [file], RootUrl = "http://ci.example.com/" });

        Assert.Contains(lost.Logged, l => l.Contains("jenkinsUrl", StringComparison.Ordinal));
        Assert.DoesNotContain(found.Logged, l => l.Contains("jenkinsUrl", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("jenkins:\n")]
    [InlineData("# nothing yet\njenkins:\n  clouds:\n")]
    public async Task A_file_that_became_empty_takes_no_cloud_away(string text)
    {
        var file = Write("a.yaml", Cloud("first"));
        await using var server = await RunningServer.StartAsync(s => s with { Configuration = [file] });

        Write("a.yaml", text);
        using var answer = await server.Http.PostAsync("configuration-as-code/reload", null, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("It is empty now", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.DoesNotContain(server.Logged, l => l.Contains("not configured any more", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_last_clouds_go_only_where_a_file_says_so_and_that_is_told_loudly()
    {
        var file = Write("a.yaml", Cloud("first"));
        await using var server = await RunningServer.StartAsync(s => s with { Configuration = [file] });

        Write("a.yaml", "jenkins:\n  numExecutors: 0\n");
        using var cut = await server.Http.PostAsync("configuration-as-code/reload", null, TestContext.Current.CancellationToken);
        Write("a.yaml", "jenkins:\n  clouds: []\n");
        using var said = await server.Http.PostAsync("configuration-as-code/reload", null, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, cut.StatusCode);
        Assert.Contains("clouds: []", await cut.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, said.StatusCode);
        Assert.Contains(server.Logged, l => l.Contains("there is no cloud: first make no new nodes", StringComparison.Ordinal));
        Assert.Contains("All clouds were taken out", await server.Http.GetStringAsync("manage/clouds/", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_emptied_before_it_is_written_is_read_when_it_is_whole()
    {
        var file = Write("a.yaml", Cloud("first"));
        await using var server = await RunningServer.StartAsync(s => s with { Configuration = [file] });
        var pieces = Enumerable.Range(0, 40).Select(i => $"# {i}\n").Append(Cloud("first").Replace("namespace: x", "namespace: y", StringComparison.Ordinal));

        // As an editor over a slow link: emptied, then piece by piece, each later than the last.
        await using (var stream = new FileStream(file, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite))
        {
            foreach (var piece in pieces)
            {
                await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(piece), TestContext.Current.CancellationToken);
                await stream.FlushAsync(TestContext.Current.CancellationToken);
            }
        }

        await Eventually.TrueAsync("it is taken up", () => server.Logged.Any(l => l.Contains("cloud 'first' has new settings", StringComparison.Ordinal)));
        Assert.DoesNotContain(server.Logged, l => l.Contains("cannot be used", StringComparison.Ordinal));
    }

    // Nobody listens on port 1 of this machine.
    private static string Cloud(string name) => $"jenkins:\n  clouds:\n  - kubernetes: {{name: {name}, serverUrl: 'http://127.0.0.1:1', namespace: x}}\n";

    private string Write(string name, string text)
    {
        var file = Path.Combine(_directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }
}
