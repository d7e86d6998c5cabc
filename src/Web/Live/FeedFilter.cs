using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Web.Live;

/// <summary>Which changes a reader of the feed wants, from its query: any of <c>run</c>, <c>job</c>, <c>folder</c>, <c>queue</c>, <c>nodes</c>, <c>clouds</c>; everything where none is given.</summary>
internal sealed class FeedFilter
{
    private readonly HashSet<long> _runs = [];
    private readonly HashSet<JobPath> _jobs = [];
    private readonly List<JobPath> _folders = [];
    private bool _queue;
    private bool _nodes;
    private bool _clouds;
    private bool _all;

    /// <summary>The log whose growth is told too, with what the reader has of it.</summary>
    public (RunId Run, long Offset)? Log { get; private set; }

    /// <summary>Reads the query; the fault names the value that cannot be read.</summary>
    public static FeedFilter? Read(IQueryCollection query, out string? fault)
    {
        var filter = new FeedFilter { _all = true, _queue = query.ContainsKey("queue"), _nodes = query.ContainsKey("nodes"), _clouds = query.ContainsKey("clouds") };
        foreach (var text in query["run"])
        {
            if (!long.TryParse(text, out var run))
            {
                fault = $"'{text}' is not a run's id. Give the number that the run's api/json calls slipwayRunId.";
                return null;
            }

            filter._runs.Add(run);
        }

        foreach (var name in (string[])["job", "folder"])
        {
            foreach (var text in query[name])
            {
                if (!JobPath.TryParse(text ?? "", out var path, out var reason))
                {
                    fault = $"The {name} '{text}' cannot be: {reason}";
                    return null;
                }

                if (name == "job")
                {
                    filter._jobs.Add(path);
                }
                else
                {
                    filter._folders.Add(path);
                }
            }
        }

        filter._all = !filter._queue && !filter._nodes && !filter._clouds && filter._runs.Count == 0 && filter._jobs.Count == 0 && filter._folders.Count == 0;
        if (query["log"].ToString() is { Length: > 0 } log)
        {
            var parts = log.Split(':');
            if (parts.Length != 2 || !long.TryParse(parts[0], out var run) || !long.TryParse(parts[1], out var offset) || offset < 0)
            {
                fault = $"'{log}' does not name a log. Write it as run:offset, such as 55:0.";
                return null;
            }

            filter.Log = (new RunId(run), offset);
        }

        fault = null;
        return filter;
    }

    public bool Wants(Change change) => _all || change switch
    {
        Change.OfRun run => _runs.Contains(run.Run.Value) || _jobs.Contains(run.Job) || IsBelow(run.Job),
        Change.OfJob job => _jobs.Contains(job.Job) || IsBelow(job.Job),
        Change.OfQueue => _queue,
        Change.OfNode => _nodes,
        Change.OfClouds => _clouds,
        _ => true,
    };

    private bool IsBelow(JobPath job)
    {
        foreach (var folder in _folders)
        {
            if (folder.IsRoot || job == folder || job.Value.StartsWith(folder.Value + "/", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
