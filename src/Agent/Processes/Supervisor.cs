using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Slipway.Agent.Containers;
using Slipway.Agent.Files;
using Slipway.Agent.Git;
using Slipway.Agent.Operations;
using Slipway.Agent.Spool;
using Slipway.Model.Operations;

namespace Slipway.Agent.Processes;

/// <summary>
/// The program's second role: <c>slipway-agent supervise</c>, one process for one operation that runs other programs or takes long. It belongs to no connection and does not end with the agent:
/// it reads the output, masks it and writes it to the spool, and at the end the result. Started in the operation's directory, with the operation on its standard input.
/// </summary>
internal static class Supervisor
{
    public const string Verb = "supervise";

    public static int Run()
    {
        var spool = new OperationSpool(Environment.CurrentDirectory);
        using var cancel = new CancelSignal();
        using var termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            cancel.Set();
        });
        spool.BeginSupervision();
        var work = JsonSerializer.Deserialize(Console.OpenStandardInput(), SpoolJson.Default.SupervisedOperation)
            ?? throw new InvalidDataException("The supervisor was told no operation.");

        using var notifier = new SpoolNotifier(spool.OperationId);
        var result = Perform(spool, work, cancel, notifier.Notify, children: null, out var capturedEncoding);
        spool.WriteResult(result, capturedEncoding);
        return 0;
    }

    /// <summary>Does the operation on the caller's thread.</summary>
    /// <param name="notify">Called after each write of output.</param>
    /// <param name="children">Takes leave of this process' children; null where each is waited for by itself.</param>
    /// <param name="capturedEncoding">What the captured output is written in; null where nothing was to be captured.</param>
    public static OperationResult Perform(OperationSpool spool, SupervisedOperation work, CancelSignal cancel, Action notify, ChildReaper? children, out string? capturedEncoding)
    {
        Encoding? encoding = null;
        capturedEncoding = null;
        if (work.Operation is RunShell shell)
        {
            if (!TextEncodings.TryFind(shell.Encoding, out encoding) && shell.Encoding is { } unknown)
            {
                return new OperationFailed(TextEncodings.Unknown(unknown), IsInfrastructure: false);
            }

            capturedEncoding = shell.CaptureOutput ? shell.Encoding ?? "UTF-8" : null;
        }

        using var output = new OutputFile(spool, Masked(work), encoding, work.Operation.Surroundings.Timestamps, notify);
        var context = new SupervisorContext(spool, output, work, cancel, children);
        OperationResult result;
        try
        {
            result = work.Operation switch
            {
                RunShell run => ShellScript.Run(run, context),
                GitCheckout checkout => new GitCheckoutOperation(checkout, context).Run(),
                UploadFiles upload => FileTransfer.Upload(upload, context),
                DownloadFiles => FileTransfer.Download(context),
                var other => new OperationFailed($"The operation {other.GetType().Name} is not one that a supervisor does.", IsInfrastructure: true),
            };
            output.Complete();
        }
        catch (OperationCanceledException) when (cancel.IsSet)
        {
            result = new OperationCancelled();
        }
        catch (Exception exception)
        {
            result = Failures.Describe(exception, work.Operation, work.Origin.NodeName);
        }

        return result;
    }

    /// <summary>What a repository's credentials hold is masked as well, whether or not the controller said so, and so is the agent's own secret.</summary>
    private static IEnumerable<string> Masked(SupervisedOperation work)
    {
        var masked = work.Operation.Surroundings.Masked.Append(work.Origin.Secret);
        return work.Operation is GitCheckout git
            ? masked.Concat(Model.Scm.RepositoryUrl.SecretsIn(git.Url)).Concat(git.Credential is { } credential ? [credential.Secret] : [])
            : masked;
    }
}

/// <summary>What a supervised operation works with.</summary>
internal sealed class SupervisorContext(OperationSpool spool, OutputFile output, SupervisedOperation work, CancelSignal cancel, ChildReaper? children)
{
    public OperationSpool Spool => spool;

    public OutputFile Output => output;

    public AgentOrigin Origin => work.Origin;

    public CancelSignal Cancel => cancel;

    public string Directory => work.Operation.Surroundings.Directory;

    /// <summary>The variables of processes that run beside the agent.</summary>
    public Dictionary<string, string> Environment { get; } = OperationEnvironment.For(work.Operation, spool.Directory, work.AllocationCookie);

    /// <summary>The other container that the operation's own processes run in; null for the agent's.</summary>
    /// <exception cref="OperationFault">There can be no such container.</exception>
    public string? Container => work.Operation.Surroundings.Container is not { } container ? null
        : Origin.Pod is { } pod ? pod.Other(container)
        : throw Pod.NoPod(container, Origin.NodeName);

    /// <summary>For a program that the agent needs itself.</summary>
    public ChildProcess NewChild() => NewChild(new OwnProcesses(spool.Directory, children));

    /// <summary>For a program of the pipeline, which runs in the container that it names.</summary>
    /// <exception cref="OperationFault">There can be no such container.</exception>
    public ChildProcess NewChildInContainer() => Container is { } container
        ? NewChild(new ContainerProcesses(Origin.Pod!, container, OperationEnvironment.Overlay(work.Operation, spool.Directory, work.AllocationCookie), cancel.Token))
        : NewChild();

    private ChildProcess NewChild(IProcessPlace place) => new(cancel, TimeSpan.FromSeconds(work.CancelGraceSeconds), place);
}
