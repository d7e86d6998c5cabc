using System.Globalization;
using System.Text;

namespace Slipway.Agent.Connection;

/// <summary>What the streams below share: one direction, no seeking.</summary>
internal abstract class OneWayStream : Stream
{
    public override bool CanSeek => false;

    public override bool CanRead => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

/// <summary>A connection from which some bytes were read too early: they come first.</summary>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream inner) : OneWayStream
{
    private ReadOnlyMemory<byte> _prefix = prefix;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override int Read(Span<byte> buffer) => _prefix.IsEmpty ? inner.Read(buffer) : TakePrefix(buffer);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _prefix.IsEmpty ? inner.ReadAsync(buffer, cancellationToken) : ValueTask.FromResult(TakePrefix(buffer.Span));

    public override void Write(ReadOnlySpan<byte> buffer) => inner.Write(buffer);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    private int TakePrefix(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _prefix.Length);
        _prefix.Span[..count].CopyTo(buffer);
        _prefix = _prefix[count..];
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>A body of known length. A connection that ends before it is an error, not an end.</summary>
internal sealed class LimitedReader(Stream inner, long length) : OneWayStream
{
    private long _left = length;

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        if (_left == 0 || buffer.IsEmpty)
        {
            return 0;
        }

        var count = inner.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        if (count == 0)
        {
            throw new WireException($"The connection was closed {_left} bytes before the answer's end");
        }

        _left -= count;
        return count;
    }
}

/// <summary>A body in chunks. A connection that ends before the last one is an error, not an end.</summary>
internal sealed class ChunkedReader(Stream inner) : OneWayStream
{
    private readonly BufferedStream _inner = new(inner, 16 * 1024);
    private long _left;
    private bool _isFirst = true;
    private bool _isAtEnd;

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        if (_isAtEnd || buffer.IsEmpty)
        {
            return 0;
        }

        if (_left == 0 && !NextChunk())
        {
            return 0;
        }

        var count = _inner.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        if (count == 0)
        {
            throw new WireException("The connection was closed in the middle of an answer");
        }

        _left -= count;
        return count;
    }

    private bool NextChunk()
    {
        if (!_isFirst)
        {
            ReadLine();
        }

        _isFirst = false;
        var line = ReadLine().Split(';')[0].Trim();
        if (!long.TryParse(line, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _left) || _left < 0)
        {
            throw new WireException($"'{line}' is not the length of a chunk");
        }

        if (_left > 0)
        {
            return true;
        }

        while (ReadLine().Length > 0)
        {
        }

        _isAtEnd = true;
        return false;
    }

    private string ReadLine()
    {
        var line = new StringBuilder();
        while (line.Length < 4096)
        {
            var next = _inner.ReadByte();
            if (next < 0)
            {
                throw new WireException("The connection was closed in the middle of an answer");
            }

            if (next == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)next);
        }

        throw new WireException("A line of the answer is too long");
    }
}

/// <summary>Writes a body in chunks. Disposing does not end it: a body that was not <see cref="Complete"/>d is seen as broken by the other side, which is what it is.</summary>
internal sealed class ChunkedWriter(Stream inner) : OneWayStream
{
    private const int ChunkSize = 64 * 1024;

    private readonly byte[] _buffer = new byte[ChunkSize];
    private int _length;

    public override bool CanWrite => true;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var count = Math.Min(buffer.Length, ChunkSize - _length);
            buffer[..count].CopyTo(_buffer.AsSpan(_length));
            _length += count;
            buffer = buffer[count..];
            if (_length == ChunkSize)
            {
                WriteChunk();
            }
        }
    }

    public void Complete()
    {
        WriteChunk();
        inner.Write("0\r\n\r\n"u8);
        inner.Flush();
    }

    private void WriteChunk()
    {
        if (_length > 0)
        {
            inner.Write(Encoding.ASCII.GetBytes($"{_length:x}\r\n"));
            inner.Write(_buffer, 0, _length);
            inner.Write("\r\n"u8);
            _length = 0;
        }
    }
}
