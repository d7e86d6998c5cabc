using System.Globalization;
using Slipway.Agent.Operations;
using Slipway.Agent.Processes;
using Slipway.Agent.Workspaces;
using Slipway.Model.Operations;
using Slipway.Model.Scm;

namespace Slipway.Agent.Git;

/// <summary>Brings one revision of a repository into a directory.</summary>
internal sealed class GitCheckoutOperation(GitCheckout checkout, SupervisorContext context)
{
    /// <summary>As Jenkins: a changelog is for people. What is left out is in the repository.</summary>
    private const int LongestChangelog = 1024;

    private const int LongestMessage = 8 * 1024;

    private readonly string _url = RepositoryUrl.WithoutCredentials(checkout.Url);
    private readonly GitCredential? _credential = checkout.Credential ?? RepositoryUrl.CredentialIn(checkout.Url);
    private GitProgram _git = null!;

    public OperationResult Run()
    {
        Validate();
        Directory.CreateDirectory(context.Directory);
        _git = new GitProgram(context, _url, _credential);
        if (InPlaceWorkspace.Protects(context.Origin.InPlaceWorkspace, context.Directory))
        {
            context.Output.WriteLine($"The workspace is the checkout '{context.Directory}' itself: it is used as it is, with its local changes.");
            return Describe("HEAD", checkout.Refs.Count > 0 ? checkout.Refs[0] : "HEAD");
        }

        context.Output.WriteLine($"Fetching '{_url}' into '{context.Directory}'");
        Initialize();
        Fetch();
        var (commit, branch) = FindRevision();
        context.Output.WriteLine($"Checking out Revision {commit} ({branch})");
        Require(checkout.LocalBranch is { } local ? _git.Run("checkout", "-f", "-B", local, commit) : _git.Run("checkout", "-f", commit), $"The commit {commit} cannot be checked out");
        return Describe(commit, branch);
    }

    /// <summary>What comes from a Jenkinsfile becomes arguments of a program: nothing of it may be read as an option.</summary>
    private void Validate()
    {
        if (checkout.Url.Length == 0 || checkout.Url.StartsWith('-'))
        {
            throw new OperationFault($"'{_url}' is not the URL of a git repository.");
        }

        if (checkout.Commit is { } commit && !GitRefs.IsCommit(commit))
        {
            throw new OperationFault($"'{commit}' is not a commit: hexadecimal digits were expected.");
        }

        if (checkout.LocalBranch is { } local && (local.StartsWith('-') || local.Length == 0))
        {
            throw new OperationFault($"'{local}' cannot be the name of a branch.");
        }
    }

