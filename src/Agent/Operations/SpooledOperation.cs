using Microsoft.Win32.SafeHandles;
using Slipway.Agent.Spool;

namespace Slipway.Agent.Operations;

/// <summary>An operation whose output lies in its spool.</summary>
internal abstract class SpooledOperation(OperationSpool spool, string allocation) : HeldOperation(spool.OperationId, allocation)
{
    private readonly Lock _outputLock = new();
    private SafeFileHandle? _output;

    public override long OutputLength => RandomAccess.GetLength(Output());

    public override int ReadOutput(long offset, Span<byte> buffer)
    {
        var total = 0;
        while (total < buffer.Length && RandomAccess.Read(Output(), buffer[total..], offset + total) is var count and > 0)
        {
            total += count;
        }

        return total;
    }

    public override void Delete()
    {
        lock (_outputLock)
        {
            _output?.Dispose();
            _output = null;
        }

        spool.Delete();
    }

    private SafeFileHandle Output()
    {
        lock (_outputLock)
        {
            return _output ??= File.OpenHandle(spool.OutputPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
    }
}
