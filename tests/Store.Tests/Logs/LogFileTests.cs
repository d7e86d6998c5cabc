using System.Text;
using Slipway.Model;
using Slipway.Store.Contract;
using Slipway.Store.Files;
using Slipway.Store.Logs;
using Slipway.Store.Logs.Files;

namespace Slipway.Store.Tests.Logs;

/// <summary>What lies on disk: torn ends, finished chunks, damage.</summary>
public sealed class LogFileTests : IAsyncLifetime
{
    private static readonly RunId Run = new(3);
    private readonly string _root = Path.Combine(Path.GetTempPath(), "slipway-logs-" + Guid.NewGuid().ToString("n"));
    private RunDirectories _directories = null!;
    private FileRunLogs _logs = null!;

    public ValueTask InitializeAsync()
    {
        _directories = new RunDirectories(_root);
        Open();
        return ValueTask.CompletedTask;
    }

    private void Open() => _logs = new FileRunLogs(_directories, new StoreOptions(_root) { LogChunkBytes = 300_000 }, new ManualTime());

    private async Task ReopenAsync()
    {
        await _logs.DisposeAsync();
        Open();
    }

    public async ValueTask DisposeAsync()
    {
        await _logs.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    private async Task<byte[]> ReadAsync(LogScope? scope = null)
    {
        using var bytes = new MemoryStream();
        await _logs.CopyAsync(Run, scope ?? LogScope.Whole, 0, null, bytes);
        return bytes.ToArray();
    }

    private string Frames(int number) => Path.Combine(_directories.Log(Run), LogFormat.FramesName(number));

    private string Chunk(int number) => Path.Combine(_directories.Log(Run), LogFormat.ChunkName(number));

    [Fact]
    public async Task A_torn_end_is_cut_at_the_last_whole_entry_wherever_it_was_torn()
    {
        await using (var log = await _logs.OpenAsync(Run))
        {
            log.WriteLog(1, 1, "first\n");
            await log.AppendAgentOutputAsync(4, 2, 0, "second\n"u8.ToArray());
            log.WriteLog(2, 1, "third\n");
        }

        var whole = await File.ReadAllBytesAsync(Frames(0), TestContext.Current.CancellationToken);
        int[] ends =
        [
            LogFormat.FileHeaderSize,
            LogFormat.FileHeaderSize + LogFormat.FrameHeaderSize + 6,
            LogFormat.FileHeaderSize + (2 * LogFormat.FrameHeaderSize) + 13,
            LogFormat.FileHeaderSize + (3 * LogFormat.FrameHeaderSize) + 19,
        ];
        string[] texts = ["", "first\n", "first\nsecond\n", "first\nsecond\nthird\n"];
        Assert.Equal(whole.Length, ends[^1]);

        for (var cut = 0; cut <= whole.Length; cut++)
        {
            var entries = Array.FindLastIndex(ends, e => e <= cut);
            await _logs.DisposeAsync();
            await File.WriteAllBytesAsync(Frames(0), whole[..cut], TestContext.Current.CancellationToken);
            Open();

            Assert.Equal(texts[Math.Max(0, entries)], Encoding.UTF8.GetString(await ReadAsync()));
            await using (var log = await _logs.OpenAsync(Run))
            {
                Assert.Equal(entries switch { <= 0 => 0, 1 or 2 => 1, _ => 2 }, log.LastLine);
                Assert.Equal(entries >= 2 ? 7 : 0, log.ConfirmedOffset(4));
                log.WriteLog(1, 1, "first\n");
                await log.AppendAgentOutputAsync(4, 2, 0, "second\n"u8.ToArray());
                log.WriteLog(2, 1, "third\n");
            }

            Assert.Equal(texts[^1], Encoding.UTF8.GetString(await ReadAsync()));
        }
    }

    [Fact]
    public async Task A_garbled_byte_in_the_last_entry_cuts_it_off()
    {
        await using (var log = await _logs.OpenAsync(Run))
        {
            log.WriteLog(1, 1, "first\n");
            log.WriteLog(2, 1, "second\n");
        }

        var whole = await File.ReadAllBytesAsync(Frames(0), TestContext.Current.CancellationToken);
        for (var at = whole.Length - LogFormat.FrameHeaderSize - 7; at < whole.Length; at++)
        {
            if (at - (whole.Length - LogFormat.FrameHeaderSize - 7) is 10 or 11)
            {
                continue; // Reserved.
            }

            await _logs.DisposeAsync();
            var garbled = whole.ToArray();
            garbled[at] ^= 0x40;
            await File.WriteAllBytesAsync(Frames(0), garbled, TestContext.Current.CancellationToken);
            Open();

            Assert.Equal("first\n", Encoding.UTF8.GetString(await ReadAsync()));
        }
    }

    [Fact]
    public async Task A_piece_of_the_controller_that_was_torn_is_completed_by_the_replay()
    {
        var text = string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i},")) + "\n";
        var log = await _logs.OpenAsync(Run);
        log.WriteLog(1, 1, text);
        await log.FlushAsync();
        var whole = await File.ReadAllBytesAsync(Frames(0), TestContext.Current.CancellationToken);
        await log.DisposeAsync();
        await _logs.DisposeAsync();
        Directory.Delete(_directories.Log(Run), recursive: true);
        Directory.CreateDirectory(_directories.Log(Run));
        var torn = LogFormat.FileHeaderSize + (2 * (LogFormat.FrameHeaderSize + LogFormat.LargestPayload)) + 100;
        await File.WriteAllBytesAsync(Frames(0), whole[..torn], TestContext.Current.CancellationToken);
        Open();
        Assert.Equal(2 * LogFormat.LargestPayload, (await ReadAsync()).Length);
        await using (log = await _logs.OpenAsync(Run))
        {
            Assert.Equal(0, log.LastLine);
            log.WriteLog(1, 1, text);
            log.WriteLog(2, 1, "next\n");
        }

        Assert.Equal(text + "next\n", Encoding.UTF8.GetString(await ReadAsync()));
    }

