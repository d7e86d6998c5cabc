using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Slipway.Server.Hosting;

/// <summary>
/// Buffers of connections. The platform's own pool hands out 4 KiB, and each is a system call when an agent sends a log; these hold a frame of one. A silent connection holds none,
/// for the transport waits for data before it asks for memory.
/// </summary>
internal sealed class ConnectionBuffers : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    private const int BlockSize = 64 * 1024;

    public override int MaxBufferSize => int.MaxValue;

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => new Block(Math.Max(minBufferSize, BlockSize));

    protected override void Dispose(bool disposing)
    {
        // Its memory is the shared pool's.
    }

    private sealed class Block(int size) : IMemoryOwner<byte>
    {
        private byte[]? _array = ArrayPool<byte>.Shared.Rent(size);

        public Memory<byte> Memory => _array ?? throw new ObjectDisposedException(nameof(Block));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _array, null) is { } array)
            {
                ArrayPool<byte>.Shared.Return(array);
            }
        }
    }
}
