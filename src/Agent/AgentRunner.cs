using System.Runtime.InteropServices;
using Slipway.Agent.Connection;
using Slipway.Agent.Containers;
using Slipway.Agent.Operations;
using Slipway.Agent.Processes;
using Slipway.Agent.Spool;

namespace Slipway.Agent;

/// <summary>The agent's life from its settings to its exit code.</summary>
internal static class AgentRunner
{
    public static async Task<int> RunAsync(AgentSettings settings, AgentLog log)
    {
        // What a container's first process runs cannot outlive it.
        if (Environment.ProcessId == 1)
        {
            settings = settings with { IsOneShot = true };
        }

        foreach (var remark in settings.Remarks)
        {
            log.Write(remark);
        }

        var workDirectory = Path.TrimEndingDirectorySeparator(WorkDirectory.Open(settings, log));
        var internalDirectory = Path.Combine(workDirectory, settings.InternalDirectory);
        using var claim = await WorkDirectory.ClaimAsync(internalDirectory);
        var certificate = settings.CertificateFile is { } file ? Path.GetFullPath(file) : null;
        Environment.CurrentDirectory = internalDirectory;

        if (settings.Container is not null)
        {
            MemoryLimit.Begin();
            ProcessDescent.Begin();
        }

        var pod = settings.Container is { } container ? new Pod(container, settings.SocketDirectory, workDirectory) : null;
        var origin = new AgentOrigin(settings.Name, settings.Secret, settings.Url, settings.InPlaceWorkspace, certificate, settings.TrustAnyCertificate, settings.Headers, settings.Detour, pod);
        var children = new ChildReaper();
        var operations = new OperationTable(origin, workDirectory, internalDirectory, settings.IsOneShot, children, log);
        using var stop = new CancellationTokenSource();
        var connection = new ConnectionLoop(settings, origin, operations, workDirectory, log);
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            if (settings.IsOneShot)
            {
                _ = Task.Run(() => EndWithAllAsync(connection, operations, log));
            }
            else
            {
                stop.Cancel();
            }
        }

        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        children.Begin();

        // A one-shot agent does its operations itself; only one that finds operations of another life has anybody to listen to.
        using var notices = settings.IsOneShot && operations.Operations.Count == 0 ? null : new SpoolNotices();
        var noticing = notices?.RunAsync(operations, stop.Token) ?? Task.CompletedTask;
        var exitCode = ExitCode.Done;
        try
        {
            exitCode = await connection.RunAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            log.Write("Asked to end. Running operations go on, and are taken up again at the next start.");
        }

        if (settings.IsOneShot || (exitCode == ExitCode.ControllerGone && settings.OrphanTimeout is not null))
        {
            await operations.EndAllAsync();
        }

        await stop.CancelAsync();
        await noticing.ContinueWith(static _ => { }, TaskScheduler.Default);
        return exitCode;
    }

    /// <summary>
    /// The end of a node that is used once. The controller is told, everything that runs here is ended, and the process is gone: nothing of its own is worth taking down in order,
    /// and a build's executor is free a few milliseconds earlier.
    /// </summary>
    private static async Task EndWithAllAsync(ConnectionLoop connection, OperationTable operations, AgentLog log)
    {
        log.Write("Asked to end: everything that runs here ends too.");
        try
        {
            await connection.SayGoodbyeAsync();
            await operations.EndAllAsync();
        }
        finally
        {
            Native.Exit(ExitCode.Done);
        }
    }
}

internal sealed class WorkDirectoryException(string message) : Exception(message);

/// <summary>The directory that the agent lives in.</summary>
internal static class WorkDirectory
{
    private static readonly TimeSpan ClaimPatience = TimeSpan.FromSeconds(10);

    public static string Open(AgentSettings settings, AgentLog log)
    {
        var directory = Path.GetFullPath(settings.WorkDirectory ?? Environment.CurrentDirectory);
        if (settings.WorkDirectory is null)
        {
            log.Write($"No -workDir was given: workspaces lie in the current directory, {directory}.");
        }

        if (settings.FailIfWorkDirectoryIsMissing && !Directory.Exists(directory))
        {
            throw new WorkDirectoryException($"The working directory '{directory}' does not exist, and -failIfWorkDirIsMissing was given. Is its volume mounted?");
        }

        try
        {
            OperationSpool.CreateDirectory(Path.Combine(directory, settings.InternalDirectory), isShared: settings.Container is not null);
            return directory;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new WorkDirectoryException($"The working directory '{directory}' cannot be used by user '{Environment.UserName}': {exception.Message} Check who owns it, or give another one by -workDir.");
        }
    }

    /// <summary>Two agents in one directory would pick up each other's operations. One that is just ending is waited for.</summary>
    public static async Task<FileStream> ClaimAsync(string internalDirectory)
    {
        var path = Path.Combine(internalDirectory, "agent.lock");
        var until = Deadline.In(ClaimPatience);
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception)
            {
                if (until.HasPassed)
                {
                    throw new WorkDirectoryException($"Another agent works in '{internalDirectory}' already ({exception.Message}). Give each agent a -workDir of its own.");
                }
            }

            await Task.Delay(20);
        }
    }
}
