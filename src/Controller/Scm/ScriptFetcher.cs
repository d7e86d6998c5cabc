using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Slipway.Model;
using Slipway.Model.Events;
using Slipway.Model.Scm;

namespace Slipway.Controller.Scm;

/// <summary>A Jenkinsfile with the revision that it came from, or why there is none: what failed, at which URL and ref, and what to do. Never holds credentials.</summary>
public sealed record FetchedScript(string? Text, ScmRevision? Revision, string? Fault);

/// <summary>
/// Gets a single file out of a git repository without a checkout: the newest commit of one ref, fetched shallowly into a bare repository that is kept per URL, so that the
/// next fetch brings the difference only.
/// </summary>
public sealed partial class ScriptFetcher(string cacheDirectory, bool allowLocalRepositories)
{
    private const int LargestScript = 4 * 1024 * 1024;
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _oneAtATime = new();

    public async Task<FetchedScript> FetchAsync(ScmScript script, CancellationToken cancellation)
    {
        var shown = RepositoryUrl.WithoutCredentials(script.Url);
        if (Refuse(script) is { } refusal)
        {
            return new FetchedScript(null, null, refusal);
        }

        var cache = CacheOf(script);
        var gate = _oneAtATime.GetOrAdd(cache, _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellation);
        try
        {
            return await FetchIntoAsync(cache, script, shown, cancellation);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Gives another file of the same repository, in a revision that is known already.</summary>
    /// <param name="path">Relative to the repository's root.</param>
    /// <returns>The text, or why there is none.</returns>
    public async Task<(string? Text, string? Fault)> ReadFileAsync(ScmScript script, string commit, string path, CancellationToken cancellation)
    {
        var shown = RepositoryUrl.WithoutCredentials(script.Url);
        if (Refuse(script) is { } refusal)
        {
            return (null, refusal);
        }

        var normal = path.TrimStart('/');
        if (normal.Length == 0 || normal.Split('/').Contains("..") || normal.Any(char.IsControl))
        {
            return (null, $"'{path}' is no path of a file in a repository. Write it relative to the repository's root.");
        }

        var cache = CacheOf(script);
        var gate = _oneAtATime.GetOrAdd(cache, _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellation);
        try
        {
            if (!(await Git("cat-file", "-e", $"{commit}^{{commit}}")).Succeeded)
            {
                // The cache was emptied since the Jenkinsfile was fetched, or it lives on another machine now.
                Directory.CreateDirectory(cache);
                _ = await Git("init", "--quiet", "--bare", cache);
                var fetched = await Git("fetch", "--quiet", "--no-tags", "--depth=1", shown, commit);
                if (!fetched.Succeeded)
                {
                    return (null, $"The revision {commit} could not be fetched from {shown}: {Sentence(RepositoryUrl.HideCredentials(fetched.Errors))}");
                }
            }

            var size = await Git("cat-file", "-s", $"{commit}:{normal}");
            if (!size.Succeeded)
            {
                return (null, $"There is no file '{normal}' in {shown} at {commit[..Math.Min(12, commit.Length)]}, the revision of the Jenkinsfile. Add it, or correct the path.");
            }

            if (!long.TryParse(size.Output.Trim(), out var bytes) || bytes > LargestScript)
            {
                return (null, $"'{normal}' in {shown} has {size.Output.Trim()} bytes; {LargestScript} are read at most.");
            }

            var text = await Git("cat-file", "blob", $"{commit}:{normal}");
            return text.Succeeded ? (text.Output, null) : (null, $"'{normal}' in {shown} is not a file.");
        }
        finally
        {
            gate.Release();
        }

        Task<GitOutput> Git(params string[] arguments) => GitProgram.RunAsync(Directory.Exists(cache) ? cache : cacheDirectory, allowLocalRepositories, RepositoryUrl.CredentialIn(script.Url), arguments, cancellation);
    }

    private string CacheOf(ScmScript script) => Path.Combine(cacheDirectory, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(script.Url)))[..32]);

