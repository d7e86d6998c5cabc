using Slipway.Model;

namespace Slipway.Store.Files;

/// <summary>Where a run's files lie: <c>runs/&lt;thousand&gt;/&lt;run&gt;/{log,artifacts,stashes}</c>. A thousand to a directory keeps every listing short.</summary>
public sealed class RunDirectories(string dataDirectory)
{
    private readonly string _root = Path.Combine(dataDirectory, "runs");

    public string Of(RunId run) => Path.Combine(_root, (run.Value / 1000).ToString("d6"), run.Value.ToString());

    public string Log(RunId run) => Path.Combine(Of(run), "log");

    public string Artifacts(RunId run) => Path.Combine(Of(run), "artifacts");

    public string Stashes(RunId run) => Path.Combine(Of(run), "stashes");

    /// <summary>Files that are not whole yet; whatever a crash leaves here belongs to nobody.</summary>
    public string Incoming(RunId run) => Path.Combine(Of(run), "incoming");

    /// <summary>Removes all files of a run; harmless where there are none.</summary>
    public void Delete(RunId run)
    {
        try
        {
            Directory.Delete(Of(run), recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
        }
    }
}