    [Fact]
    public async Task Finished_chunks_are_compressed_and_read_the_same()
    {
        var expected = await WriteAsync(2_000_000);
        var before = await _logs.ReadLinesAsync(Run, LogScope.Of(2), 1000, 50);
        await _logs.CompressAsync();

        Assert.True(File.Exists(Chunk(0)));
        Assert.Empty(Directory.GetFiles(_directories.Log(Run), "*.frames"));
        Assert.True(Directory.GetFiles(_directories.Log(Run)).Sum(f => new FileInfo(f).Length) < expected.Length / 2);
        Assert.Equal(expected, await ReadAsync());
        await ReopenAsync();
        Assert.Equal(expected, await ReadAsync());
        Assert.Equal(before.Lines, (await _logs.ReadLinesAsync(Run, LogScope.Of(2), 1000, 50)).Lines);

        await using (var log = await _logs.OpenAsync(Run))
        {
            Assert.Equal(_offset, log.ConfirmedOffset(9));
            await log.AppendAgentOutputAsync(9, 2, _offset - 3, "345"u8.ToArray());
            await log.AppendAgentOutputAsync(9, 2, _offset, "more\n"u8.ToArray());
        }

        Assert.Equal(Encoding.UTF8.GetString(expected) + "more\n", Encoding.UTF8.GetString(await ReadAsync()));
    }

    [Fact]
    public async Task A_line_left_open_in_a_finished_chunk_is_ended_when_another_writer_begins_the_next()
    {
        var line = Enumerable.Repeat((byte)'x', 299_999).ToArray();
        await using (var log = await _logs.OpenAsync(Run))
        {
            await log.AppendAgentOutputAsync(9, 2, 0, line);
            await log.AppendAgentOutputAsync(9, 2, line.Length, "yy"u8.ToArray());
        }

        await _logs.CompressAsync();
        await ReopenAsync();
        await using (var log = await _logs.OpenAsync(Run))
        {
            log.WriteLog(1, 1, "next\n");
            await log.CompleteAsync();
        }

        Assert.EndsWith("xyy\nnext\n", Encoding.UTF8.GetString(await ReadAsync()), StringComparison.Ordinal);
        await _logs.CompressAsync();
        await ReopenAsync();
        Assert.EndsWith("xyy\nnext\n", Encoding.UTF8.GetString(await ReadAsync()), StringComparison.Ordinal);
        Assert.Equal(300_001, (await _logs.MeasureAsync(Run, LogScope.Of(2))).Bytes);
    }

    [Fact]
    public async Task A_reader_that_began_before_a_chunk_was_compressed_reads_on()
    {
        var expected = await WriteAsync(1_000_000, close: false);
        using var bytes = new MemoryStream();
        var entries = _logs.ReadEntriesAsync(Run, LogScope.Whole, 0, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await entries.MoveNextAsync());
        bytes.Write(entries.Current.Bytes.Span);
        await _logs.CompressAsync();
        while (await entries.MoveNextAsync())
        {
            bytes.Write(entries.Current.Bytes.Span);
        }

        Assert.Equal(expected, bytes.ToArray());
        await entries.DisposeAsync();
    }

