using System.Buffers;
using System.Text;

namespace Slipway.Store.Logs.Files;

/// <summary>Frames that wait for one write, and those who wait for it. Not thread-safe.</summary>
internal sealed class PendingFrames
{
    private readonly List<(ChunkEntry Entry, int Newlines)> _entries = [];
    private byte[] _bytes = [];
    private TaskCompletionSource? _durable;

    public int Length { get; private set; }

    /// <summary>How the log ends with what waits here; given before the first frame.</summary>
    public LogTail Tail { get; set; }

    public bool IsEmpty => Length == 0 && _durable is null;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>Positions are relative to the first frame; starts are not set.</summary>
    public IReadOnlyList<(ChunkEntry Entry, int Newlines)> Entries => _entries;

    /// <summary>Completes or fails with the write.</summary>
    public Task Durable => (_durable ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void AddAgent(int flowNode, long time, long effect, long offset, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(bytes.Length, LogFormat.LargestPayload)];
            Add(new ChunkEntry(0, 0, piece.Length, flowNode, time, effect, offset, EntryKind.Agent, Continues: false), piece);
            offset += piece.Length;
            bytes = bytes[piece.Length..];
        }
    }

    /// <param name="skip">Bytes of the piece that the log holds already.</param>
    public void AddController(int flowNode, long time, long line, string text, long skip)
    {
        var count = Encoding.UTF8.GetByteCount(text);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(count, 1));
        Encoding.UTF8.GetBytes(text, buffer);
        var bytes = buffer.AsSpan(0, count)[(int)Math.Min(skip, count)..];
        do
        {
            var piece = bytes[..Math.Min(bytes.Length, LogFormat.LargestPayload)];
            bytes = bytes[piece.Length..];
            Add(new ChunkEntry(0, 0, piece.Length, flowNode, time, 0, line, EntryKind.Controller, Continues: !bytes.IsEmpty), piece);
        }
        while (!bytes.IsEmpty);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    public void AddEnd(long time) => Add(new ChunkEntry(0, 0, 0, 0, time, 0, 0, EntryKind.End, Continues: false), []);

    /// <summary>Takes over those frames of another that the controller wrote.</summary>
    public void AddControllerFramesOf(PendingFrames other)
    {
        foreach (var (entry, _) in other._entries)
        {
            if (entry.Kind == EntryKind.Controller)
            {
                Add(entry, other._bytes.AsSpan((int)entry.Position, entry.Length));
            }
        }
    }

    private void Add(ChunkEntry entry, ReadOnlySpan<byte> payload)
    {
        if (!payload.IsEmpty)
        {
            if (Tail.InLine && (Tail.FlowNode != entry.FlowNode || Tail.Source != entry.Source))
            {
                AddFrame(new ChunkEntry(0, 0, 1, ~Tail.FlowNode, entry.Time, 0, 0, EntryKind.Break, Continues: false), "\n"u8);
            }

            Tail = new LogTail(entry.FlowNode, entry.Source, payload[^1] != (byte)'\n');
        }

        AddFrame(entry, payload);
    }

    private void AddFrame(ChunkEntry entry, ReadOnlySpan<byte> payload)
    {
        Reserve(LogFormat.FrameHeaderSize + payload.Length);
        var size = LogFormat.WriteFrame(_bytes.AsSpan(Length), entry, payload);
        _entries.Add((entry with { Position = Length + LogFormat.FrameHeaderSize }, payload.Count((byte)'\n')));
        Length += size;
    }

    private void Reserve(int more)
    {
        if (Length + more <= _bytes.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Length + more, Math.Max(4096, 2 * _bytes.Length)));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        Release();
        _bytes = larger;
    }

    public void Complete() => _durable?.TrySetResult();

    public void Fail(Exception failure)
    {
        if (_durable is not null)
        {
            _durable.TrySetException(failure);
            _ = _durable.Task.Exception; // It may be that nobody waits; the failure is told again at the next call.
        }
    }

    /// <summary>Ready for the next write. Large buffers go back to the pool: a quiet log holds none.</summary>
    public void Clear()
    {
        _entries.Clear();
        Length = 0;
        _durable = null;
        Release();
    }

    private void Release()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }
    }
}
