using Slipway.Configuration;
using Slipway.Provisioning.Kubernetes.Configuration;

namespace Slipway.Server.Clouds;

/// <summary>
/// What a reload would take away without anybody having said so. A file is empty, or ends early, in the moment in which it is written; a volume that is not mounted is an empty directory. None of that is a reason to take clouds
/// from builds: clouds go when a file that can be read whole says so.
/// </summary>
internal static class Losses
{
    public static IEnumerable<ConfigurationFault> Find(ConfigurationResult applied, ConfigurationResult read)
    {
        var emptied = read.EmptyFiles.Where(file => applied.Files.Contains(file) && !applied.EmptyFiles.Contains(file) && !read.Faults.Any(fault => fault.File == file)).ToList();
        foreach (var file in emptied)
        {
            yield return new ConfigurationFault(file, 0, 0, "", "It is empty now, and was not before: so a file looks while it is being written. If nothing is to stand in it any more, remove it, or write 'jenkins: {clouds: []}' where it named the last clouds.");
        }

        if (emptied.Count == 0 && applied.Clouds.Count > 0 && read.Clouds.Count == 0 && read.Faults.Count == 0 && !read.SaysNoClouds)
        {
            yield return new ConfigurationFault(
                read.Files.Count > 0 ? read.Files[^1] : applied.Files[^1], 0, 0, "jenkins.clouds",
                $"No cloud is named any more ({string.Join(", ", applied.Clouds.Select(cloud => cloud.Settings.Name))} {(applied.Clouds.Count == 1 ? "is" : "are")} in use). If that is meant, say it: 'clouds: []' below 'jenkins:'.");
        }
    }
}
