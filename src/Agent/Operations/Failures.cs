using Slipway.Agent.Git;
using Slipway.Model.Operations;

namespace Slipway.Agent.Operations;

/// <summary>Turns what went wrong into a result: what failed, on which agent, why, and whether the pipeline is to blame.</summary>
internal static class Failures
{
    private const int DiskFull = 28;
    private const int QuotaExceeded = 122;
    private const int ReadOnlyFileSystem = 30;
    private const int InputOutputError = 5;
    private const int StaleHandle = 116;

    public static OperationFailed Describe(Exception exception, AgentOperation operation, string node)
    {
        var what = Name(operation);
        return exception switch
        {
            OperationFault fault => new OperationFailed(fault.Message, fault.IsInfrastructure),
            IOException when ErrorNumber(exception) is DiskFull or QuotaExceeded => new OperationFailed(
                $"The disk of agent '{node}' is full: {what} could not be done ({exception.Message}). Free space below its working directory, or give it more.", IsInfrastructure: true),
            IOException when ErrorNumber(exception) is ReadOnlyFileSystem or InputOutputError or StaleHandle => new OperationFailed(
                $"The disk of agent '{node}' cannot be written: {what} could not be done ({exception.Message}).", IsInfrastructure: true),
            UnauthorizedAccessException => new OperationFailed(
                $"Agent '{node}' is not allowed to: {what} could not be done ({exception.Message}). The agent runs as user '{Environment.UserName}'; check who owns the directory.", IsInfrastructure: IsWorkspace(operation)),
            FileNotFoundException or DirectoryNotFoundException => new OperationFailed($"{what} could not be done on agent '{node}': {exception.Message}", IsInfrastructure: false),
            _ => new OperationFailed($"{what} could not be done on agent '{node}': {exception.Message} ({exception.GetType().Name})", IsInfrastructure: true),
        };
    }

    /// <summary>A workspace that cannot be written is the agent's fault; a file that a step named is the pipeline's.</summary>
    private static bool IsWorkspace(AgentOperation operation) => operation is PrepareWorkspace or RunShell or GitCheckout;

    private static int ErrorNumber(Exception exception)
    {
        // .NET puts the system's error number into the low half of HResult for errors that it has no own code for.
        var code = exception.HResult & 0xffff;
        return code;
    }

    private static string Name(AgentOperation operation) => operation switch
    {
        PrepareWorkspace prepare => $"Preparing the workspace of '{prepare.Job}'",
        RunShell => "Running a shell script",
        ReadTextFile read => $"Reading the file '{read.Path}'",
        WriteTextFile write => $"Writing the file '{write.Path}'",
        CheckFileExists exists => $"Looking for the file '{exists.Path}'",
        DeleteDirectory => $"Deleting the directory '{operation.Surroundings.Directory}'",
        CleanWorkspace => $"Cleaning the workspace '{operation.Surroundings.Directory}'",
        GitCheckout git => $"Checking out '{Model.Scm.RepositoryUrl.WithoutCredentials(git.Url)}'",
        UploadFiles upload => upload.Purpose switch
        {
            UploadPurpose.Stash => $"Stashing '{upload.Name}'",
            UploadPurpose.Artifacts => "Archiving artifacts",
            _ => "Sending test reports",
        },
        OpenContainer open => $"Opening the container '{open.Container}'",
        DownloadFiles download => $"Unstashing '{download.Stash}'",
        _ => operation.GetType().Name,
    };
}

/// <summary>An operation cannot be done; the message is written for the reader of the build log.</summary>
internal sealed class OperationFault(string message, bool isInfrastructure = false) : Exception(message)
{
    public bool IsInfrastructure { get; } = isInfrastructure;
}
