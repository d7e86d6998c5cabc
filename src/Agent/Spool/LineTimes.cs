using System.Globalization;
using System.Text;
using Slipway.Agent.Masking;

namespace Slipway.Agent.Spool;

/// <summary>Begins each line with the time at which its first byte was written, in the form of Jenkins' <c>timestamps</c>: <c>[2026-01-31T12:00:00.000Z] </c>. Stands behind the masker.</summary>
internal sealed class LineTimes(MaskedOutput output, TimeProvider time)
{
    private bool _isAtStart = true;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        var stamp = ReadOnlySpan<byte>.Empty;
        while (!bytes.IsEmpty)
        {
            if (_isAtStart)
            {
                stamp = stamp.IsEmpty ? Encoding.ASCII.GetBytes(time.GetUtcNow().ToString("'['yyyy-MM-dd'T'HH:mm:ss.fff'Z] '", CultureInfo.InvariantCulture)) : stamp;
                output(stamp);
            }

            var end = bytes.IndexOf((byte)'\n') + 1;
            var line = end == 0 ? bytes : bytes[..end];
            output(line);
            _isAtStart = end > 0;
            bytes = bytes[line.Length..];
        }
    }
}
