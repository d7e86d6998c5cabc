using Slipway.Jenkinsfile.Execution.Replay;
using Slipway.Model;
using Slipway.Model.Events;
using Slipway.Model.Scm;

namespace Slipway.Jenkinsfile.Execution.Records;

/// <summary>The graph of what ran, as records. Nodes are numbered in the program's order.</summary>
internal sealed class FlowGraph(RunJournal journal)
{
    private int _last;

    public int Start(int? parent, FlowNodeKind kind, string function, string? name = null, string? detail = null)
    {
        var node = ++_last;
        journal.Show(new FlowNodeStarted(node, parent, kind, function, name, detail is null ? null : RepositoryUrl.HideCredentials(detail)));
        return node;
    }

    public void End(int node, FlowNodeStatus status, string? reason = null, bool isInfrastructure = false) =>
        journal.Show(new FlowNodeEnded(node, status, reason, isInfrastructure));

    public static FlowNodeStatus StatusOf(RunResult? result) => result switch
    {
        null or RunResult.Success => FlowNodeStatus.Success,
        RunResult.Unstable => FlowNodeStatus.Unstable,
        RunResult.Failure => FlowNodeStatus.Failure,
        RunResult.NotBuilt => FlowNodeStatus.Skipped,
        _ => FlowNodeStatus.Aborted,
    };
}
