namespace Slipway.Model;

/// <summary>A piece of a console, raw bytes as the log holds them.</summary>
/// <param name="Start">Offset of the first byte.</param>
/// <param name="Next">Where to go on reading.</param>
/// <param name="More">More will come: the run, or the step, is not finished.</param>
public sealed record LogSlice(long Start, ReadOnlyMemory<byte> Bytes, long Next, bool More);

/// <param name="Line">Counts from one.</param>
/// <param name="Offset">Of the match's first byte in the console, or in what was searched of it.</param>
/// <param name="Text">The line, shortened around the match where it is long.</param>
public sealed record LogMatch(long Line, long Offset, string Text);

/// <param name="FirstLine">Number of the first line given, from one.</param>
/// <param name="TotalLines">Lines in the log so far.</param>
public sealed record LogLines(long FirstLine, IReadOnlyList<LogLine> Lines, long TotalLines, long TotalBytes, bool More);

/// <param name="Text">Without its line end; at most 64 KiB of it, with the rest counted in <paramref name="CutBytes"/>.</param>
/// <param name="Node">The step that wrote it.</param>
public sealed record LogLine(long Number, long Offset, string Text, int CutBytes, int? Node, DateTimeOffset Time);