    private void Initialize()
    {
        if (!Path.Exists(Path.Combine(context.Directory, ".git")))
        {
            Require(_git.Run("init", context.Directory), $"A repository cannot be made in '{context.Directory}'", isInfrastructure: true);
        }

        Require(_git.Ask("config", "remote.origin.url", _url), "The repository's configuration cannot be written", isInfrastructure: true);
        Require(_git.Ask("config", "--replace-all", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"), "The repository's configuration cannot be written", isInfrastructure: true);

        // Left by a git that was killed. The workspace is ours alone while we are here.
        foreach (var name in (string[])["index.lock", "shallow.lock", "config.lock", "HEAD.lock"])
        {
            File.Delete(Path.Combine(context.Directory, ".git", name));
        }
    }

    private void Fetch() =>
        RequireReach(_git.Run("fetch", "--tags", "--force", "--prune", "--progress", "--", _url, "+refs/heads/*:refs/remotes/origin/*"));

    private (string Commit, string Branch) FindRevision()
    {
        var refs = ListRefs();
        var named = checkout.Refs.Select(specifier => GitRefs.Resolve(specifier, refs)).FirstOrDefault(found => found is not null);
        if (checkout.Commit is { } commit)
        {
            if (_git.Ask("cat-file", "-e", commit + "^{commit}").Code != 0)
            {
                // Not on a branch or tag any more: servers may still give it when asked by name.
                RequireReach(_git.Run("fetch", "--force", "--", _url, commit));
            }

            return (FullCommit(commit)!, named is null ? "detached" : GitRefs.BranchName(named.Name));
        }

        if (named is not null)
        {
            return (named.Commit, GitRefs.BranchName(named.Name));
        }

        var byCommit = checkout.Refs.Where(GitRefs.IsCommit).Select(FullCommit).FirstOrDefault(found => found is not null);
        return byCommit is not null ? (byCommit, "detached") : throw NothingFound(refs);
    }

    private OperationFault NothingFound(IReadOnlyList<GitRef> refs)
    {
        var wanted = string.Join("', '", checkout.Refs);
        var known = refs.Select(candidate => GitRefs.BranchName(candidate.Name)).Take(12).ToArray();
        return new OperationFault(refs.Count == 0
            ? $"The repository '{_url}' has no branch or tag, so '{wanted}' cannot be checked out. Push a commit to it first."
            : $"The repository '{_url}' has no branch, tag or commit '{wanted}'. Check its spelling; there are: {string.Join(", ", known)}{(refs.Count > known.Length ? ", …" : "")}.");
    }

    private List<GitRef> ListRefs()
    {
        var answer = _git.Ask("for-each-ref", "--sort=-committerdate", "--format=%(refname) %(objectname) %(*objectname)", "refs/remotes/origin", "refs/tags");
        Require(answer, "The repository's refs cannot be read", isInfrastructure: true);
        var refs = new List<GitRef>();
        foreach (var line in answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length >= 2 && fields[0] != "refs/remotes/origin/HEAD")
            {
                refs.Add(new GitRef(fields[0], fields[^1]));
            }
        }

        return refs;
    }

    private string? FullCommit(string commit)
    {
        var answer = _git.Ask("rev-parse", "--verify", "--quiet", commit + "^{commit}");
        return answer.Code == 0 ? answer.Output.Trim() : null;
    }

    private GitCheckedOut Describe(string revision, string branch)
    {
        var head = _git.Ask("log", "-1", "--format=%H%n%s", revision);
        Require(head, $"The commit '{revision}' cannot be read");
        var lines = head.Output.Split('\n');
        var (commit, subject) = (lines[0].Trim(), lines.Length > 1 ? lines[1].Trim() : "");
        context.Output.WriteLine($"Commit message: \"{subject}\"");
        var previous = checkout.PreviousCommit ?? checkout.PreviousByBranch?.GetValueOrDefault(branch);
        return new GitCheckedOut(commit, branch, _url, previous, subject, checkout.Changelog ? ReadChanges(previous, commit) : []);
    }

    private IReadOnlyList<ChangeEntry> ReadChanges(string? previous, string commit)
    {
        if (previous is null || !GitRefs.IsCommit(previous))
        {
            context.Output.WriteLine("First time build. Skipping changelog.");
            return [];
        }

        if (FullCommit(previous) is null)
        {
            context.Output.WriteLine($"The last run's revision {previous} is not in the repository any more. Skipping changelog.");
            return [];
        }

        // As in Jenkins: every commit that is new, and no merges, whose changes are those of the commits that they bring.
        var answer = _git.Ask("log", $"--max-count={LongestChangelog}", "--no-merges", "--name-status", "--no-renames", "--format=format:%x01%H%x1f%an%x1f%ae%x1f%at%x1f%B%x1e", $"{previous}..{commit}");
        Require(answer, $"The changes since {previous} cannot be read");
        return ParseChanges(answer.Output);
    }

    internal static IReadOnlyList<ChangeEntry> ParseChanges(string log)
    {
        var changes = new List<ChangeEntry>();
        var room = GitCheckedOut.MostPaths;
        foreach (var record in log.Split('\u0001', StringSplitOptions.RemoveEmptyEntries))
        {
            var end = record.IndexOf('\u001e', StringComparison.Ordinal);
            var fields = end < 0 ? [] : record[..end].Split('\u001f', 5);
            if (fields.Length == 5 && long.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            {
                var files = record[(end + 1)..].Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.Length > 2 && line[1] == '\t').Take(room).ToList();
                room -= files.Count;
                var message = fields[4].TrimEnd();
                changes.Add(new ChangeEntry(
                    fields[0],
                    fields[1],
                    fields[2],
                    DateTimeOffset.FromUnixTimeSeconds(seconds),
                    message.Length <= LongestMessage ? message : message[..LongestMessage] + "…",
                    [.. files.Select(line => line[2..])],
                    string.Concat(files.Select(line => line[0]))));
            }
        }

        return changes;
    }

    private void RequireReach(GitAnswer answer)
    {
        if (answer.Code != 0)
        {
            var wanted = checkout.Commit ?? string.Join("', '", checkout.Refs);
            throw new OperationFault($"The repository '{_url}' cannot be fetched (wanted: '{wanted}'). git says: {LastWords(answer)}. {Cure(answer.Error)}", IsPassing(answer.Error));
        }
    }

    private void Require(GitAnswer answer, string what, bool isInfrastructure = false)
    {
        if (answer.Code != 0)
        {
            throw new OperationFault($"{what}, in '{context.Directory}' of '{_url}'. git says: {LastWords(answer)}.", isInfrastructure || answer.Error.Contains("No space left", StringComparison.Ordinal));
        }
    }

    /// <summary>What git said last that means something; never with credentials in it.</summary>
    private string LastWords(GitAnswer answer)
    {
        var lines = answer.Error.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var telling = lines.Where(line => line.StartsWith("fatal:", StringComparison.Ordinal) || line.StartsWith("error:", StringComparison.Ordinal) || line.StartsWith("remote:", StringComparison.Ordinal)).Take(4).ToArray();
        var words = telling.Length > 0 ? string.Join(" / ", telling) : lines.Length > 0 ? lines[^1] : $"nothing (exit code {answer.Code})";
        foreach (var secret in RepositoryUrl.SecretsIn(checkout.Url).Append(checkout.Credential?.Secret ?? "").Where(secret => secret.Length > 0))
        {
            words = words.Replace(secret, "****", StringComparison.Ordinal);
        }

        return RepositoryUrl.HideCredentials(words).TrimEnd('.');
    }

    private static string Cure(string error) =>
        error.Contains("Could not resolve host", StringComparison.Ordinal) ? "Check the host's name in the URL."
        : error.Contains("Authentication failed", StringComparison.Ordinal) || error.Contains("could not read Username", StringComparison.Ordinal) || error.Contains("Permission denied", StringComparison.Ordinal) || error.Contains("403", StringComparison.Ordinal)
            ? "Check the job's credentials for this repository."
        : error.Contains("not found", StringComparison.Ordinal) || error.Contains("does not appear to be a git repository", StringComparison.Ordinal) || error.Contains("does not exist", StringComparison.Ordinal)
            ? "Check the URL, and whether the credentials may see the repository."
        : "Check that the agent can reach the server.";

    /// <summary>Whether the same fetch may work later without anyone changing the pipeline.</summary>
    private static bool IsPassing(string error) =>
        ((string[])["timed out", "Connection reset", "Connection refused", "early EOF", "error: 50", "The requested URL returned error: 5", "No space left", "Temporary failure in name resolution", "hung up unexpectedly"])
        .Any(words => error.Contains(words, StringComparison.Ordinal));
}
