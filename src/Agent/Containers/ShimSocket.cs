using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Slipway.Agent.Processes;

namespace Slipway.Agent.Containers;

/// <summary>
/// One connection between an agent and a shim: JSON messages, each behind its length (4 bytes, little-endian); descriptors travel with the first byte of a message. Blocking. Any thread may send; one receives.
/// </summary>
internal sealed unsafe class ShimSocket(int fd) : IDisposable
{
    private const int LargestMessage = 16 * 1024 * 1024;
    private const int MostDescriptors = 8;

    private readonly Lock _sending = new();
    private bool _isClosed;

    /// <summary>Readable when there is a message, or the other side is gone.</summary>
    public int Descriptor => fd;

    /// <summary>Null with the system's error number when nobody listens there.</summary>
    public static ShimSocket? TryConnect(string path, out int error) => NativeSockets.Connect(path, out error) is var fd and >= 0 ? new ShimSocket(fd) : null;

    public void LimitReceiving(TimeSpan patience) => NativeSockets.LimitReceiving(fd, patience);

    /// <summary>Returns false when the other side is gone.</summary>
    public bool Send<T>(T message, JsonTypeInfo<T> type, params ReadOnlySpan<int> descriptors)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(message, type);
        var bytes = new byte[4 + json.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 4);
        lock (_sending)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var count = _isClosed ? -1 : Send(bytes.AsSpan(done), done == 0 ? descriptors : []);
                if (count < 0)
                {
                    return false;
                }

                done += count;
            }
        }

        return true;
    }

    /// <summary>The next message; null when the other side is gone, or says nothing for as long as was set.</summary>
    /// <param name="descriptors">Takes what came with it, to be closed by the caller.</param>
    /// <exception cref="InvalidDataException">What came is no message.</exception>
    public T? Receive<T>(JsonTypeInfo<T> type, List<int> descriptors)
        where T : class
    {
        Span<byte> length = stackalloc byte[4];
        if (!Fill(length, descriptors))
        {
            return null;
        }

        var size = BinaryPrimitives.ReadInt32LittleEndian(length);
        if (size is <= 0 or > LargestMessage)
        {
            throw new InvalidDataException($"A message of {size} bytes was announced; at most {LargestMessage} are taken.");
        }

        var json = new byte[size];
        if (!Fill(json, descriptors))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"The message is not understood: {exception.Message}", exception);
        }
    }

    public void Dispose()
    {
        lock (_sending)
        {
            if (!_isClosed)
            {
                _isClosed = true;
                _ = Native.Close(fd);
            }
        }
    }

    private int Send(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> descriptors)
    {
        var control = stackalloc byte[ControlSize];
        fixed (byte* start = bytes)
        {
            var vector = new NativeSockets.IoVector { Start = start, Length = (nuint)bytes.Length };
            var message = new NativeSockets.MessageHeader { Vectors = &vector, VectorCount = 1 };
            if (!descriptors.IsEmpty)
            {
                var header = (NativeSockets.ControlHeader*)control;
                header->Length = (nuint)(sizeof(NativeSockets.ControlHeader) + (descriptors.Length * sizeof(int)));
                header->Level = NativeSockets.SOL_SOCKET;
                header->Kind = NativeSockets.SCM_RIGHTS;
                descriptors.CopyTo(new Span<int>(header + 1, descriptors.Length));
                message.Control = control;
                message.ControlLength = Aligned(header->Length);
            }

            while (true)
            {
                var count = NativeSockets.SendMessage(fd, &message, NativeSockets.MSG_NOSIGNAL);
                if (count >= 0 || Marshal.GetLastPInvokeError() != Native.EINTR)
                {
                    return (int)count;
                }
            }
        }
    }

    private bool Fill(Span<byte> buffer, List<int> descriptors)
    {
        for (var done = 0; done < buffer.Length;)
        {
            var count = Receive(buffer[done..], descriptors);
            if (count <= 0)
            {
                return false;
            }

            done += count;
        }

        return true;
    }

    private int Receive(Span<byte> buffer, List<int> descriptors)
    {
        var control = stackalloc byte[ControlSize];
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var vector = new NativeSockets.IoVector { Start = start, Length = (nuint)buffer.Length };
                var message = new NativeSockets.MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = (nuint)ControlSize };
                var count = NativeSockets.ReceiveMessage(fd, &message, NativeSockets.MSG_CMSG_CLOEXEC);
                if (count >= 0)
                {
                    Collect(message, descriptors);
                    return (int)count;
                }

                if (Marshal.GetLastPInvokeError() != Native.EINTR)
                {
                    return -1;
                }
            }
        }
    }

    private static void Collect(NativeSockets.MessageHeader message, List<int> descriptors)
    {
        var start = (byte*)message.Control;
        var end = start + message.ControlLength;
        while (start + sizeof(NativeSockets.ControlHeader) <= end)
        {
            var header = (NativeSockets.ControlHeader*)start;
            if (header->Length < (nuint)sizeof(NativeSockets.ControlHeader))
            {
                return;
            }

            if (header->Level == NativeSockets.SOL_SOCKET && header->Kind == NativeSockets.SCM_RIGHTS)
            {
                var count = (int)((header->Length - (nuint)sizeof(NativeSockets.ControlHeader)) / sizeof(int));
                descriptors.AddRange(new ReadOnlySpan<int>(header + 1, count));
            }

            start += Aligned(header->Length);
        }
    }

    private static int ControlSize => (int)Aligned((nuint)(sizeof(NativeSockets.ControlHeader) + (MostDescriptors * sizeof(int))));

    private static nuint Aligned(nuint length) => (length + (nuint)sizeof(nuint) - 1) & ~((nuint)sizeof(nuint) - 1);
}

internal static class ShimQuestions
{
    /// <summary>A single question; null when there is no answer.</summary>
    /// <param name="patience">Null waits for ever.</param>
    public static ShimAnswer? Ask(this ShimSocket socket, ShimRequest request, TimeSpan? patience)
    {
        if (patience is { } limit)
        {
            socket.LimitReceiving(limit);
        }

        return socket.Send(request, ShimJson.Default.ShimRequest) ? socket.Receive(ShimJson.Default.ShimAnswer, []) : null;
    }
}
