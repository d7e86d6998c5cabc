using Slipway.Provisioning.Kubernetes.Configuration;

namespace Slipway.Configuration.Merging;

internal sealed record ConfigurationText(string File, string Text);

/// <summary>Which files a configuration consists of, and what stands in them.</summary>
internal static class ConfigurationFiles
{
    private const long LargestBytes = 8 * 1024 * 1024;

    public static List<string> Find(IReadOnlyList<string> paths, List<ConfigurationFault> faults, List<string> watched)
    {
        var files = new List<string>();
        foreach (var path in paths)
        {
            watched.Add(path);
            if (path.Contains("://", StringComparison.Ordinal))
            {
                faults.Add(new ConfigurationFault(path, 0, 0, "", "This is an address. Only files and directories are read: fetch it beside the server, or mount it."));
            }
            else if (Directory.Exists(path))
            {
                foreach (var file in FilesBelow(path, watched))
                {
                    files.Add(file);
                }
            }
            else if (File.Exists(path))
            {
                files.Add(path);
            }
            else
            {
                faults.Add(new ConfigurationFault(path, 0, 0, "", "There is no such file or directory. Correct --config (SLIPWAY_CONFIG, CASC_JENKINS_CONFIG), or mount what is missing."));
            }
        }

        return [.. files.Distinct(StringComparer.Ordinal)];
    }

    public static List<ConfigurationText> ReadAll(IReadOnlyList<string> files, List<ConfigurationFault> faults)
    {
        var texts = new List<ConfigurationText>();
        foreach (var file in files)
        {
            try
            {
                if (new FileInfo(file).Length > LargestBytes)
                {
                    faults.Add(new ConfigurationFault(file, 0, 0, "", $"It is larger than {LargestBytes / 1024 / 1024} MiB: this is no configuration."));
                    continue;
                }

                texts.Add(new ConfigurationText(file, File.ReadAllText(file)));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                faults.Add(new ConfigurationFault(file, 0, 0, "", $"It cannot be read: {fault.Message}"));
            }
        }

        return texts;
    }

    /// <summary>In order of their names. What begins with a dot is left out: a mounted ConfigMap keeps its versions in such directories, and links to the current one.</summary>
    private static IEnumerable<string> FilesBelow(string directory, List<string> watched)
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries(directory).Where(entry => !Path.GetFileName(entry).StartsWith('.')).Order(StringComparer.Ordinal))
        {
            if (Directory.Exists(entry))
            {
                watched.Add(entry);
                foreach (var file in FilesBelow(entry, watched))
                {
                    yield return file;
                }
            }
            else if (Path.GetExtension(entry).ToUpperInvariant() is ".YAML" or ".YML")
            {
                yield return entry;
            }
        }
    }
}
