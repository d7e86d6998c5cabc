using System.Diagnostics;

namespace Slipway.Cli.Commands;

/// <summary>Turns the sample projects into git repositories, so that jobs come from git as real ones do. A sample that has changed gets a new commit.</summary>
internal static class SampleRepositories
{
    /// <returns>Name and repository of each, the one to be run first at the head.</returns>
    public static IReadOnlyList<(string Name, string Repository)> Prepare(string samples, string into)
    {
        var projects = Directory.Exists(samples) ? Directory.GetDirectories(samples).Where(d => File.Exists(Path.Combine(d, "Jenkinsfile"))).Order(StringComparer.Ordinal).ToList() : [];
        if (projects.Count == 0)
        {
            throw new UsageException($"There is no sample project with a Jenkinsfile below {samples}.");
        }

        return [.. projects.OrderBy(p => Path.GetFileName(p) == "hello" ? 0 : 1).Select(project => (Path.GetFileName(project), PrepareOne(project, Path.Combine(into, Path.GetFileName(project)))))];
    }

    private static string PrepareOne(string project, string repository)
    {
        Directory.CreateDirectory(repository);
        if (!Directory.Exists(Path.Combine(repository, ".git")))
        {
            Git(repository, "init", "--quiet", "--initial-branch=main");
        }

        CopyOver(project, repository);
        Git(repository, "add", "--all");
        if (Git(repository, "status", "--porcelain").Length > 0)
        {
            Git(repository, "-c", "user.name=Slipway", "-c", "user.email=samples@slipway.invalid", "commit", "--quiet", "--message", "The sample as it stands");
        }

        return repository;
    }

    private static void CopyOver(string from, string to)
    {
        foreach (var directory in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, directory)));
        }

        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)), overwrite: true);
        }
    }

    private static string Git(string directory, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new UsageException("The git program could not be started.");
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new UsageException($"git {arguments[0]} failed in {directory}: {errors.Result.Trim()}");
    }
}
