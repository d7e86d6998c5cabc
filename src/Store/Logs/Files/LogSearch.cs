using System.Text;
using Slipway.Model;

namespace Slipway.Store.Logs.Files;

/// <summary>Finds a text in a log. Works on bytes: A to Z match in both cases, everything else exactly.</summary>
internal sealed class LogSearch
{
    private const int Context = 120;

    // Letters as rare as their place in this list is late; a rare one is looked for first.
    private const string ByFrequency = " etaoinsrhldcumfpgwybvkxjqz";

    private readonly byte[] _lower;
    private readonly byte[] _upper;
    private readonly int _anchor;

    public LogSearch(string text)
    {
        _lower = Encoding.UTF8.GetBytes(text);
        _upper = [.. _lower];
        for (var i = 0; i < _lower.Length; i++)
        {
            if (_lower[i] is >= (byte)'A' and <= (byte)'Z')
            {
                _lower[i] += 32;
            }
            else if (_lower[i] is >= (byte)'a' and <= (byte)'z')
            {
                _upper[i] -= 32;
            }

            if (Rarity(_lower[i]) > Rarity(_lower[_anchor]))
            {
                _anchor = i;
            }
        }
    }

    private static int Rarity(byte character) => ByFrequency.IndexOf((char)character) is >= 0 and var place ? place : ByFrequency.Length;

    /// <summary>Bytes of a match.</summary>
    public int Length => _lower.Length;

    /// <summary>Nothing can match: the text is empty, or spans lines.</summary>
    public bool IsVain => _lower.Length == 0 || _lower.Contains((byte)'\n');

    public IEnumerable<LogMatch> Run(LogView view, LogScope scope, long from, CancellationToken cancellation)
    {
        using var cursor = new LogCursor(view, scope);
        using var surroundings = new LogCursor(view, scope);
        var line = 1 + cursor.SeekOffset(from, countNewlines: true);
        var overlap = _lower.Length - 1;
        var window = new byte[LogFormat.BlockSize + overlap];
        var kept = 0;
        var offset = cursor.Offset;
        while (cursor.Next(LogFormat.BlockSize) is { IsEmpty: false } piece)
        {
            cancellation.ThrowIfCancellationRequested();
            piece.CopyTo(window.AsMemory(kept));
            var length = kept + piece.Length;
            int counted = 0, end = 0;
            for (var at = Find(window.AsSpan(0, length)); at >= 0;)
            {
                line += window.AsSpan(counted, at - counted).Count((byte)'\n');
                counted = at;
                yield return new LogMatch(line, offset + at, Surroundings(surroundings, offset + at));
                end = at + _lower.Length;
                var next = Find(window.AsSpan(end, length - end));
                at = next < 0 ? -1 : end + next;
            }

            // A match may begin at the end of one piece and go on in the next. What has matched does not count again.
            var keep = Math.Min(overlap, length - end);
            line += window.AsSpan(counted, length - keep - counted).Count((byte)'\n');
            window.AsSpan(length - keep, keep).CopyTo(window);
            offset += length - keep;
            kept = keep;
        }
    }

    private int Find(ReadOnlySpan<byte> bytes)
    {
        var last = bytes.Length - _lower.Length;
        for (var at = 0; at <= last;)
        {
            var next = bytes.Slice(at + _anchor, last - at + 1).IndexOfAny(_lower[_anchor], _upper[_anchor]);
            if (next < 0)
            {
                return -1;
            }

            at += next;
            if (Matches(bytes[at..]))
            {
                return at;
            }

            at++;
        }

        return -1;
    }

    private bool Matches(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < _lower.Length; i++)
        {
            if (bytes[i] != _lower[i] && bytes[i] != _upper[i])
            {
                return false;
            }
        }

        return true;
    }

    private string Surroundings(LogCursor cursor, long offset)
    {
        var from = Math.Max(0, offset - Context);
        cursor.SeekOffset(from);
        var bytes = new byte[(int)(offset - from) + _lower.Length + Context];
        var length = 0;
        while (length < bytes.Length && cursor.Next(bytes.Length - length) is { IsEmpty: false } piece)
        {
            piece.CopyTo(bytes.AsMemory(length));
            length += piece.Length;
        }

        var at = (int)(offset - from);
        var begin = bytes.AsSpan(0, at).LastIndexOf((byte)'\n') + 1;
        var end = bytes.AsSpan(at, length - at).IndexOf((byte)'\n');
        return Encoding.UTF8.GetString(bytes.AsSpan(begin, (end < 0 ? length : at + end) - begin)).TrimEnd('\r');
    }
}
