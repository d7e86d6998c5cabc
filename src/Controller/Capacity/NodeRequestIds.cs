using Slipway.Model;

namespace Slipway.Controller.Capacity;

/// <summary>
/// Requests of <c>node</c> blocks are named by run and effect, not by an id of the queue; users get one that cannot collide with those of requests for runs, and that programs
/// in JavaScript can hold.
/// </summary>
internal static class NodeRequestIds
{
    private const long Mark = 1L << 52;

    public static QueueItemId Of(WaitingExecutor waiting) => new(Mark | (waiting.Run.Value << 20) | (waiting.Effect & 0xFFFFF));

    public static bool IsNodeRequest(QueueItemId item) => (item.Value & Mark) != 0;
}
