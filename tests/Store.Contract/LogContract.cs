using System.Text;
using Slipway.Model;
using Slipway.Store.Logs;

namespace Slipway.Store.Contract;

public abstract class LogContract : StoreTest
{
    private static readonly RunId Run = new(12_345);

    // Small chunks, so that logs of tests have several.
    protected override StoreOptions Options => base.Options with { LogChunkBytes = 64 * 1024 };

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private async Task<string> ReadAllAsync(LogScope? scope = null)
    {
        using var text = new MemoryStream();
        await Store.Logs.CopyAsync(Run, scope ?? LogScope.Whole, 0, null, text);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    [Fact]
    public async Task What_controller_and_agent_write_is_one_console_in_the_order_of_writing()
    {
        await using var log = await Store.Logs.OpenAsync(Run);
        log.WriteLog(1, 2, "[Pipeline] sh\n");
        Assert.Equal(6, await log.AppendAgentOutputAsync(7, 3, 0, Bytes("+ make")));
        Assert.Equal(9, await log.AppendAgentOutputAsync(7, 3, 6, Bytes("\nok")));
        log.WriteLog(2, 2, "[Pipeline] }\n");
        await log.FlushAsync();

        Assert.Equal("[Pipeline] sh\n+ make\nok\n[Pipeline] }\n", await ReadAllAsync());
        Assert.Equal(new LogExtent(37, 4, IsComplete: false), await Store.Logs.MeasureAsync(Run, LogScope.Whole));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lines_of_one_writer_are_never_on_one_line_with_those_of_another(bool reopened)
    {
        var log = await Store.Logs.OpenAsync(Run);
        var (a, b) = (0L, 0L);
        async Task AppendA(string text) => a = await log.AppendAgentOutputAsync(7, 3, a, Bytes(text));
        async Task AppendB(string text) => b = await log.AppendAgentOutputAsync(8, 4, b, Bytes(text));
        await AppendA("compiling ");
        if (reopened)
        {
            await log.DisposeAsync();
            await ReopenAsync();
            log = await Store.Logs.OpenAsync(Run);
            Assert.Equal(10, log.ConfirmedOffset(7));
        }

        await AppendB("tests: 1");
        await AppendB("0\n");
        await AppendA("main.c");
        log.WriteLog(1, 3, "stopped\n");
        await log.AppendAgentOutputAsync(9, 3, 0, Bytes("again\n"));
        await AppendA("\n");
        await log.CompleteAsync();

        Assert.Equal("compiling \ntests: 10\nmain.c\nstopped\nagain\n\n", await ReadAllAsync());
        Assert.Equal("compiling main.cstopped\nagain\n\n", await ReadAllAsync(LogScope.Of(3)));
        Assert.Equal("tests: 10\n", await ReadAllAsync(LogScope.Of(4)));
        Assert.Equal("compiling \ntests: 10\nmain.c\nstopped\nagain\n\n", await ReadAllAsync(LogScope.Of(3, 4)));
        Assert.Equal((17, 10), (log.ConfirmedOffset(7), log.ConfirmedOffset(8)));
        Assert.Equal(6, (await Store.Logs.MeasureAsync(Run, LogScope.Whole)).Lines);
        Assert.Equal([3, 4, 3, 3, 3, 3], (await Store.Logs.ReadLinesAsync(Run, LogScope.Whole, 1, 10)).Lines.Select(l => l.Node));
        Assert.Equal(new Dictionary<int, long> { [3] = 31, [4] = 10 }, await Store.Logs.MeasureNodesAsync(Run));
        Assert.All(await Store.Logs.ReadEntriesAsync(Run, LogScope.Whole, 0).ToListAsync(), e => Assert.InRange(e.FlowNode, 3, 4));
        await log.DisposeAsync();
    }

    [Fact]
    public async Task A_run_without_a_log_has_an_empty_one()
    {
        Assert.Equal(new LogExtent(0, 0, IsComplete: false), await Store.Logs.MeasureAsync(Run, LogScope.Whole));
        Assert.True((await Store.Logs.ReadAsync(Run, LogScope.Whole, 0, 100)).Bytes.IsEmpty);
        Assert.Empty((await Store.Logs.ReadLinesAsync(Run, LogScope.Whole, 1, 10)).Lines);
        Assert.Empty(await Store.Logs.SearchAsync(Run, LogScope.Whole, "x", 0).ToListAsync());
    }

    [Fact]
    public async Task Pieces_of_the_controller_are_kept_once_when_a_replay_writes_them_again()
    {
        await using (var log = await Store.Logs.OpenAsync(Run))
        {
            log.WriteLog(1, 1, "one\n");
            log.WriteLog(2, 1, "two\n");
        }

        await ReopenAsync();
        await using (var log = await Store.Logs.OpenAsync(Run))
        {
            Assert.Equal(2, log.LastLine);
            log.WriteLog(1, 1, "one\n");
            log.WriteLog(2, 1, "two\n");
            log.WriteLog(3, 1, "three\n");
        }

        Assert.Equal("one\ntwo\nthree\n", await ReadAllAsync());
    }

    [Fact]
    public async Task Output_that_is_sent_again_is_kept_once()
    {
        await using (var log = await Store.Logs.OpenAsync(Run))
        {
            Assert.Equal(6, await log.AppendAgentOutputAsync(5, 1, 0, Bytes("abcdef")));
            Assert.Equal(6, await log.AppendAgentOutputAsync(5, 1, 0, Bytes("abc")));
            Assert.Equal(8, await log.AppendAgentOutputAsync(5, 1, 4, Bytes("efgh")));
        }

        await ReopenAsync();
        await using (var log = await Store.Logs.OpenAsync(Run))
        {
            Assert.Equal(8, log.ConfirmedOffset(5));
            Assert.Equal(0, log.ConfirmedOffset(6));
            Assert.Equal(10, await log.AppendAgentOutputAsync(5, 1, 0, Bytes("abcdefghij")));
        }

        Assert.Equal("abcdefghij", await ReadAllAsync());
    }

    [Fact]
    public async Task Output_with_a_gap_is_refused_and_says_from_where_to_send()
    {
        await using var log = await Store.Logs.OpenAsync(Run);
        await log.AppendAgentOutputAsync(5, 1, 0, Bytes("abc"));

        var gap = await Assert.ThrowsAsync<LogGapException>(async () => await log.AppendAgentOutputAsync(5, 1, 4, Bytes("ef")));

        Assert.Equal(3, gap.Expected);
        Assert.Equal(5, await log.AppendAgentOutputAsync(5, 1, 3, Bytes("de")));
        Assert.Equal("abcde", await ReadAllAsync());
    }

    [Fact]
    public async Task Appends_need_not_be_awaited_one_by_one()
    {
        await using var log = await Store.Logs.OpenAsync(Run);
        var expected = new StringBuilder();
        var appends = new List<Task<long>>();
        for (var i = 0; i < 5000; i++)
        {
            var line = $"line {i}\n";
            appends.Add(log.AppendAgentOutputAsync(1, 1, expected.Length, Bytes(line)).AsTask());
            expected.Append(line);
        }

        Assert.Equal(expected.Length, (await Task.WhenAll(appends))[^1]);
        Assert.Equal(expected.ToString(), await ReadAllAsync());
    }

    [Fact]
    public async Task Writers_are_held_back_but_lose_nothing_when_the_disk_is_slower()
    {
        await using var log = await Store.Logs.OpenAsync(Run);
        var block = new byte[300_000];
        new Random(1).NextBytes(block);
        var appends = Enumerable.Range(0, 100).Select(i => log.AppendAgentOutputAsync(1, 1, (long)i * block.Length, block).AsTask()).ToList();
        await Task.WhenAll(appends);

        Assert.Equal(100L * block.Length, log.ConfirmedOffset(1));
        for (var i = 0; i < 100; i += 33)
        {
            Assert.Equal(block, (await Store.Logs.ReadAsync(Run, LogScope.Whole, (long)i * block.Length, block.Length)).Bytes.ToArray());
        }
    }

    [Fact]
    public async Task Output_can_be_taken_first_and_made_durable_together()
    {
        await using (var log = await Store.Logs.OpenAsync(Run))
        {
            for (var i = 0; i < 3000; i++)
            {
                Assert.InRange(await log.TakeAgentOutputAsync(1, 1, i * 10_000L, Victim.OutputOf(1, i * 10_000L, 10_000)), 0, (i + 1) * 10_000L);
            }

            await Assert.ThrowsAsync<LogGapException>(async () => await log.TakeAgentOutputAsync(1, 1, 30_000_001, Bytes("x")));
            await log.FlushAsync();
            Assert.Equal(30_000_000, log.ConfirmedOffset(1));
        }

        using var read = new MemoryStream();
        await Store.Logs.CopyAsync(Run, LogScope.Whole, 0, null, read);
        Assert.True(read.ToArray().AsSpan().SequenceEqual(Victim.OutputOf(1, 0, 30_000_000)));
    }

    [Fact]
    public async Task Binary_output_and_lines_without_an_end_are_stored_as_they_are()
    {
        var bytes = new byte[3_000_000];
        new Random(7).NextBytes(bytes);
        bytes.AsSpan().Replace((byte)'\n', (byte)0);
        await using (var log = await Store.Logs.OpenAsync(Run))
        {
            await log.AppendAgentOutputAsync(1, 1, 0, bytes);
            await log.CompleteAsync();
        }

        using var read = new MemoryStream();
        await Store.Logs.CopyAsync(Run, LogScope.Whole, 0, null, read);
        Assert.Equal(bytes, read.ToArray());
        var lines = await Store.Logs.ReadLinesAsync(Run, LogScope.Whole, 1, 10);
        Assert.Equal(1, lines.TotalLines);
        Assert.Equal(bytes.Length - (64 * 1024), Assert.Single(lines.Lines).CutBytes);
    }

    [Fact]
    public async Task A_huge_piece_of_the_controller_is_written_once_and_whole()
    {
        var text = new string('y', 5_000_000) + "\n";
        await using (var log = await Store.Logs.OpenAsync(Run))
        {
            log.WriteLog(1, 1, text);
            log.WriteLog(1, 1, text);
            log.WriteLog(2, 1, "end\n");
        }

        Assert.Equal(text + "end\n", await ReadAllAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Any_stretch_of_the_console_can_be_read(bool closed)
    {
        var (expected, log) = await WriteInterleavedAsync();
        if (closed)
        {
            await log.CompleteAsync();
            await log.DisposeAsync();
            await ReopenAsync();
        }

        var random = new Random(3);
        for (var i = 0; i < 200; i++)
        {
            var offset = random.Next(expected.Length);
            var count = random.Next(1, 100_000);
            var slice = await Store.Logs.ReadAsync(Run, LogScope.Whole, offset, count);
            Assert.Equal(expected[offset..Math.Min(expected.Length, offset + count)], Encoding.UTF8.GetString(slice.Bytes.Span));
            Assert.Equal((offset, offset + slice.Bytes.Length), (slice.Start, slice.Next));
            Assert.Equal(!closed || slice.Next < expected.Length, slice.More);
        }

        Assert.True((await Store.Logs.ReadAsync(Run, LogScope.Whole, expected.Length + 1, 10)).Bytes.IsEmpty);
        await log.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_step_has_a_log_of_its_own(bool closed)
    {
        var (expected, log) = await WriteInterleavedAsync();
        await log.DisposeAsync();
        if (closed)
        {
            await ReopenAsync();
        }

        string Of(params int[] nodes) => string.Concat(expected.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => nodes.Contains(NodeOf(l))).Select(l => l + "\n"));
        foreach (var nodes in (int[][])[[1], [2], [3], [1, 3], [99]])
        {
            var own = Of(nodes);
            Assert.Equal(own, await ReadAllAsync(LogScope.Of(nodes)));
            Assert.Equal(own.Length, (await Store.Logs.MeasureAsync(Run, LogScope.Of(nodes))).Bytes);
            var offset = own.Length / 3;
            Assert.Equal(own[offset..Math.Min(own.Length, offset + 5000)], Encoding.UTF8.GetString((await Store.Logs.ReadAsync(Run, LogScope.Of(nodes), offset, 5000)).Bytes.Span));
        }

        var sizes = await Store.Logs.MeasureNodesAsync(Run);
        Assert.Equal([1, 2, 3], sizes.Keys.Order());
        Assert.Equal(Of(2).Length, sizes[2]);
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(false, 2)]
    [InlineData(true, null)]
    [InlineData(true, 3)]
    public async Task Lines_are_found_by_their_number(bool closed, int? node)
    {
        var (expected, log) = await WriteInterleavedAsync();
        await log.DisposeAsync();
        if (closed)
        {
            await ReopenAsync();
        }

        var scope = node is { } n ? LogScope.Of(n) : LogScope.Whole;
        var own = expected.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => node is null || NodeOf(l) == node).ToList();
        foreach (var first in (int[])[1, 2, 500, 4000, own.Count - 1, own.Count])
        {
            var read = await Store.Logs.ReadLinesAsync(Run, scope, first, 20);
            Assert.Equal(own.Skip(first - 1).Take(20), read.Lines.Select(l => l.Text));
            Assert.Equal(first, read.Lines[0].Number);
            Assert.Equal(own.Take(first - 1).Sum(l => l.Length + 1), read.Lines[0].Offset);
            Assert.All(read.Lines, l => Assert.Equal(NodeOf(l.Text), l.Node));
            Assert.Equal(own.Count, read.TotalLines);
        }

        Assert.Equal(own[^3..], (await Store.Logs.ReadLinesAsync(Run, scope, -3, 20)).Lines.Select(l => l.Text));
        Assert.Empty((await Store.Logs.ReadLinesAsync(Run, scope, own.Count + 1, 20)).Lines);
    }

    [Fact]
    public async Task Line_ends_of_both_kinds_and_empty_lines_are_cut_right()
    {
        await using var log = await Store.Logs.OpenAsync(Run);
        await log.AppendAgentOutputAsync(1, 4, 0, Bytes("a\r\n\r\n\nb"));
        await log.AppendAgentOutputAsync(1, 4, 7, Bytes("c\nlast"));

        var lines = await Store.Logs.ReadLinesAsync(Run, LogScope.Whole, 1, 100);

        Assert.Equal(["a", "", "", "bc", "last"], lines.Lines.Select(l => l.Text));
        Assert.Equal([0L, 3, 5, 6, 9], lines.Lines.Select(l => l.Offset));
        Assert.Equal(5, lines.TotalLines);
        Assert.True(lines.More);
    }

    [Fact]
    public async Task Entries_say_who_wrote_them_and_when()
    {
        await using var log = await Store.Logs.OpenAsync(Run);
        log.WriteLog(1, 2, "first\n");
        await log.FlushAsync();
        Time.Advance(TimeSpan.FromSeconds(90));
        await log.AppendAgentOutputAsync(8, 3, 0, Bytes("second\n"));

        var entries = await Store.Logs.ReadEntriesAsync(Run, LogScope.Whole, 2).ToListAsync();

        Assert.Equal(["rst\n", "second\n"], entries.Select(e => Encoding.UTF8.GetString(e.Bytes.Span)));
        Assert.Equal([(2L, 2, null), (6L, 3, 8L)], entries.Select(e => (e.Offset, e.FlowNode, e.Effect)));
        Assert.Equal(TimeSpan.FromSeconds(90), entries[1].Time - entries[0].Time);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_text_is_found_with_its_line(bool closed)
    {
        var (expected, log) = await WriteInterleavedAsync();
        await log.DisposeAsync();
        if (closed)
        {
            await ReopenAsync();
        }

        var lines = expected.Split('\n');
        var found = await Store.Logs.SearchAsync(Run, LogScope.Whole, "STEP 77", 0).ToListAsync();

        Assert.Equal(lines.Select((l, i) => (Line: i + 1L, Text: l)).Where(l => l.Text.Contains("step 77", StringComparison.Ordinal)), found.Select(m => (m.Line, m.Text)));
        Assert.All(found, m => Assert.Equal("step 77", expected.Substring((int)m.Offset, 7)));
        Assert.Equal(found.Skip(5), await Store.Logs.SearchAsync(Run, LogScope.Whole, "step 77", found[5].Offset).ToListAsync());

        var own = await Store.Logs.SearchAsync(Run, LogScope.Of(2), "step 77", 0).ToListAsync();
        Assert.Equal(found.Count(m => NodeOf(m.Text) == 2), own.Count);
        Assert.Empty(await Store.Logs.SearchAsync(Run, LogScope.Whole, "\n", 0).ToListAsync());
        Assert.Empty(await Store.Logs.SearchAsync(Run, LogScope.Whole, "", 0).ToListAsync());
        Assert.Empty(await Store.Logs.SearchAsync(Run, LogScope.Whole, "not there at all", 0).ToListAsync());
    }

    [Fact]
    public async Task A_text_is_found_where_two_entries_or_blocks_meet()
    {
        await using var log = await Store.Logs.OpenAsync(Run);
        var text = new StringBuilder();
        for (var i = 0; text.Length < 700_000; i++)
        {
            text.Append(i % 3 == 0 ? "ab" : "aab");
        }

        var all = text.ToString();
        var bytes = Bytes(all);
        for (var at = 0; at < bytes.Length; at += 9_973)
        {
            await log.AppendAgentOutputAsync(1, 1, at, bytes.AsMemory(at, Math.Min(9_973, bytes.Length - at)));
        }

        await log.CompleteAsync();
        await log.DisposeAsync();

        var expected = new List<long>();
        for (var at = all.IndexOf("aaba", StringComparison.Ordinal); at >= 0; at = all.IndexOf("aaba", at + 4, StringComparison.Ordinal))
        {
            expected.Add(at);
        }

        Assert.Equal(expected, (await Store.Logs.SearchAsync(Run, LogScope.Whole, "AABA", 0).ToListAsync()).Select(m => m.Offset));
    }

    [Fact]
    public async Task Waiting_ends_with_new_data_and_with_completion()
    {
        var log = await Store.Logs.OpenAsync(Run);
        log.WriteLog(1, 1, "one\n");
        await log.FlushAsync();
        Assert.Equal(4, (await Store.Logs.WaitAsync(Run, 3)).Bytes);

        var waiting = Store.Logs.WaitAsync(Run, 4);
        Assert.False(waiting.IsCompleted);
        log.WriteLog(2, 1, "two\n");
        Assert.Equal(8, (await waiting.WaitAsync(TimeSpan.FromSeconds(30))).Bytes);

        waiting = Store.Logs.WaitAsync(Run, 8);
        Assert.False(waiting.IsCompleted);
        await log.CompleteAsync();
        Assert.True((await waiting.WaitAsync(TimeSpan.FromSeconds(30))).IsComplete);
        await log.DisposeAsync();

        Assert.True((await Store.Logs.WaitAsync(Run, 1_000_000)).IsComplete);
        await ReopenAsync();
        Assert.True((await Store.Logs.WaitAsync(Run, 8)).IsComplete);
    }

    [Fact]
    public async Task Waiting_begins_before_the_log_is_opened_and_can_be_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        var cancelled = Store.Logs.WaitAsync(Run, 0, cancel.Token);
        var waiting = Store.Logs.WaitAsync(Run, 0);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);

        await using var log = await Store.Logs.OpenAsync(Run);
        log.WriteLog(1, 1, "x\n");

        Assert.Equal(2, (await waiting.WaitAsync(TimeSpan.FromSeconds(30))).Bytes);
    }

    [Fact]
    public async Task A_log_that_was_complete_can_grow_again_after_a_crash()
    {
        await using (var log = await Store.Logs.OpenAsync(Run))
        {
            log.WriteLog(1, 1, "one\n");
            await log.CompleteAsync();
        }

        await ReopenAsync();
        await using (var log = await Store.Logs.OpenAsync(Run))
        {
            log.WriteLog(2, 1, "two\n");
            await log.FlushAsync();
            Assert.False((await Store.Logs.MeasureAsync(Run, LogScope.Whole)).IsComplete);
            await log.CompleteAsync();
        }

        Assert.Equal(new LogExtent(8, 2, IsComplete: true), await Store.Logs.MeasureAsync(Run, LogScope.Whole));
    }

    [Fact]
    public async Task A_log_has_one_writer()
    {
        await using (await Store.Logs.OpenAsync(Run))
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => Store.Logs.OpenAsync(Run));
        }

        await (await Store.Logs.OpenAsync(Run)).DisposeAsync();
    }

