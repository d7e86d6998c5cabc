using Slipway.Agent.Processes;

namespace Slipway.Agent.Workspaces;

/// <summary>A workspace that belongs to someone: a person's checkout in which <c>slipway run</c> works. It is used as it is, and never emptied, deleted or checked out over.</summary>
internal static class InPlaceWorkspace
{
    /// <summary>Whether acting on the whole of <paramref name="directory"/> would act on the protected one: it is that one, or holds it.</summary>
    public static bool Protects(string? workspace, string directory)
    {
        if (workspace is null)
        {
            return false;
        }

        var kept = Resolve(workspace);
        var target = Resolve(directory);
        return kept == target || kept.StartsWith(target.TrimEnd('/') + "/", StringComparison.Ordinal);
    }

    private static string Resolve(string path) => Native.RealPath(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
}
