using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Slipway.Model;

namespace Slipway.Provisioning.Local;

/// <summary>One node of the local cloud: its directory, its record, its agent's process. Thread-safe.</summary>
#pragma warning disable CA1001 // A semaphore whose wait handle is never asked for holds nothing to give back.
internal sealed class LocalNode
#pragma warning restore CA1001
{
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _ending = new(1, 1);
    private readonly TimeProvider _time;
    private NodeRecord _record;
    private Process? _process;
    private int _isEnding;
    private int _endWasNoticed;
    private int _deadlineWasNoticed;
    private volatile bool _hasEnded;

    private LocalNode(string directory, NodeRecord record, TimeProvider time)
    {
        _time = time;
        Directory = directory;
        _record = record;
    }

    public string Directory { get; }

    public string Name => _record.NodeName;

    public string Template => _record.Template;

    public int ProcessId => _record.ProcessId;

    public DateTimeOffset Deadline => _record.Deadline;

    public bool IsAlive => !_hasEnded && LocalProcesses.IsAlive(_record.ProcessId, _record.ProcessStart, _record.Boot);

    private string LogPath => Path.Combine(Directory, "agent.log");

    public static LocalNode Plan(string directory, NodeRequest request, TimeProvider time) =>
        new(directory, new NodeRecord(request.NodeName, request.Template.Name, request.Run?.Value, request.Job, time.GetUtcNow(), request.Deadline, 0, 0, LocalProcesses.Boot, request.Effect), time);

    /// <summary>A node of an earlier life. One whose record is missing or damaged has neither run nor agent that could be known: only its traces are left to remove.</summary>
    public static LocalNode Find(string directory, TimeProvider time)
    {
        var record = NodeRecord.TryRead(directory)
            ?? new NodeRecord(Path.GetFileName(directory), "", null, "", System.IO.Directory.GetCreationTimeUtc(directory), DateTimeOffset.MaxValue, 0, 0, LocalProcesses.Boot);

        // The server may have died between starting the agent and writing that down; the agent carries the node's mark.
        if (record.ProcessId == 0 && LocalProcesses.OfNode(directory) is [var first, ..] && LocalProcesses.StartOf(first) is { } start)
        {
            record = record with { ProcessId = first, ProcessStart = start, Boot = LocalProcesses.Boot };
        }

        return new LocalNode(directory, record, time);
    }

    public ObservedNode Observe()
    {
        var record = _record;
        return new ObservedNode(record.NodeName, record.Template, record.Run is { } run ? new RunId(run) : null, record.Job, record.Created, record.Deadline, IsAlive, $"process {record.ProcessId}") { Effect = record.Effect };
    }

    public void Create()
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("The local cloud runs on Linux.");
        }

        System.IO.Directory.CreateDirectory(Directory, OwnerOnly);
        _record.Write(Directory);
    }

    /// <summary>Starts the agent. The secret travels in the environment, which other users cannot read, and not on the command line, which they can.</summary>
    public void StartAgent(LocalCloudOptions options, NodeRequest request)
    {
        if (!File.Exists(options.AgentProgram))
        {
            throw new FileNotFoundException($"there is no file '{options.AgentProgram}'");
        }

        var isManaged = options.AgentProgram.EndsWith(".dll", StringComparison.Ordinal);
        var start = new ProcessStartInfo(isManaged ? "dotnet" : options.AgentProgram) { UseShellExecute = false, WorkingDirectory = Directory };
        if (isManaged)
        {
            start.ArgumentList.Add(options.AgentProgram);
        }

        start.ArgumentList.Add("-headless");
        start.Environment.Clear();
        foreach (var (name, value) in options.Environment.Of(Environment.GetEnvironmentVariables()))
        {
            start.Environment[name] = value;
        }

        start.Environment["JENKINS_URL"] = request.ControllerUrl.ToString();
        start.Environment["JENKINS_AGENT_NAME"] = request.NodeName;
        start.Environment["JENKINS_SECRET"] = request.Secret;
        start.Environment["JENKINS_AGENT_WORKDIR"] = Directory;
        start.Environment["SLIPWAY_DETACHED_LOG"] = LogPath;
        start.Environment["SLIPWAY_ONE_SHOT"] = "1";
        start.Environment["SLIPWAY_ORPHAN_TIMEOUT"] = ((long)options.OrphanTimeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        start.Environment[LocalProcesses.NodeVariable] = Directory;
        if (request.Workspace is NodeWorkspace.InPlace place)
        {
            start.Environment["SLIPWAY_WORKSPACE"] = place.Directory;
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException("the system started no process");
        _record = _record with { ProcessId = _process.Id, ProcessStart = LocalProcesses.StartOf(_process.Id) ?? 0 };
        _record.Write(Directory);
    }

    /// <summary>True once, when the agent has ended although nobody asked it to.</summary>
    public bool TryNoticeEnd() => _record.ProcessId > 0 && _isEnding == 0 && !IsAlive && Interlocked.Exchange(ref _endWasNoticed, 1) == 0;

    public bool TryNoticeDeadline() => Interlocked.Exchange(ref _deadlineWasNoticed, 1) == 0;

    /// <summary>What the agent's log ends with, for a message; empty when it says nothing.</summary>
    public string LastWords()
    {
        try
        {
            var lines = File.ReadAllLines(LogPath);
            return lines.Length > 0 ? $"; its log ends with: {lines[^1]}" : "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>Ends the agent, which ends what it runs; then everything that still carries the node's mark.</summary>
    public async Task EndAsync(TimeSpan grace, CancellationToken cancellation)
    {
        Interlocked.Exchange(ref _isEnding, 1);
        await _ending.WaitAsync(cancellation);
        try
        {
            if (IsAlive)
            {
                LocalProcesses.Signal(_record.ProcessId, LocalProcesses.SigTerm);
                await WaitForEndAsync(grace, cancellation);
            }

            if (_process is { HasExited: true } ended)
            {
                _hasEnded = true;
                var exitCode = ended.ExitCode;
                ended.Dispose();
                _process = null;
                if (exitCode == 0)
                {
                    // It ended in order, and so left nothing that carries the mark.
                    return;
                }
            }

            var begun = _time.GetTimestamp();
            while (LocalProcesses.OfNode(Directory) is { Count: > 0 } left && _time.GetElapsedTime(begun) < KillPatience)
            {
                foreach (var processId in left)
                {
                    LocalProcesses.Signal(processId, LocalProcesses.SigKill);
                }

                await Task.Delay(10, cancellation);
            }
        }
        finally
        {
            _ending.Release();
        }
    }

    /// <summary>Returns false when something cannot be deleted: then the node is still seen, and deleting is tried again by whoever stops it again.</summary>
    public async Task<bool> TryDeleteAsync(ILogger logger, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                DeleteTree(new DirectoryInfo(Directory));
                return true;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A process that is just ending may have written behind us.
                if (attempt == 5)
                {
                    logger.LogError(exception, "The directory {Directory} of node {Node} cannot be deleted.", Directory, Name);
                    return false;
                }
            }

            await Task.Delay(20, cancellation);
        }
    }

    /// <summary>Opens directories that a build write-protected; never follows a link.</summary>
    private static void DeleteTree(DirectoryInfo directory)
    {
        if (!directory.Exists)
        {
            return;
        }

        if (directory.LinkTarget is null)
        {
            if (!OperatingSystem.IsWindows())
            {
                directory.UnixFileMode |= UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            }

            foreach (var entry in directory.EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false }))
            {
                if (entry is DirectoryInfo inner)
                {
                    DeleteTree(inner);
                }
                else
                {
                    entry.Delete();
                }
            }
        }

        directory.Delete();
    }

    private async Task WaitForEndAsync(TimeSpan patience, CancellationToken cancellation)
    {
        if (_process is not null)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(patience);
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
            return;
        }

        // An agent that an earlier server started is not our child. A native one ends within a millisecond or two, and asking is cheap.
        var begun = _time.GetTimestamp();
        for (var pause = 1; IsAlive && _time.GetElapsedTime(begun) < patience; pause = Math.Min(pause * 2, 50))
        {
            await Task.Delay(pause, cancellation);
        }
    }
}
