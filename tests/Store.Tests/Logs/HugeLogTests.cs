using System.Diagnostics;
using System.Text;
using Slipway.Model;
using Slipway.Store.Files;
using Slipway.Store.Logs;
using Slipway.Store.Logs.Files;

namespace Slipway.Store.Tests.Logs;

/// <summary>A log of a gigabyte: found by line, searched and copied with bounded memory.</summary>
[Trait("speed", "slow")]
public sealed class HugeLogTests : IDisposable
{
    private const int LineLength = 100;
    private const long Lines = 10_737_418;
    private static readonly RunId Run = new(1);
    private readonly string _root = Path.Combine(Path.GetTempPath(), "slipway-huge-" + Guid.NewGuid().ToString("n"));

    [Fact]
    public async Task A_gigabyte_is_read_by_line_and_searched_within_bounded_memory()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var logs = new FileRunLogs(new RunDirectories(_root), new StoreOptions(_root), TimeProvider.System);
        await WriteAsync(logs);
        await logs.CompressAsync();

        var before = Process.GetCurrentProcess().WorkingSet64;
        Assert.Equal(new LogExtent(Lines * LineLength, Lines, true), await logs.MeasureAsync(Run, LogScope.Whole, cancellation));
        foreach (var line in (long[])[1, 2, 5_000_000, Lines - 1])
        {
            var watch = Stopwatch.StartNew();
            var read = await logs.ReadLinesAsync(Run, LogScope.Whole, line, 2, cancellation);
            Assert.Equal([LineOf(line), LineOf(line + 1)], read.Lines.Take(2).Select(l => l.Text));
            Assert.True(watch.ElapsedMilliseconds < 2000, $"line {line} took {watch.ElapsedMilliseconds} ms");
        }

        var found = new List<LogMatch>();
        await foreach (var match in logs.SearchAsync(Run, LogScope.Whole, "LINE 9999999 ", 0, cancellation))
        {
            found.Add(match);
        }

        Assert.Equal(9_999_999, Assert.Single(found).Line);
        Assert.Equal(Lines * LineLength, await logs.CopyAsync(Run, LogScope.Whole, 0, null, Stream.Null, cancellation));
        var grown = Process.GetCurrentProcess().WorkingSet64 - before;
        Assert.True(grown < 128 * 1024 * 1024, $"memory grew by {grown / 1024 / 1024} MiB");
    }

    private static string LineOf(long number) => $"line {number} ".PadRight(LineLength - 1, '.');

    private static async Task WriteAsync(FileRunLogs logs)
    {
        await using var log = await logs.OpenAsync(Run);
        var block = new byte[LineLength * 1000];
        var offset = 0L;
        Task last = Task.CompletedTask;
        for (long line = 1; line <= Lines;)
        {
            var length = 0;
            for (; length < block.Length && line <= Lines; line++)
            {
                length += Encoding.ASCII.GetBytes(LineOf(line) + "\n", block.AsSpan(length));
            }

            // The block is used again only when it was taken.
            await last;
            last = log.AppendAgentOutputAsync(1, 1, offset, block.AsMemory(0, length).ToArray()).AsTask();
            offset += length;
        }

        await last;
        await log.CompleteAsync();
    }

    public void Dispose()
    {
        if (Directory.Exists(_root))
        {
            Directory.Delete(_root, recursive: true);
        }
    }
}
