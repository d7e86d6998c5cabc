using System.Diagnostics;
using Slipway.Api.Tests.Testing;

namespace Slipway.Api.Tests.Runs;

public sealed class ChangesTests : IDisposable
{
    private readonly ApiClient _client;
    private readonly string _repository = Path.Combine(Path.GetTempPath(), "slipway-changes-" + Guid.NewGuid().ToString("n"));

    public ChangesTests(OpenServer server)
    {
        _client = server.NewClient();
        Directory.CreateDirectory(_repository);
        Git("Ada", "init", "-q", "-b", "main");
        Commit("Ada", "first", ("kept", "1"), ("gone", "1"));
    }

    public void Dispose()
    {
        _client.Dispose();
        Directory.Delete(_repository, recursive: true);
    }

    [Fact]
    public async Task A_run_tells_the_commits_since_the_run_before_of_the_same_branch()
    {
        var job = await _client.CreateJobAsync(
            $$$"""
            node {
              def vars = git(url: '{{{_repository}}}', branch: 'main')
              echo "previous: ${vars.GIT_PREVIOUS_COMMIT}"
              dir('again') { git url: '{{{_repository}}}', branch: 'main' }
              for (cs in currentBuild.changeSets) {
                for (e in cs.items) { echo "${e.commitId} by ${e.author} (${e.author.fullName}) ${e.msg}: ${e.affectedFiles.collect { it.editType.name + ' ' + it.path }}" }
              }
              if (env.BUILD_NUMBER == '2') { error 'broken' }
            }
            """);
        var first = await _client.RunAsync(job);
        Assert.True(first.GetProperty("result").GetString() == "SUCCESS", await _client.TextAsync($"job/{job}/1/consoleText"));
        Assert.Empty(first.GetProperty("changeSets").EnumerateArray());
        Assert.Contains("First time build. Skipping changelog.\n", await _client.TextAsync($"job/{job}/1/consoleText"), StringComparison.Ordinal);

        var built = Git("Ada", "rev-parse", "HEAD");
        Git("Ada", "rm", "-q", "gone");
        var second = Commit("Ada", "Second: \"quoted\"\n\nWith a body.", ("kept", "2"), ("d/new", "1"));
        var third = Commit("Grace", "third", ("other", "1"));
        Git("Grace", "checkout", "-q", "-b", "side");
        Commit("Eve", "not on main", ("side", "1"));
        Git("Grace", "checkout", "-q", "main");
        var run = await _client.RunAsync(job);
        var log = await _client.TextAsync($"job/{job}/2/consoleText");

        Assert.Equal("FAILURE", run.GetProperty("result").GetString());
        Assert.Contains($"previous: {built}\n", log, StringComparison.Ordinal);
        Assert.Contains($"{third} by Grace (Grace) third: [add other]\n", log, StringComparison.Ordinal);
        Assert.Contains($"{second} by Ada (Ada) Second: \"quoted\": [add d/new, delete gone, edit kept]\n", log, StringComparison.Ordinal);
        var set = Assert.Single(run.GetProperty("changeSets").EnumerateArray());
        Assert.Equal(("git", "hudson.plugins.git.GitChangeSetList"), (set.GetProperty("kind").GetString(), set.GetProperty("_class").GetString()));
        var items = set.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal([third, second], items.Select(i => i.GetProperty("commitId").GetString()));
        Assert.Equal(("Second: \"quoted\"", "Second: \"quoted\"\n\nWith a body.\n"), (items[1].GetProperty("msg").GetString(), items[1].GetProperty("comment").GetString()));
        Assert.Equal("Ada", items[1].GetProperty("author").GetProperty("fullName").GetString());
        Assert.Equal(["d/new", "gone", "kept"], items[1].GetProperty("affectedPaths").EnumerateArray().Select(p => p.GetString()));
        Assert.Equal([("add", "d/new"), ("delete", "gone"), ("edit", "kept")], items[1].GetProperty("paths").EnumerateArray().Select(p => (p.GetProperty("editType").GetString(), p.GetProperty("file").GetString())));
        var time = DateTimeOffset.FromUnixTimeMilliseconds(items[1].GetProperty("timestamp").GetInt64());
        Assert.Equal($"{time:yyyy-MM-dd HH:mm:ss} +0000", items[1].GetProperty("date").GetString());
        Assert.Equal(["Grace", "Ada"], Culprits(run));
        var page = await _client.TextAsync($"job/{job}/2/changes");
        Assert.Contains("Second: &quot;quoted&quot;", page, StringComparison.Ordinal);
        Assert.Contains("d/new", page, StringComparison.Ordinal);

        // The next one begins where the last one ended, and those who may have broken the job are still told.
        Commit("Linus", "fourth", ("kept", "3"));
        run = await _client.RunAsync(job);
        Assert.Equal(["fourth"], run.GetProperty("changeSets")[0].GetProperty("items").EnumerateArray().Select(i => i.GetProperty("msg").GetString()));
        Assert.Equal(["Linus", "Grace", "Ada"], Culprits(run));

        run = await _client.RunAsync(job);
        Assert.Empty(run.GetProperty("changeSets").EnumerateArray());
        Assert.Empty(Culprits(run));
    }

    private static IEnumerable<string?> Culprits(System.Text.Json.JsonElement run) => run.GetProperty("culprits").EnumerateArray().Select(c => c.GetProperty("fullName").GetString());

    private string Commit(string author, string message, params (string Path, string Text)[] files)
    {
        foreach (var (path, text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_repository, path))!);
            File.WriteAllText(Path.Combine(_repository, path), text);
        }

        Git(author, "add", "-A");
        Git(author, "commit", "-q", "-m", message);
        return Git(author, "rev-parse", "HEAD");
    }

    private string Git(string author, params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("git", ["-C", _repository, "-c", $"user.name={author}", "-c", "user.email=x@example.org", .. arguments]) { RedirectStandardOutput = true };
        using var git = Process.Start(start)!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        return output.Trim();
    }
}
