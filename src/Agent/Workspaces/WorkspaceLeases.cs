using System.Text.Json;
using Slipway.Agent.Operations;
using Slipway.Agent.Spool;
using Slipway.Model;
using Slipway.Model.Operations;

namespace Slipway.Agent.Workspaces;

/// <param name="Asked">What was asked for; the same question of the same allocation gets the same workspace.</param>
internal sealed record WorkspaceLease(string Allocation, string Asked, string Directory);

/// <summary>
/// Which allocation works in which directory. Two never share one: who comes second gets a sibling with <c>@2</c>. Leases lie on disk, so that a restarted agent knows what is in use. Thread-safe.
/// </summary>
internal sealed class WorkspaceLeases
{
    private const int MostSiblings = 1000;

    private readonly string _workDirectory;
    private readonly string _internalDirectory;
    private readonly string _leaseDirectory;
    private readonly string? _inPlace;
    private readonly Lock _lock = new();
    private readonly List<WorkspaceLease> _leases = [];

    public WorkspaceLeases(string workDirectory, string internalDirectory, string? inPlace)
    {
        _workDirectory = workDirectory;
        _internalDirectory = internalDirectory;
        _leaseDirectory = Path.Combine(internalDirectory, "leases");
        _inPlace = inPlace;
        Directory.CreateDirectory(_leaseDirectory);
        foreach (var file in Directory.EnumerateFiles(_leaseDirectory))
        {
            Load(file);
        }
    }

    public IReadOnlyList<string> Allocations
    {
        get
        {
            lock (_lock)
            {
                return [.. _leases.Select(lease => lease.Allocation).Distinct()];
            }
        }
    }

    public WorkspacePrepared Prepare(PrepareWorkspace request, string operationId, string allocation)
    {
        var directory = Lease(request, operationId, allocation);
        // Beside the workspace, as in Jenkins; a person's checkout is not littered with a neighbour.
        var temporary = _inPlace is null ? directory + "@tmp" : Path.Combine(_workDirectory, "tmp");
        try
        {
            Directory.CreateDirectory(directory);
            Directory.CreateDirectory(temporary);
            ProveWritable(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Release(allocation);
            throw new OperationFault(
                $"The workspace '{directory}' of '{request.Job}' cannot be written by the agent, which runs as user '{Environment.UserName}': {exception.Message} Check who owns it, its volume, and the space that is left.", isInfrastructure: true);
        }

        return new WorkspacePrepared(directory, temporary, IsUnix: true, OperationEnvironment.Inherited());
    }

    /// <summary>
    /// Deletes what an allocation's workspaces hold, and the directories beside them: the node goes to somebody else. Nothing outside of the work directory, nothing of another allocation's,
    /// and never a person's checkout.
    /// </summary>
    /// <param name="retry">Asked once for each directory that cannot be deleted by the agent's user, which is tried again then.</param>
    /// <exception cref="IOException">Something cannot be deleted.</exception>
    public void Delete(string allocation, Action<string> retry)
    {
        List<string> mine;
        List<string> kept;
        lock (_lock)
        {
            mine = [.. _leases.Where(lease => lease.Allocation == allocation).Select(lease => lease.Directory)];
            kept = [_internalDirectory, .. _leases.Where(lease => lease.Allocation != allocation).SelectMany(lease => new[] { lease.Directory, lease.Directory + "@tmp" })];
        }

        if (_inPlace is not null)
        {
            kept.Add(_inPlace);
        }

        var deletion = new WorkspaceDeletion(_workDirectory, kept, retry);
        foreach (var directory in mine)
        {
            deletion.Delete(directory);
            deletion.Delete(directory + "@tmp");
        }
    }

    public void Release(string allocation)
    {
        lock (_lock)
        {
            _leases.RemoveAll(lease => lease.Allocation == allocation);
            foreach (var file in Directory.EnumerateFiles(_leaseDirectory, allocation + "~*"))
            {
                File.Delete(file);
            }
        }
    }

    private string Lease(PrepareWorkspace request, string operationId, string allocation)
    {
        if (_inPlace is not null && request.Custom is null)
        {
            return _inPlace;
        }

        var wanted = WantedDirectory(request);
        lock (_lock)
        {
            if (_leases.FirstOrDefault(lease => lease.Allocation == allocation && lease.Asked == wanted) is { } held)
            {
                return held.Directory;
            }

            var directory = Enumerable.Range(1, MostSiblings).Select(number => number == 1 ? wanted : $"{wanted}@{number}").FirstOrDefault(IsFree)
                ?? throw new OperationFault($"The workspace '{wanted}' and {MostSiblings} siblings of it are all in use on this agent.", isInfrastructure: true);
            var lease = new WorkspaceLease(allocation, wanted, directory);
            File.WriteAllBytes(Path.Combine(_leaseDirectory, $"{allocation}~{operationId}"), JsonSerializer.SerializeToUtf8Bytes(lease, SpoolJson.Default.WorkspaceLease));
            _leases.Add(lease);
            return directory;
        }
    }

    private string WantedDirectory(PrepareWorkspace request)
    {
        if (request.Custom is { } custom)
        {
            return custom.Contains('\0', StringComparison.Ordinal)
                ? throw new OperationFault("The custom workspace's path holds the character \\0, which no path can.")
                : Path.TrimEndingDirectorySeparator(Path.GetFullPath(custom, _workDirectory));
        }

        return JobPath.TryParse(request.Job, out var job, out var fault) && !job.IsRoot
            ? Path.Combine(_workDirectory, "workspace", job.Value)
            : throw new OperationFault($"The job '{request.Job}' cannot have a workspace: {fault ?? "it has no name."}");
    }

    private bool IsFree(string directory) => !_leases.Exists(lease => lease.Directory == directory);

    private static void ProveWritable(string directory)
    {
        var probe = Path.Combine(directory, $".slipway-{Environment.ProcessId}-{Environment.TickCount64}");
        File.WriteAllBytes(probe, []);
        File.Delete(probe);
    }

    private void Load(string file)
    {
        try
        {
            if (JsonSerializer.Deserialize(File.ReadAllBytes(file), SpoolJson.Default.WorkspaceLease) is { } lease)
            {
                _leases.Add(lease);
            }
        }
        catch (JsonException)
        {
            // Torn by a crash while it was written: nobody was told of this lease.
            File.Delete(file);
        }
    }
}
