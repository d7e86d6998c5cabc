using System.Buffers;
using Slipway.Protocol;

namespace Slipway.Controller.Agents;

/// <summary>What came from an agent.</summary>
internal abstract class AgentIntake
{
    public sealed class Message(AgentMessage content) : AgentIntake
    {
        public AgentMessage Content => content;
    }

    /// <summary>A piece of output in a rented buffer; whoever holds it gives it back.</summary>
    public sealed class Output(byte[] rented, string operationId, long offset, int start, int length) : AgentIntake, IDisposable
    {
        private byte[]? _rented = rented;

        public string OperationId => operationId;

        public long Offset => offset;

        public ReadOnlyMemory<byte> Data => _rented.AsMemory(start, length);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _rented, null) is { } buffer)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
