using Slipway.Agent.Processes;
using Slipway.Agent.Spool;
using Slipway.Model.Operations;

namespace Slipway.Agent.Operations;

/// <summary>
/// An operation that a one-shot agent does on a thread of its own: where the node ends with its agent, nothing could outlive it, and a process for each operation would only cost time.
/// </summary>
#pragma warning disable CA1001 // The signal is given back at the end of the operation, which always comes.
internal sealed class InProcessOperation : SpooledOperation
#pragma warning restore CA1001
{
    private readonly OperationSpool _spool;
    private readonly SupervisedOperation _work;
    private readonly ChildReaper _children;
    private readonly CancelSignal _cancel = new();
    private readonly Lock _cancelLock = new();
    private bool _isCancelled;

    private InProcessOperation(OperationSpool spool, string allocation, SupervisedOperation work, ChildReaper children)
        : base(spool, allocation)
    {
        _spool = spool;
        _work = work;
        _children = children;
    }

    /// <exception cref="IOException">The spool cannot be written.</exception>
    public static InProcessOperation Start(OperationSpool spool, string allocation, SupervisedOperation work, ChildReaper children)
    {
        // Should another agent ever find this spool, it must see that the operation was begun, and that its result is lost.
        spool.Create(allocation, isShared: work.Origin.Pod is not null);
        spool.SaySupervisor();
        var operation = new InProcessOperation(spool, allocation, work, children);
        new Thread(operation.Run) { IsBackground = true, Name = "operation" }.Start();
        return operation;
    }

    public override void Cancel()
    {
        lock (_cancelLock)
        {
            if (!_isCancelled && !Ended.IsCompleted)
            {
                _isCancelled = true;
                _cancel.Set();
            }
        }
    }

    private void Run()
    {
        SpooledResult result;
        try
        {
            var performed = Supervisor.Perform(_spool, _work, _cancel, RaiseChanged, _children, out var capturedEncoding);
            result = _spool.Finish(performed, capturedEncoding);
        }
        catch (Exception exception)
        {
            result = new SpooledResult(_spool.OutputLength, Failures.Describe(exception, _work.Operation, _work.Origin.NodeName));
        }

        lock (_cancelLock)
        {
            End(result);
            _cancel.Dispose();
        }
    }
}
