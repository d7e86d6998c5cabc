using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Execution.Cancellation;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Jenkinsfile.Steps.Pods;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;

namespace Slipway.Jenkinsfile.Steps;

/// <summary>Steps that provide an executor, a workspace or a directory to their block.</summary>
internal static class NodeSteps
{
    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        new()
        {
            Name = "node",
            Summary = "Waits for an executor on a node with that label, and runs its block there in the job's workspace.",
            Parameters = [StepParameter.Text("label"), StepParameter.Text("customWorkspace")],
            Main = "label",
            Block = StepBlock.Required,
            Differences = "customWorkspace is an addition.",
            Run = NodeAsync,
        },
        new()
        {
            Name = "ws",
            Summary = "Runs its block in another workspace on the same node.",
            Parameters = [StepParameter.Text("dir").Required()],
            Main = "dir",
            Block = StepBlock.Required,
            NeedsNode = true,
            Run = WorkspaceAsync,
        },
        new()
        {
            Name = "dir",
            Summary = "Runs its block in that directory, which is made where it does not exist.",
            Parameters = [StepParameter.Text("path").Required()],
            Main = "path",
            Block = StepBlock.Required,
            NeedsNode = true,
            Run = DirectoryAsync,
        },
        new()
        {
            Name = "pwd",
            Summary = "The current directory; with tmp a directory beside the workspace for what must not lie in the checkout.",
            Parameters = [StepParameter.Flag("tmp")],
            Main = "tmp",
            NeedsNode = true,
            Run = call => Task.FromResult<object?>(call.Arguments.Flag("tmp") ? call.Context.Workspace!.Temporary : call.Context.Directory),
        },
    ];

    private static async Task<object?> NodeAsync(StepCall call)
    {
        var label = call.Arguments.Text("label") is { Length: > 0 } given ? given.Trim() : null;
        var request = new AllocateNode(label, call.Arguments.Text("customWorkspace")) { Templates = call.Context.PodTemplates };
        var (id, result) = await call.Context.PerformWithIdAsync(request, (id, late) => late is NodeAllocated ? new ReleaseNode(id) : null);
        var allocated = (NodeAllocated)result;
        var scope = call.Context.Scope.Open();
        (Interruption Interruption, string Message)? removal = null;
        try
        {
            call.Log($"Running on {allocated.Node} in {allocated.Workspace.Directory}");
            call.Run.Nodes.Enter(id, Lose);
            var workspace = allocated.Workspace;
            var node = new NodeAllocation(id, allocated.Node, allocated.Labels, allocated.Executor, workspace.IsUnix, workspace.Environment, allocated.Pod);
            var secrets = ContainerSteps.SecretsOf(allocated.Pod, null, workspace.Environment);
            return await call.RunBodyAsync(c => c with { Scope = scope, Node = node, Container = null, Workspace = workspace, Directory = workspace.Directory, Masked = c.Masked.AddRange(secrets) });
        }
        catch (GroovyException failure) when (removal is { } own && own.Interruption.Loss is { IsPod: false } loss && Failures.InterruptionOf(failure) == own.Interruption)
        {
            // To what stands around the block it is what it would have been, had a step on the node found out.
            throw Failures.NodeLost(own.Message, loss);
        }
        finally
        {
            call.Run.Nodes.Leave(id);
            scope.Close();
            await call.Context.PerformAlwaysAsync(new ReleaseNode(id));
        }

        void Lose(AllocationLost lost)
        {
            call.Log($"{lost.Message}\nCancelling nested steps due to the loss of their node");
            var interruption = Failures.RemovedNode(lost.Message, new NodeLoss(id, allocated.Node, allocated.Pod is not null, lost.IsInfrastructure));
            removal = (interruption, lost.Message);
            scope.Interrupt(interruption);
        }
    }

    private static async Task<object?> WorkspaceAsync(StepCall call)
    {
        var wanted = call.Arguments.RequiredText("dir");
        var workspace = await call.Context.OnNodeAsync<WorkspacePrepared>(new PrepareWorkspace(call.Run.Program.Job, wanted));
        call.Log($"Running in {workspace.Directory}");
        return await call.RunBodyAsync(c => c with { Workspace = workspace, Directory = workspace.Directory });
    }

    private static Task<object?> DirectoryAsync(StepCall call)
    {
        var path = NodePath.Resolve(call.Context.Directory, call.Arguments.RequiredText("path"), call.Context.RequireNode().IsUnix);
        call.Log($"Running in {path}");
        return call.RunBodyAsync(c => c with { Directory = path });
    }
}