    private async Task<FetchedScript> FetchIntoAsync(string cache, ScmScript script, string shown, CancellationToken cancellation)
    {
        if (!Directory.Exists(Path.Combine(cache, "objects")))
        {
            Directory.CreateDirectory(cache);
            var made = await Git("init", "--quiet", "--bare", cache);
            if (!made.Succeeded)
            {
                return Failed($"The cache for repository {shown} could not be made in {cache}: {Clean(made.Errors)}");
            }
        }

        var listed = await Git("ls-remote", "--quiet", "--symref", shown);
        if (!listed.Succeeded)
        {
            return Failed($"The repository {shown} could not be read: {Clean(listed.Errors)} Check the URL, that the server can reach it, and whether it needs credentials.");
        }

        var (refs, head) = ParseRefs(listed.Output);
        if (GitRefs.Choose(script.Refs, refs, head) is not { } chosen)
        {
            var branches = refs.Where(r => r.Name.StartsWith("refs/heads/", StringComparison.Ordinal)).Select(r => r.Name["refs/heads/".Length..]).Take(10).ToList();
            return Failed($"The repository {shown} has no branch or tag '{string.Join("', '", script.Refs)}'. " + (branches.Count > 0 ? $"It has: {string.Join(", ", branches)}." : "It is empty: push a first commit."));
        }

        var fetched = await Git("fetch", "--quiet", "--no-tags", "--depth=1", shown, chosen.Name == "HEAD" ? "HEAD" : chosen.Name);
        if (!fetched.Succeeded)
        {
            return Failed($"'{chosen.Name}' could not be fetched from {shown}: {Clean(fetched.Errors)}");
        }

        var commit = (await Git("rev-parse", "FETCH_HEAD^{commit}")).Output.Trim();
        var size = await Git("cat-file", "-s", $"{commit}:{script.Path}");
        if (!size.Succeeded)
        {
            return Failed($"There is no file '{script.Path}' in {shown} at '{ShortName(chosen)}' ({commit[..Math.Min(12, commit.Length)]}). Add it, or set the job's script path.");
        }

        if (!long.TryParse(size.Output.Trim(), out var bytes) || bytes > LargestScript)
        {
            return Failed($"'{script.Path}' in {shown} has {size.Output.Trim()} bytes; a Jenkinsfile may have {LargestScript} at most.");
        }

        var text = await Git("cat-file", "blob", $"{commit}:{script.Path}");
        if (!text.Succeeded)
        {
            return Failed($"'{script.Path}' in {shown} is not a file. Set the job's script path to the Jenkinsfile itself.");
        }

        return new FetchedScript(text.Output, new ScmRevision(shown, commit, ShortName(chosen), script.CredentialsId, script.Refs), null);

        Task<GitOutput> Git(params string[] arguments) => GitProgram.RunAsync(Directory.Exists(cache) ? cache : cacheDirectory, allowLocalRepositories, RepositoryUrl.CredentialIn(script.Url), arguments, cancellation);
        string Clean(string errors) => Sentence(RepositoryUrl.HideCredentials(errors));
    }

    private string? Refuse(ScmScript script)
    {
        var shown = RepositoryUrl.WithoutCredentials(script.Url);
        if (script.Url.StartsWith('-') || script.Url.Any(char.IsControl))
        {
            return $"'{shown}' is not a repository URL.";
        }

        if (script.CredentialsId is { } id)
        {
            return $"The repository {shown} asks for the credentials '{id}', and this server has no credential store yet. Use a URL that needs none.";
        }

        if (!allowLocalRepositories && IsLocal(script.Url))
        {
            return $"The repository {shown} is a path on the server itself, which is not allowed (it could read what belongs to others). Use http, https, ssh or git, or start the server with --allow-local-repositories (SLIPWAY_ALLOW_LOCAL_REPOSITORIES=true).";
        }

        return null;
    }

    private static bool IsLocal(string url) => url.StartsWith("file:", StringComparison.OrdinalIgnoreCase) || (!url.Contains("://", StringComparison.Ordinal) && !ScpForm().IsMatch(url));

    private static (List<GitRef> Refs, string? Head) ParseRefs(string output)
    {
        var refs = new List<GitRef>();
        string? head = null;
        foreach (var parts in output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).Where(parts => parts.Length == 2))
        {
            if (parts[0].StartsWith("ref: ", StringComparison.Ordinal))
            {
                head = parts[0]["ref: ".Length..].Trim();
            }
            else
            {
                refs.Add(new GitRef(parts[1].Trim(), parts[0]));
            }
        }

        return (refs, head);
    }

    private static string ShortName(GitRef chosen) =>
        chosen.Name.StartsWith("refs/heads/", StringComparison.Ordinal) ? chosen.Name["refs/heads/".Length..]
        : chosen.Name.StartsWith("refs/tags/", StringComparison.Ordinal) ? chosen.Name["refs/tags/".Length..]
        : chosen.Name;

    private static FetchedScript Failed(string fault) => new(null, null, fault);

    private static string Sentence(string errors)
    {
        var text = string.Join(' ', errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(6));
        return text.Length == 0 ? "git said nothing." : text.EndsWith('.') ? text : text + ".";
    }

    [GeneratedRegex(@"^[A-Za-z0-9_.-]+(@[A-Za-z0-9_.-]+)?:(?!/?/)", RegexOptions.CultureInvariant)]
    private static partial Regex ScpForm();
}
