using Slipway.Model.Events;

namespace Slipway.Jenkinsfile.Execution.Cancellation;

/// <summary>The <c>node</c> blocks that a run is in, by the effect that allocated their node: who is told when one is lost. Used only on the run's scheduler.</summary>
internal sealed class NodeBlocks
{
    private readonly Dictionary<long, Action<AllocationLost>> _open = [];
    private readonly Dictionary<long, AllocationLost> _early = [];

    /// <summary>The block begins. A loss that came before it is told at once.</summary>
    public void Enter(long allocation, Action<AllocationLost> lost)
    {
        _open.Add(allocation, lost);
        if (_early.Remove(allocation, out var before))
        {
            lost(before);
        }
    }

    public void Leave(long allocation) => _open.Remove(allocation);

    public void Lose(AllocationLost loss)
    {
        if (_open.TryGetValue(loss.Allocation, out var tell))
        {
            tell(loss);
        }
        else
        {
            // Of a block that has ended nobody will ask again; of one that is about to begin the next turn does.
            _early[loss.Allocation] = loss;
        }
    }
}
