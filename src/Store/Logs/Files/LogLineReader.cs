using System.Text;
using Slipway.Model;

namespace Slipway.Store.Logs.Files;

/// <summary>Cuts a stretch of a log into lines.</summary>
internal static class LogLineReader
{
    private const int LongestLine = 64 * 1024;

    /// <summary>An answer holds no more text than this, whatever it was asked for: lines may be long.</summary>
    private const int MostText = 4 * 1024 * 1024;

    public static LogLines Read(LogView view, LogScope scope, long firstLine, int count)
    {
        var (totalBytes, newlines) = view.ShareOf(scope);
        var totalLines = newlines + (EndsWithinLine(view, scope, totalBytes) ? 1 : 0);
        var first = firstLine < 0 ? Math.Max(1, totalLines + firstLine + 1) : Math.Max(1, firstLine);
        var lines = new List<LogLine>();
        if (first <= totalLines && count > 0)
        {
            using var cursor = new LogCursor(view, scope, byEntry: true);
            cursor.SeekNewlines(first - 1);
            Collect(cursor, first, count, lines);
        }

        return new LogLines(first, lines, totalLines, totalBytes, !view.IsComplete);
    }

    public static bool EndsWithinLine(LogView view, LogScope scope, long totalBytes)
    {
        if (totalBytes == 0)
        {
            return false;
        }

        using var cursor = new LogCursor(view, scope);
        cursor.SeekOffset(totalBytes - 1);
        return cursor.Next(1).Span is not [(byte)'\n'];
    }

    private static void Collect(LogCursor cursor, long number, int count, List<LogLine> lines)
    {
        var text = new MemoryStream();
        long offset = cursor.Offset, length = 0, time = 0;
        int? node = null;
        var room = MostText;
        while (lines.Count < count && room > 0)
        {
            var at = cursor.Offset;
            var piece = cursor.Next(LogFormat.BlockSize).Span;
            if (piece.IsEmpty)
            {
                if (length > 0)
                {
                    End();
                }

                return;
            }

            while (!piece.IsEmpty && lines.Count < count && room > 0)
            {
                if (length == 0)
                {
                    (offset, node, time) = (at, cursor.Entry.FlowNode, cursor.Entry.Time);
                }

                var end = piece.IndexOf((byte)'\n');
                var part = end < 0 ? piece : piece[..end];
                text.Write(part[..(int)Math.Min(part.Length, Math.Max(0, LongestLine - text.Length))]);
                length += part.Length;
                if (end < 0)
                {
                    // The line has begun, even if nothing of it is there yet but that.
                    length = Math.Max(length, 1);
                    at += piece.Length;
                    piece = [];
                }
                else
                {
                    at += end + 1;
                    piece = piece[(end + 1)..];
                    End();
                }
            }
        }

        void End()
        {
            var bytes = text.GetBuffer().AsSpan(0, (int)text.Length);
            var cut = (int)Math.Min(int.MaxValue, length - bytes.Length);
            if (cut == 0 && bytes is [.., (byte)'\r'])
            {
                bytes = bytes[..^1];
            }

            lines.Add(new LogLine(number++, offset, Encoding.UTF8.GetString(bytes), cut, node, DateTimeOffset.FromUnixTimeMilliseconds(time)));
            room -= bytes.Length;
            text.SetLength(0);
            length = 0;
        }
    }
}
