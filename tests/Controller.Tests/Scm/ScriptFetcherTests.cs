using System.Diagnostics;
using Slipway.Controller.Scm;
using Slipway.Model;

namespace Slipway.Controller.Tests.Scm;

public sealed class ScriptFetcherTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-scm-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task The_newest_commit_of_a_branch_gives_the_script_and_its_revision()
    {
        var repository = MakeRepository();

        var first = await FetchAsync(repository, "*/main");
        Assert.Equal("echo 1\n", first.Text);
        Assert.Equal("main", first.Revision!.Branch);
        Assert.Equal(Git(repository, "rev-parse", "HEAD").Trim(), first.Revision.Commit);

        Commit(repository, "echo 2\n");
        Assert.Equal("echo 2\n", (await FetchAsync(repository, "*/main")).Text);
    }

    [Fact]
    public async Task A_branch_that_is_not_there_is_named_with_those_that_are()
    {
        var fetched = await FetchAsync(MakeRepository(), "*/gone");

        Assert.Null(fetched.Text);
        Assert.Contains("has no branch or tag '*/gone'. It has: main.", fetched.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_that_is_not_there_is_named_with_url_and_ref()
    {
        var repository = MakeRepository();

        var fetched = await Fetcher().FetchAsync(new ScmScript(repository, ["*/main"], null, "ci/Jenkinsfile"), TestContext.Current.CancellationToken);

        Assert.Contains($"There is no file 'ci/Jenkinsfile' in {repository} at 'main'", fetched.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repository_that_cannot_be_reached_is_named_without_its_credentials()
    {
        var fetched = await Fetcher().FetchAsync(new ScmScript("http://me:hunter2@127.0.0.1:1/x.git", ["*/main"], null, "Jenkinsfile"), TestContext.Current.CancellationToken);

        Assert.Contains("http://127.0.0.1:1/x.git", fetched.Fault, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fetched.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_in_the_url_reach_the_repository_and_no_process_list()
    {
        using var server = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        server.Start();
        Directory.CreateDirectory(Path.Combine(_directory, "cache"));
        var url = $"http://me:hunter%4023@{server.LocalEndpoint}/x.git";
        var fetching = Fetcher().FetchAsync(new ScmScript(url, ["*/main"], null, "Jenkinsfile"), TestContext.Current.CancellationToken);

        var asked = await AnswerAsync(server, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n");
        var processes = CommandLines();
        var again = await AnswerAsync(server, "404 Not Found", "");
        var fetched = await fetching;

        Assert.DoesNotContain("Authorization", asked, StringComparison.Ordinal);
        Assert.Contains("Authorization: Basic " + Convert.ToBase64String("me:hunter@23"u8), again, StringComparison.Ordinal);
        Assert.Contains(processes, line => line.Contains($"{server.LocalEndpoint}/x.git", StringComparison.Ordinal));
        Assert.DoesNotContain(processes, line => line.Contains("hunter", StringComparison.Ordinal));
        Assert.DoesNotContain("hunter", fetched.Fault, StringComparison.Ordinal);
    }

    /// <summary>Answers one request and returns its head. The processes are looked at while git still waits for the answer to the next one.</summary>
    private static async Task<string> AnswerAsync(System.Net.Sockets.TcpListener server, string status, string headers)
    {
        using var client = await server.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream, leaveOpen: true);
        var head = new System.Text.StringBuilder();
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { Length: > 0 } line)
        {
            head.AppendLine(line);
        }

        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n"), TestContext.Current.CancellationToken);
        return head.ToString();
    }

    private static List<string> CommandLines()
    {
        var lines = new List<string>();
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0])))
        {
            try
            {
                lines.Add(File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' '));
            }
            catch (IOException)
            {
                // It has just ended.
            }
        }

        return lines;
    }

    [Theory]
    [InlineData("/etc")]
    [InlineData("file:///etc")]
    [InlineData("../x")]
    public async Task A_repository_on_the_server_itself_is_refused_unless_it_is_allowed(string url)
    {
        var fetcher = new ScriptFetcher(_directory, allowLocalRepositories: false);

        Assert.Contains("not allowed", (await fetcher.FetchAsync(new ScmScript(url, ["*/main"], null, "Jenkinsfile"), TestContext.Current.CancellationToken)).Fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ext::sh -c touch% /tmp/x")]
    [InlineData("--upload-pack=touch /tmp/x")]
    public async Task A_url_that_would_run_a_command_is_refused(string url)
    {
        Assert.Null((await FetchAsync(url, "*/main")).Text);
    }

    private ScriptFetcher Fetcher() => new(Path.Combine(_directory, "cache"), allowLocalRepositories: true);

    private Task<FetchedScript> FetchAsync(string url, string branch)
    {
        Directory.CreateDirectory(Path.Combine(_directory, "cache"));
        return Fetcher().FetchAsync(new ScmScript(url, [branch], null, "Jenkinsfile"), TestContext.Current.CancellationToken);
    }

    private string MakeRepository()
    {
        var repository = Path.Combine(_directory, "repo");
        Directory.CreateDirectory(repository);
        Git(repository, "init", "--quiet", "-b", "main");
        Commit(repository, "echo 1\n");
        return repository;
    }

    private static void Commit(string repository, string script)
    {
        File.WriteAllText(Path.Combine(repository, "Jenkinsfile"), script);
        Git(repository, "add", ".");
        Git(repository, "-c", "user.name=t", "-c", "user.email=t@example", "commit", "--quiet", "-m", "m");
    }

    private static string Git(string directory, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = directory, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
