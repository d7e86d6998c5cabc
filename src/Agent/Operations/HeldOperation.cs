using Slipway.Agent.Spool;
using Slipway.Model.Operations;

namespace Slipway.Agent.Operations;

/// <summary>An operation that the agent has: it runs, or its result waits for the controller's acknowledgement. Thread-safe.</summary>
internal abstract class HeldOperation(string id, string allocation)
{
    private readonly TaskCompletionSource<SpooledResult> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Id { get; } = id;

    public string Allocation { get; } = allocation;

    /// <summary>Its end, with the result. Never fails.</summary>
    public Task<SpooledResult> Ended => _ended.Task;

    /// <summary>There is more output, or the end. May be raised too often, and by any thread.</summary>
    public event Action? Changed;

    /// <summary>How much output there is by now.</summary>
    public abstract long OutputLength { get; }

    /// <summary>Reads output from an offset; less than asked for only at its present end.</summary>
    public abstract int ReadOutput(long offset, Span<byte> buffer);

    /// <summary>Asks for an early end. Harmless when repeated or too late.</summary>
    public abstract void Cancel();

    /// <summary>Deletes what is kept. Only after the end.</summary>
    public abstract void Delete();

    protected void RaiseChanged() => Changed?.Invoke();

    protected void End(SpooledResult result)
    {
        if (_ended.TrySetResult(result))
        {
            RaiseChanged();
        }
    }
}

/// <summary>An operation that the agent does itself, in memory.</summary>
#pragma warning disable CA1001 // A source without a timer and a stream of memory hold nothing to give back.
internal sealed class QuickOperation : HeldOperation
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly MemoryStream _output = new();

    private QuickOperation(string id, string allocation)
        : base(id, allocation)
    {
    }

    /// <summary>Begins it on the thread pool, or on a thread of its own where it may wait.</summary>
    public static QuickOperation Start(string id, string allocation, AgentOperation operation, string node, Func<Action<string>, QuickOperations> operations)
    {
        var quick = new QuickOperation(id, allocation);
        if (QuickOperations.MayWait(operation))
        {
            new Thread(() => quick.Run(operation, node, operations), maxStackSize: 256 * 1024) { IsBackground = true, Name = "waiting" }.Start();
        }
        else
        {
            _ = Task.Run(() => quick.Run(operation, node, operations));
        }

        return quick;
    }

    /// <summary>One that is over before it began.</summary>
    public static QuickOperation Fail(string id, string allocation, OperationResult result)
    {
        var quick = new QuickOperation(id, allocation);
        quick.End(new SpooledResult(0, result));
        return quick;
    }

    public override long OutputLength
    {
        get
        {
            lock (_output)
            {
                return _output.Length;
            }
        }
    }

    public override int ReadOutput(long offset, Span<byte> buffer)
    {
        lock (_output)
        {
            _output.Position = offset;
            var count = _output.Read(buffer);
            _output.Position = _output.Length;
            return count;
        }
    }

    public override void Cancel() => _cancel.Cancel();

    public override void Delete()
    {
    }

    private void Run(AgentOperation operation, string node, Func<Action<string>, QuickOperations> operations)
    {
        OperationResult result;
        try
        {
            result = operations(Log).Run(operation, Id, Allocation, _cancel.Token);
        }
        catch (OperationCanceledException)
        {
            result = new OperationCancelled();
        }
        catch (Exception exception)
        {
            result = Failures.Describe(exception, operation, node);
        }

        End(new SpooledResult(OutputLength, result));
    }

    private void Log(string line)
    {
        lock (_output)
        {
            _output.Write(System.Text.Encoding.UTF8.GetBytes(line + "\n"));
        }
    }
}
