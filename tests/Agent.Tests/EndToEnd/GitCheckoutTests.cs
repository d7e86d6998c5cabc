using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Slipway.Agent.Tests.Testing;
using Slipway.Model.Operations;

namespace Slipway.Agent.Tests.EndToEnd;

public sealed class GitCheckoutTests : IAsyncLifetime
{
    private AgentFixture _agent = null!;
    private string _repository = null!;

    public async ValueTask InitializeAsync()
    {
        _agent = await AgentFixture.StartAsync();
        _repository = Path.Combine(_agent.Root, "repository");
        Git("init", "-q", "-b", "main", _repository);
        Commit("file", "one", "first commit");
    }

    public ValueTask DisposeAsync() => _agent.DisposeAsync();

    [Fact]
    public async Task A_branch_is_checked_out_with_what_a_pipeline_wants_to_know_of_it()
    {
        var (result, log) = await CheckoutAsync(new GitCheckout(_repository, ["*/main"], null, null, Changelog: true, Poll: false));

        var checkedOut = Assert.IsType<GitCheckedOut>(result);
        Assert.Equal((Head(), "origin/main", _repository, "first commit"), (checkedOut.Commit, checkedOut.Branch, checkedOut.Url, checkedOut.Subject));
        Assert.Equal("one", await File.ReadAllTextAsync(Path.Combine(_agent.Root, "ws/file")));
        Assert.Contains($"Checking out Revision {checkedOut.Commit} (origin/main)\n", log);
        Assert.Contains(" > git fetch --tags --force --prune --progress -- ", log);
    }

    [Fact]
    public async Task A_second_checkout_follows_the_branch_and_tells_what_changed()
    {
        var first = await CheckedOutAsync(new GitCheckout(_repository, ["main"], null, null, true, false));
        Commit("file", "two", "second commit\n\nwith a body");
        Commit("other", "x", "third commit");
        await File.WriteAllTextAsync(Path.Combine(_agent.Root, "ws/file"), "changed by a build");

        var second = await CheckedOutAsync(new GitCheckout(_repository, ["main"], null, null, true, false, PreviousCommit: first.Commit));

        Assert.Equal("two", await File.ReadAllTextAsync(Path.Combine(_agent.Root, "ws/file")));
        Assert.Equal(["third commit", "second commit\n\nwith a body"], second.Changes.Select(change => change.Message));
        Assert.Equal(["other"], second.Changes[0].Paths);
        Assert.Equal(("A", "M"), (second.Changes[0].Edits, second.Changes[1].Edits));
        Assert.Equal(("Ada", "ada@example.org", first.Commit), (second.Changes[0].Author, second.Changes[0].AuthorEmail, second.PreviousCommit));
    }

    [Fact]
    public async Task The_changelog_begins_where_the_last_run_of_the_same_branch_ended()
    {
        var first = Head();
        Commit("file", "two", "second commit");

        var known = await CheckedOutAsync(new GitCheckout(_repository, ["main"], null, null, true, false, PreviousByBranch: new Dictionary<string, string> { ["origin/main"] = first, ["origin/side"] = Head() }));
        var gone = await CheckoutAsync(new GitCheckout(_repository, ["main"], null, null, true, false, PreviousByBranch: new Dictionary<string, string> { ["origin/main"] = new('a', 40) }));

        Assert.Equal((first, "second commit"), (known.PreviousCommit, Assert.Single(known.Changes).Message));
        Assert.Empty(((GitCheckedOut)gone.Result).Changes);
        Assert.Contains("is not in the repository any more. Skipping changelog.", gone.Log);
    }

    [Fact]
    public async Task An_exact_commit_is_taken_though_its_branch_went_on()
    {
        var commit = Head();
        Commit("file", "two", "second");

        var result = await CheckedOutAsync(new GitCheckout(_repository, ["*/main"], commit, null, false, false));

        Assert.Equal((commit, "origin/main"), (result.Commit, result.Branch));
        Assert.Equal("one", await File.ReadAllTextAsync(Path.Combine(_agent.Root, "ws/file")));
    }

    [Theory]
    [InlineData("v1.0", "v1.0")]
    [InlineData("refs/tags/v1.0", "v1.0")]
    [InlineData("feature/*", "origin/feature/x")]
    [InlineData("refs/heads/feature/x", "origin/feature/x")]
    [InlineData("origin/feature/x", "origin/feature/x")]
    [InlineData("**/x", "origin/feature/x")]
    public async Task Branches_are_named_in_every_way_that_Jenkins_takes(string specifier, string branch)
    {
        Git("-C", _repository, "tag", "-a", "-m", "release", "v1.0");
        Git("-C", _repository, "branch", "feature/x");

        Assert.Equal(branch, (await CheckedOutAsync(new GitCheckout(_repository, [specifier], null, null, false, false))).Branch);
    }

