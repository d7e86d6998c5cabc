using Slipway.Jenkinsfile.Execution.Replay;
using Slipway.Model;
using Slipway.Model.Events;
using Slipway.Model.Scm;

namespace Slipway.Jenkinsfile.Execution.Records;

/// <summary>The graph of what ran, as records. Nodes are numbered in the program's order.</summary>
/// <param name="mask">Blanks out what is secret: the graph is shown to whoever may see the run.</param>
internal sealed class FlowGraph(RunJournal journal, Func<string, string> mask)
{
    private int _last;

    public int Start(int? parent, FlowNodeKind kind, string function, string? name = null, string? detail = null)
    {
        var node = ++_last;
        journal.Show(new FlowNodeStarted(node, parent, kind, function, Clean(name), detail is null ? null : Clean(RepositoryUrl.HideCredentials(detail))));
        return node;
    }

    public void End(int node, FlowNodeStatus status, string? reason = null, bool isInfrastructure = false) =>
        journal.Show(new FlowNodeEnded(node, status, Clean(reason), isInfrastructure));

    private string? Clean(string? text) => text is null ? null : mask(text);

    public static FlowNodeStatus StatusOf(RunResult? result) => result switch
    {
        null or RunResult.Success => FlowNodeStatus.Success,
        RunResult.Unstable => FlowNodeStatus.Unstable,
        RunResult.Failure => FlowNodeStatus.Failure,
        RunResult.NotBuilt => FlowNodeStatus.Skipped,
        _ => FlowNodeStatus.Aborted,
    };
}
