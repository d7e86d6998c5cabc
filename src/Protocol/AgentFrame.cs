using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Slipway.Protocol;

/// <summary>
/// The bytes of a WebSocket message. The first says what follows: 1 a JSON message (UTF-8), 2 a piece of output: one byte with the length of the operation's id, the id in ASCII,
/// the offset as eight bytes little-endian, the output itself to the end of the message.
/// </summary>
public static class AgentFrame
{
    public const byte Control = 1;
    public const byte Output = 2;

    private const int OffsetLength = sizeof(long);

    public static int OutputHeaderLength(string operationId) => 2 + operationId.Length + OffsetLength;

    /// <summary>Writes the header of an output frame; returns its length. The output's bytes follow right behind.</summary>
    public static int WriteOutputHeader(Span<byte> frame, string operationId, long offset)
    {
        frame[0] = Output;
        frame[1] = checked((byte)operationId.Length);
        Encoding.ASCII.GetBytes(operationId, frame[2..]);
        BinaryPrimitives.WriteInt64LittleEndian(frame[(2 + operationId.Length)..], offset);
        return OutputHeaderLength(operationId);
    }

    /// <summary>Reads an output frame.</summary>
    /// <param name="dataStart">Where in <paramref name="frame"/> the output begins.</param>
    public static bool TryReadOutput(ReadOnlySpan<byte> frame, [NotNullWhen(true)] out string? operationId, out long offset, out int dataStart)
    {
        operationId = null;
        offset = 0;
        dataStart = 0;
        if (frame.Length < 2 || frame[0] != Output || frame.Length < 2 + frame[1] + OffsetLength)
        {
            return false;
        }

        var id = frame.Slice(2, frame[1]);
        Span<char> characters = stackalloc char[AgentProtocol.LongestId];
        if (id.Length > characters.Length || Encoding.ASCII.GetChars(id, characters) is var length && !AgentProtocol.IsId(characters[..length]))
        {
            return false;
        }

        operationId = new string(characters[..length]);
        dataStart = 2 + id.Length + OffsetLength;
        offset = BinaryPrimitives.ReadInt64LittleEndian(frame[(2 + id.Length)..]);
        return offset >= 0;
    }

    public static void Write(IBufferWriter<byte> frame, ControllerMessage message)
    {
        WriteKind(frame);
        using var json = new Utf8JsonWriter(frame);
        JsonSerializer.Serialize(json, message, ProtocolJson.Default.ControllerMessage);
    }

    public static void Write(IBufferWriter<byte> frame, AgentMessage message)
    {
        WriteKind(frame);
        using var json = new Utf8JsonWriter(frame);
        JsonSerializer.Serialize(json, message, ProtocolJson.Default.AgentMessage);
    }

    /// <exception cref="InvalidDataException">Not a message of this version.</exception>
    public static ControllerMessage ReadControllerMessage(ReadOnlySpan<byte> frame) => Read(frame, ProtocolJson.Default.ControllerMessage);

    /// <exception cref="InvalidDataException">Not a message of this version.</exception>
    public static AgentMessage ReadAgentMessage(ReadOnlySpan<byte> frame) => Read(frame, ProtocolJson.Default.AgentMessage);

    private static T Read<T>(ReadOnlySpan<byte> frame, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        if (frame.IsEmpty || frame[0] != Control)
        {
            throw new InvalidDataException($"The frame's kind is {(frame.IsEmpty ? "missing" : frame[0])}; a control message (1) was expected.");
        }

        try
        {
            return JsonSerializer.Deserialize(frame[1..], type) ?? throw new InvalidDataException("The message is null.");
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            throw new InvalidDataException($"The message cannot be read: {exception.Message}", exception);
        }
    }

    private static void WriteKind(IBufferWriter<byte> frame)
    {
        frame.GetSpan(1)[0] = Control;
        frame.Advance(1);
    }
}