    [Fact]
    public async Task A_local_branch_is_made_when_asked_for()
    {
        await CheckedOutAsync(new GitCheckout(_repository, ["main"], null, null, false, false, LocalBranch: "main"));

        Assert.Equal("main", Git("-C", Path.Combine(_agent.Root, "ws"), "rev-parse", "--abbrev-ref", "HEAD"));
    }

    [Fact]
    public async Task A_missing_branch_is_named_with_the_URL_and_those_that_there_are()
    {
        var (result, _) = await CheckoutAsync(new GitCheckout(_repository, ["*/mian"], null, null, false, false));

        Assert.Equal(new OperationFailed($"The repository '{_repository}' has no branch, tag or commit '*/mian'. Check its spelling; there are: origin/main.", false), result);
    }

    [Fact]
    public async Task A_branch_that_was_deleted_is_missing_though_the_workspace_still_knew_it()
    {
        Git("-C", _repository, "branch", "gone");
        await CheckedOutAsync(new GitCheckout(_repository, ["gone"], null, null, false, false));
        Git("-C", _repository, "branch", "-D", "gone");

        Assert.IsType<OperationFailed>((await CheckoutAsync(new GitCheckout(_repository, ["gone"], null, null, false, false))).Result);
    }

    [Fact]
    public async Task An_unreachable_repository_is_named_without_its_credentials()
    {
        var (result, log) = await CheckoutAsync(new GitCheckout("http://user:hunter22secret@127.0.0.1:1/x.git", ["main"], null, null, false, false));

        var failed = Assert.IsType<OperationFailed>(result);
        Assert.Contains("'http://127.0.0.1:1/x.git' cannot be fetched (wanted: 'main')", failed.Message);
        Assert.DoesNotContain("hunter22", failed.Message + log);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Credentials_reach_only_the_server_and_no_command_line(bool withinTheAddress)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var url = $"http://{(withinTheAddress ? "robot:t0psecret%2Dtoken@" : "")}127.0.0.1:{((IPEndPoint)server.LocalEndpoint).Port}/private.git";
        var commandLines = "";
        var serving = ServeAsync(server, () => commandLines += AllCommandLines());

        var (result, log) = await CheckoutAsync(new GitCheckout(url, ["main"], null, withinTheAddress ? null : new GitCredential("robot", "t0psecret-token"), false, false));

        var failed = Assert.IsType<OperationFailed>(result);
        Assert.Contains("Check the job's credentials", failed.Message);
        Assert.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes("robot:t0psecret-token")), await serving);
        Assert.DoesNotContain("t0psecret", commandLines + failed.Message + log);
        Assert.Contains("private.git", commandLines);
    }

    [Theory]
    [InlineData("--upload-pack=touch /tmp/owned", "main", null)]
    [InlineData("", "main", null)]
    [InlineData("REPOSITORY", "main", "--output=/tmp/owned")]
    public async Task What_would_be_read_as_an_option_is_refused(string url, string branch, string? commit)
    {
        var (result, _) = await CheckoutAsync(new GitCheckout(url == "REPOSITORY" ? _repository : url, [branch], commit, null, false, false));

        Assert.False(Assert.IsType<OperationFailed>(result).IsInfrastructure);
    }

    /// <summary>Asks for a login, and then refuses whatever it is given; returns what it was given.</summary>
    private static async Task<string> ServeAsync(TcpListener server, Action onRequest)
    {
        while (true)
        {
            using var client = await server.AcceptTcpClientAsync();
            var buffer = new byte[4096];
            var length = await client.GetStream().ReadAsync(buffer);
            var request = Encoding.ASCII.GetString(buffer, 0, length);
            onRequest();
            await client.GetStream().WriteAsync("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
            if (request.Contains("Authorization: Basic ", StringComparison.Ordinal))
            {
                return request;
            }
        }
    }

    private static string AllCommandLines() => string.Concat(Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])).Select(path =>
    {
        try
        {
            return File.ReadAllText(path + "/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }));

    private async Task<(OperationResult Result, string Log)> CheckoutAsync(GitCheckout checkout)
    {
        var id = _agent.NextId();
        var result = await _agent.RunAsync(checkout with { Surroundings = _agent.In("ws") }, id);
        return (result, _agent.Sink.Text(id));
    }

    private async Task<GitCheckedOut> CheckedOutAsync(GitCheckout checkout) => Assert.IsType<GitCheckedOut>((await CheckoutAsync(checkout)).Result);

    private string Head() => Git("-C", _repository, "rev-parse", "HEAD");

    private void Commit(string file, string content, string message)
    {
        File.WriteAllText(Path.Combine(_repository, file), content);
        Git("-C", _repository, "add", ".");
        Git("-C", _repository, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-q", "-m", message);
    }

    private static string Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", .. arguments]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.Trim();
    }
}