    [Fact]
    public async Task Readers_follow_while_it_is_written_and_see_every_byte_once()
    {
        const int Lines = 60_000;
        var log = await Store.Logs.OpenAsync(Run);
        var followers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            using var text = new MemoryStream();
            long at = 0;
            LogExtent extent;
            do
            {
                extent = await Store.Logs.WaitAsync(Run, at);
                at = await Store.Logs.CopyAsync(Run, LogScope.Whole, at, null, text);
            }
            while (!extent.IsComplete || at < extent.Bytes);
            return Encoding.UTF8.GetString(text.ToArray());
        })).ToList();

        var all = new StringBuilder();
        for (var i = 0; i < Lines; i++)
        {
            var line = $"line {i} of the log\n";
            if (i % 5 == 0)
            {
                await log.AppendAgentOutputAsync(1, 1, 0, default);
            }

            log.WriteLog(i + 1, i % 7, line);
            all.Append(line);
        }

        await log.CompleteAsync();
        await log.DisposeAsync();

        Assert.All(await Task.WhenAll(followers), text => Assert.Equal(all.ToString(), text));
    }

    [Fact]
    public async Task Deleting_a_run_removes_its_log()
    {
        var run = await MakeFinishedAsync(await MakeJobAsync(), RunResult.Success);
        await using (var log = await Store.Logs.OpenAsync(run.Id))
        {
            log.WriteLog(1, 1, "gone\n");
            await log.CompleteAsync();
        }

        Assert.Equal(5, (await Store.Logs.MeasureAsync(run.Id, LogScope.Whole)).Bytes);
        await Store.Runs.DeleteAsync(run.Id);
        await Store.ReclaimAsync();

        Assert.Equal(0, (await Store.Logs.MeasureAsync(run.Id, LogScope.Whole)).Bytes);
    }

    /// <summary>Lines of three steps in turn, over several chunks; each says its step.</summary>
    private async Task<(string Expected, IRunLogWriter Log)> WriteInterleavedAsync()
    {
        var log = await Store.Logs.OpenAsync(Run);
        var expected = new StringBuilder();
        var offsets = new long[4];
        var random = new Random(11);
        ValueTask<long> last = default;
        for (var i = 0; i < 15_000; i++)
        {
            var node = random.Next(1, 4);
            var line = $"step {i} of node {node} {new string('.', random.Next(0, 40))}\n";
            expected.Append(line);
            if (node == 3)
            {
                log.WriteLog(i + 1, node, line);
            }
            else
            {
                last = log.AppendAgentOutputAsync(node, node, offsets[node], Bytes(line));
                offsets[node] += line.Length;
                if (i % 100 == 0)
                {
                    await last;
                }
            }
        }

        await log.FlushAsync();
        return (expected.ToString(), log);
    }

    private static int NodeOf(string line) => line[line.IndexOf("node ", StringComparison.Ordinal) + 5] - '0';
}
