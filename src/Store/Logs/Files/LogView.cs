using Slipway.Store.Files;

namespace Slipway.Store.Logs.Files;

/// <summary>A log as it stood at one moment: its chunks in order, without gaps. Immutable, so that readers need no lock.</summary>
internal sealed record LogView(IReadOnlyList<LogChunk> Chunks, bool IsComplete)
{
    public static LogView Empty { get; } = new([], IsComplete: false);

    public long Bytes => Chunks.Count == 0 ? 0 : Chunks[^1].End;

    public (long Bytes, long Newlines) ShareOf(LogScope scope)
    {
        if (scope.Nodes is null)
        {
            return (Bytes, Chunks.Count == 0 ? 0 : Chunks[^1].NewlinesBefore + Chunks[^1].Newlines);
        }

        long bytes = 0, newlines = 0;
        foreach (var chunk in Chunks)
        {
            var share = chunk.ShareOf(scope);
            bytes += share.Bytes;
            newlines += share.Newlines;
        }

        return (bytes, newlines);
    }
}

/// <summary>A log as it lies on disk.</summary>
/// <param name="Last">The unfinished chunk, if the log ends in one.</param>
internal sealed record LogFiles(IReadOnlyList<LogChunk> Finished, FramesScan? Last)
{
    public LogView ToView() => new(Last is null ? Finished : [.. Finished, Last.Chunk], IsComplete);

    /// <summary>The last entry of all decides.</summary>
    public bool IsComplete => Last is { Chunk.Entries.Length: > 0 } ? Last.IsComplete : Finished is [.., SealedChunk { IsComplete: true }];

    public OpenPiece? OpenPiece => Last is { Chunk.Entries.Length: > 0 } ? Last.OpenPiece : Finished is [.., SealedChunk chunk] ? chunk.OpenPiece : null;

    public IEnumerable<SourceMark> Marks => Finished.OfType<SealedChunk>().SelectMany(c => c.Marks).Concat(_unfinishedMarks).Concat(Last?.Marks ?? []);

    private readonly List<SourceMark> _unfinishedMarks = [];

    /// <summary>Reads how the log ends.</summary>
    public LogTail Tail()
    {
        for (var i = Finished.Count - (Last is null ? 1 : 0); i >= 0; i--)
        {
            LogChunk chunk = i == Finished.Count ? Last!.Chunk : Finished[i];
            if (chunk.Length > 0)
            {
                using var reader = chunk.Open();
                var entries = reader.Entries.Span;
                var writer = entries[FramesChunk.Find(entries, chunk.Length - 1)];
                Span<byte> end = stackalloc byte[1];
                reader.Read(chunk.Length - 1, end);
                return new LogTail(writer.FlowNode, writer.Source, end[0] != (byte)'\n');
            }
        }

        return default;
    }

    /// <summary>
    /// Reads what is in a log's directory. Frames files before the last one are chunks that nobody has compressed yet. A last frames file without even a whole header was never
    /// confirmed and does not count.
    /// </summary>
    public static LogFiles Load(string directory)
    {
        var numbers = List(directory);
        var finished = new List<LogChunk>();
        var marks = new List<SourceMark>();
        FramesScan? last = null;
        long end = 0;
        for (var number = 0; numbers.TryGetValue(number, out var isSealed); number++)
        {
            if (last is not null)
            {
                finished.Add(last.Chunk);
                marks.AddRange(last.Marks);
                last = null;
            }

            LogChunk chunk;
            if (isSealed || !TryScan(directory, number, out last))
            {
                chunk = SealedChunk.Load(Path.Combine(directory, LogFormat.ChunkName(number)), number);
                finished.Add(chunk);
            }
            else if (last is not null)
            {
                chunk = last.Chunk;
            }
            else if (numbers.ContainsKey(number + 1))
            {
                throw new InvalidDataException($"The header of '{LogFormat.FramesName(number)}' is damaged.");
            }
            else
            {
                break;
            }

            if (chunk.Start != end)
            {
                throw new InvalidDataException($"Chunk {number} begins at byte {chunk.Start}, but the chunks before it end at {end}.");
            }

            end = chunk.End;
        }

        if (numbers.Keys.Any(n => n > finished.Count + (last is null ? 0 : 1)))
        {
            throw new InvalidDataException($"Chunk {finished.Count} is missing; later ones are there.");
        }

        var files = new LogFiles(finished, last);
        files._unfinishedMarks.AddRange(marks);
        return files;
    }

    /// <summary>False where the chunk got its finished form, which is there before its frames go, after the chunks were listed.</summary>
    private static bool TryScan(string directory, int number, out FramesScan? scan)
    {
        scan = null;
        try
        {
            scan = FramesScan.Read(Path.Combine(directory, LogFormat.FramesName(number)), number);
            return true;
        }
        catch (FileNotFoundException) when (File.Exists(Path.Combine(directory, LogFormat.ChunkName(number))))
        {
            return false;
        }
    }

    /// <summary>The chunks that are there; true where the finished form is. (Where both are, the crash came before the frames were removed.)</summary>
    private static SortedDictionary<int, bool> List(string directory)
    {
        var numbers = new SortedDictionary<int, bool>();
        if (!Directory.Exists(directory))
        {
            return numbers;
        }

        try
        {
            foreach (var file in Directory.EnumerateFiles(directory))
            {
                var name = Path.GetFileName(file);
                var extension = Path.GetExtension(name);
                if (int.TryParse(Path.GetFileNameWithoutExtension(name), out var number))
                {
                    if (extension == ".chunk")
                    {
                        numbers[number] = true;
                    }
                    else if (extension == ".frames")
                    {
                        numbers.TryAdd(number, false);
                    }
                }
            }
        }
        catch (DirectoryNotFoundException)
        {
        }

        return numbers;
    }
}
