using System.Text;

namespace Slipway.Agent.Connection;

/// <summary>Status line and headers of an HTTP/1.1 answer, and the bytes that came behind them.</summary>
internal sealed record HttpHead(int Status, string Reason, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Behind)
{
    private const int LongestHead = 32 * 1024;

    public string? this[string name] => Headers.TryGetValue(name, out var value) ? value : null;

    /// <exception cref="WireException">No HTTP answer.</exception>
    public static async Task<HttpHead> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        var buffer = new byte[LongestHead];
        var length = 0;
        while (true)
        {
            var count = await stream.ReadAsync(buffer.AsMemory(length), cancellation);
            if (count == 0)
            {
                throw new WireException(length == 0 ? "The connection was closed without an answer" : "The connection was closed in the middle of an answer");
            }

            length += count;
            if (buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) is var end and >= 0)
            {
                return Parse(Encoding.Latin1.GetString(buffer, 0, end), buffer.AsMemory((end + 4)..length));
            }

            if (length == buffer.Length)
            {
                throw new WireException("The answer's head is too long; this is not a Slipway server");
            }
        }
    }

    private static HttpHead Parse(string text, ReadOnlyMemory<byte> behind)
    {
        var lines = text.Split("\r\n");
        var status = lines[0].Split(' ', 3);
        if (!status[0].StartsWith("HTTP/1.", StringComparison.Ordinal) || status.Length < 2 || !int.TryParse(status[1], out var code))
        {
            throw new WireException("The answer is not HTTP; this is not a Slipway server");
        }

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.AsSpan(1))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is var colon and > 0)
            {
                headers[line[..colon].Trim()] = line[(colon + 1)..].Trim();
            }
        }

        return new HttpHead(code, status.Length > 2 ? status[2] : "", headers, behind);
    }

    /// <summary>The body as a stream that ends where it ends: by length, in chunks, or with the connection.</summary>
    public Stream Body(Stream connection)
    {
        var rest = Behind.IsEmpty ? connection : new PrefixedStream(Behind, connection);
        return string.Equals(this["Transfer-Encoding"], "chunked", StringComparison.OrdinalIgnoreCase) ? new ChunkedReader(rest)
            : long.TryParse(this["Content-Length"], out var length) ? new LimitedReader(rest, length)
            : rest;
    }

    /// <summary>Why a request was refused, from the header that says so or else the body's beginning.</summary>
    public async Task<string> ReadRefusalAsync(Stream connection, CancellationToken cancellation)
    {
        if (this[Protocol.AgentProtocol.RefusalHeader] is { Length: > 0 } refusal)
        {
            return Uri.UnescapeDataString(refusal);
        }

        if (Status is >= 300 and < 400 && this["Location"] is { } location)
        {
            return $"the URL leads to {location}: give that one by -url";
        }

        var buffer = new byte[2000];
        var length = await Body(connection).ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        var body = Encoding.UTF8.GetString(buffer, 0, length).Trim();
        return body.Length == 0 || body.StartsWith('<') ? $"{Status} {Reason}" : body;
    }
}
