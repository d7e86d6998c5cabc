using System.Collections.Concurrent;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Web.Logs;

/// <summary>
/// Which job a run belongs to. A viewer asks for windows of lines many times a second, and each must be checked against the rights on the job; reading a run's whole graph for
/// that would cost more than the lines. Entries live for a few seconds, so that a renamed or deleted job is noticed.
/// </summary>
internal sealed class RunJobs(IRunReads runs)
{
    private const int MostEntries = 512;
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<RunId, (JobPath Job, long Read)> _entries = new();

    public async Task<JobPath?> FindAsync(RunId run, CancellationToken cancellation)
    {
        if (_entries.TryGetValue(run, out var entry) && Environment.TickCount64 - entry.Read < Lifetime.TotalMilliseconds)
        {
            return entry.Job;
        }

        if (await runs.FindAsync(run, cancellation) is not { } found)
        {
            _entries.TryRemove(run, out _);
            return null;
        }

        if (_entries.Count >= MostEntries)
        {
            _entries.Clear();
        }

        _entries[run] = (found.Run.JobPath, Environment.TickCount64);
        return found.Run.JobPath;
    }
}
