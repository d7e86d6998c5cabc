using Slipway.Model;

namespace Slipway.Feeds;

// What UI, API and CLI may read. Implemented by the controller over its stores; nothing here is resident: every call reads rows and files (DESIGN D8).
// Missing things are null, never exceptions.

public interface IJobReads
{
    /// <summary>The children of a folder (<see cref="JobPath.Root"/> for the top), by name.</summary>
    Task<IReadOnlyList<JobView>> ListAsync(JobPath folder, CancellationToken cancellation);

    Task<JobView?> FindAsync(JobPath job, CancellationToken cancellation);

    Task<JobDetailView?> FindDetailAsync(JobPath job, CancellationToken cancellation);

    /// <summary>The job's <c>config.xml</c> as it was last given.</summary>
    Task<string?> ReadConfigAsync(JobPath job, CancellationToken cancellation);

    /// <summary>The newest runs that ended, oldest first.</summary>
    Task<IReadOnlyList<TrendPoint>> ReadTrendAsync(JobPath job, int count, CancellationToken cancellation);

    /// <summary>The trends of several jobs, for a listing: in the order of <paramref name="jobs"/>, empty for a folder or a job that is gone.</summary>
    async Task<IReadOnlyList<IReadOnlyList<TrendPoint>>> ReadTrendsAsync(IReadOnlyList<JobPath> jobs, int count, CancellationToken cancellation)
    {
        var trends = new List<IReadOnlyList<TrendPoint>>(jobs.Count);
        foreach (var job in jobs)
        {
            trends.Add(await ReadTrendAsync(job, count, cancellation));
        }

        return trends;
    }
}

/// <summary>How a run is named in URLs: a number, or one of Jenkins' permalinks.</summary>
public readonly record struct RunReference(int? Number, RunPermalink? Permalink)
{
    public static RunReference Of(int number) => new(number, null);

    /// <summary>Reads <c>12</c>, <c>lastBuild</c>, <c>lastSuccessfulBuild</c> …; false for anything else.</summary>
    public static bool TryParse(string text, out RunReference reference)
    {
        if (int.TryParse(text, System.Globalization.NumberStyles.None, null, out var number))
        {
            reference = Of(number);
            return true;
        }

        foreach (var permalink in Enum.GetValues<RunPermalink>())
        {
            if (string.Equals(permalink.ToString(), text, StringComparison.OrdinalIgnoreCase))
            {
                reference = new RunReference(null, permalink);
                return true;
            }
        }

        reference = default;
        return false;
    }
}

public interface IRunReads
{
    /// <summary>Runs of a job, newest first; <paramref name="before"/> is a run number to go on below.</summary>
    Task<IReadOnlyList<RunView>> ListAsync(JobPath job, int? before, int count, CancellationToken cancellation);

    /// <summary>The newest runs of all jobs, newest first.</summary>
    Task<IReadOnlyList<RunView>> ListRecentAsync(int count, CancellationToken cancellation);

    Task<RunDetailView?> FindAsync(JobPath job, RunReference run, CancellationToken cancellation);

    Task<RunDetailView?> FindAsync(RunId run, CancellationToken cancellation);

    /// <summary>A run's row alone: what followers of a log or of a result ask for again and again.</summary>
    async Task<RunView?> FindRowAsync(JobPath job, RunReference run, CancellationToken cancellation) => (await FindAsync(job, run, cancellation))?.Run;

    /// <summary>The oldest run of a job that is still there.</summary>
    async Task<RunView?> FindOldestAsync(JobPath job, CancellationToken cancellation)
    {
        RunView? oldest = null;
        while (await ListAsync(job, oldest?.Number, 500, cancellation) is [.., var last])
        {
            oldest = last;
        }

        return oldest;
    }

    /// <summary>How many bytes the console has now; all of them where the run has ended.</summary>
    async Task<long> MeasureLogAsync(RunId run, CancellationToken cancellation) => (await FindAsync(run, cancellation))?.LogSize ?? 0;

    /// <summary>What a list of runs shows of each beyond its row, in the order of <paramref name="runs"/>; a run that is gone is left out.</summary>
    async Task<IReadOnlyList<RunSummaryView>> SummarizeAsync(IReadOnlyList<RunId> runs, CancellationToken cancellation)
    {
        var summaries = new List<RunSummaryView>(runs.Count);
        foreach (var run in runs)
        {
            if (await FindAsync(run, cancellation) is { } detail)
            {
                summaries.Add(RunSummaryView.Of(detail));
            }
        }

        return summaries;
    }

    /// <summary>At most <paramref name="count"/> bytes of the console from an offset; of one step's own output where <paramref name="node"/> is given. An offset beyond the end reads from the start, as in Jenkins.</summary>
    Task<LogSlice> ReadLogAsync(RunId run, int? node, long offset, int count, CancellationToken cancellation);

    /// <summary>Lines from a line number (from one), of the whole or of one step. A negative number counts from the end.</summary>
    Task<LogLines> ReadLogLinesAsync(RunId run, int? node, long firstLine, int count, CancellationToken cancellation);

    /// <summary>Matches of a plain text (case-insensitive), in order, with bounded memory; ends after <paramref name="limit"/>.</summary>
    IAsyncEnumerable<LogMatch> SearchLogAsync(RunId run, int? node, string text, int limit, CancellationToken cancellation);

    /// <summary>Completes when the log has grown beyond <paramref name="offset"/> or the run has ended; true while more may come.</summary>
    Task<bool> WaitForLogAsync(RunId run, long offset, CancellationToken cancellation);

    /// <summary>
    /// Names of those whose changes may have broken the job: the authors of this run's changes, and of all runs before it back to the last one that was a success. Looks back a hundred runs.
    /// </summary>
    async Task<IReadOnlyList<string>> ReadCulpritsAsync(RunId run, CancellationToken cancellation) =>
        await FindAsync(run, cancellation) is { } detail ? [.. detail.Changes.SelectMany(s => s.Changes).Select(c => c.Author).Distinct()] : [];

    /// <summary>How each node came to the run, in the order in which they did; nodes that it still waits for are not among them.</summary>
    Task<IReadOnlyList<NodeStartView>> ReadNodeStartsAsync(RunId run, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<NodeStartView>>([]);

    Task<IReadOnlyList<TestSuiteView>> ReadTestsAsync(RunId run, CancellationToken cancellation);

    /// <summary>Null where there is no such artifact. The caller disposes the stream, which can seek.</summary>
    Task<Stream?> OpenArtifactAsync(RunId run, string path, CancellationToken cancellation);
}

public interface IQueueReads
{
    /// <summary>What waits now, in the order of the queue.</summary>
    Task<IReadOnlyList<QueueItemView>> ListAsync(CancellationToken cancellation);

    /// <summary>An item that waits, or that left not long ago (at least five minutes).</summary>
    Task<QueueItemView?> FindAsync(QueueItemId item, CancellationToken cancellation);
}

public interface INodeReads
{
    /// <summary>Where agents that people start are told to connect to; null where nothing was configured: the root URL, as the reader knows it.</summary>
    Uri? AgentUrl => null;

    Task<IReadOnlyList<NodeView>> ListAsync(CancellationToken cancellation);

    Task<NodeView?> FindAsync(string name, CancellationToken cancellation);
}

public interface IScriptChecks
{
    /// <summary>What is wrong with a Jenkinsfile, without running it. Never throws for what the script says.</summary>
    ScriptCheck Check(string jenkinsfile);
}