    [Fact]
    public async Task A_search_that_began_before_a_chunk_was_compressed_goes_on_behind_its_last_match()
    {
        var text = string.Concat(Enumerable.Repeat("aab", 300_000));
        var log = await _logs.OpenAsync(Run);
        for (var at = 0; at < text.Length; at += 100_000)
        {
            await log.AppendAgentOutputAsync(1, 1, at, Encoding.UTF8.GetBytes(text.Substring(at, 100_000)));
        }

        var offsets = new List<long>();
        await foreach (var match in _logs.SearchAsync(Run, LogScope.Whole, "aaba", 0, TestContext.Current.CancellationToken))
        {
            offsets.Add(match.Offset);
            if (offsets.Count == 10)
            {
                await log.DisposeAsync();
                await _logs.CompressAsync();
            }
        }

        Assert.Equal(Enumerable.Range(0, offsets.Count).Select(i => i * 6L), offsets);
        Assert.Equal(150_000, offsets.Count);
    }

    [Fact]
    public async Task A_crash_between_compressing_and_removing_the_frames_leaves_one_chunk()
    {
        var expected = await WriteAsync(250_000, close: false);
        var kept = await File.ReadAllBytesAsync(Frames(0), TestContext.Current.CancellationToken);
        await ReopenAsync();
        await (await _logs.OpenAsync(Run)).DisposeAsync();
        await _logs.CompressAsync();
        Assert.False(File.Exists(Frames(0)));
        await File.WriteAllBytesAsync(Frames(0), kept, TestContext.Current.CancellationToken);
        await ReopenAsync();

        Assert.Equal(expected, await ReadAsync());
        await using (var log = await _logs.OpenAsync(Run))
        {
            await log.AppendAgentOutputAsync(9, 2, _offset, "x"u8.ToArray());
        }

        Assert.Equal(expected.Length + 1, (await ReadAsync()).Length);
    }

    [Fact]
    public async Task Damage_in_a_finished_chunk_is_told_with_the_run_and_harms_no_other()
    {
        await WriteAsync(400_000);
        await _logs.CompressAsync();
        await _logs.DisposeAsync();
        var bytes = await File.ReadAllBytesAsync(Chunk(0), TestContext.Current.CancellationToken);
        bytes[^20] ^= 1;
        await File.WriteAllBytesAsync(Chunk(0), bytes, TestContext.Current.CancellationToken);
        Open();

        var corrupt = await Assert.ThrowsAsync<LogCorruptException>(() => ReadAsync());

        Assert.Equal(Run, corrupt.Run);
        Assert.Contains("damaged", corrupt.Message, StringComparison.Ordinal);
        await using var other = await _logs.OpenAsync(new RunId(4));
        other.WriteLog(1, 1, "fine\n");
        await other.FlushAsync();
        Assert.Equal(5, (await _logs.MeasureAsync(new RunId(4), LogScope.Whole)).Bytes);
    }

    [Fact]
    public async Task A_chunk_that_is_missing_is_told()
    {
        await WriteAsync(1_000_000);
        await _logs.CompressAsync();
        await _logs.DisposeAsync();
        File.Delete(Chunk(0));
        Open();

        Assert.Contains("missing", (await Assert.ThrowsAsync<LogCorruptException>(() => ReadAsync())).Message, StringComparison.Ordinal);
    }

    private long _offset;

    private async Task<byte[]> WriteAsync(int size, bool close = true)
    {
        var log = await _logs.OpenAsync(Run);
        using var all = new MemoryStream();
        Task last = Task.CompletedTask;
        for (var i = 0; all.Length < size; i++)
        {
            var line = Encoding.UTF8.GetBytes($"{i} line of step 2, 12345\n");
            if (i % 10 == 0)
            {
                line = Encoding.UTF8.GetBytes($"{i} controller\n");
                log.WriteLog(i + 1, 1, Encoding.UTF8.GetString(line));
            }
            else
            {
                last = log.AppendAgentOutputAsync(9, 2, _offset, line).AsTask();
                _offset += line.Length;
            }

            all.Write(line);
            i += i % 7 == 0 ? 1 : 0;
            if (i % 100 == 0)
            {
                await last;
            }
        }

        await last;
        await log.FlushAsync();
        if (close)
        {
            await log.CompleteAsync();
            await log.DisposeAsync();
        }

        return all.ToArray();
    }
}
