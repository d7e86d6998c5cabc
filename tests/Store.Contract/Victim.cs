using System.Diagnostics;
using System.Text;
using Slipway.Model;

namespace Slipway.Store.Contract;

/// <summary>
/// A program that writes to a store and prints what was confirmed, until the test that started it kills it. Whatever it has printed must be there afterwards.
/// Several of them, one after the other, go on with the same data.
/// </summary>
public static class Victim
{
    public const string Journal = "journal";
    public const string Log = "log";
    private const int Writers = 4;

    public static async Task<int> RunAsync(IStoreUnderTest underTest, string[] args)
    {
        await using var store = await underTest.OpenAsync(new StoreOptions(args[1]) { LogChunkBytes = 64 * 1024 }, TimeProvider.System);
        var output = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
        await Task.WhenAll(Enumerable.Range(1, Writers).Select(i => Task.Run(() => args[0] == Journal ? WriteJournalAsync(store, output) : WriteLogAsync(store, i, output))));
        return 0;
    }

    private static async Task WriteJournalAsync(IStore store, TextWriter output)
    {
        var job = await store.Jobs.FindAsync(JobPath.Parse("app")) ?? throw new InvalidOperationException("The test makes the job.");
        var run = await Make.RunAsync(store, job, TimeProvider.System);
        await output.WriteLineAsync($"{run.Id} 0");
        for (var i = 0; ; i++)
        {
            var entries = await store.Journal.AppendAsync(run.Id, [.. Enumerable.Range(0, 1 + (i % 3)).Select(n => Make.Note($"{i} {n}"))]);
            await output.WriteLineAsync($"{run.Id} {entries[^1].Sequence}");
        }
    }

    private static async Task WriteLogAsync(IStore store, long effect, TextWriter output)
    {
        var log = await OpenSharedAsync(store);
        var random = new Random();
        while (true)
        {
            // Goes back now and then, as an agent does after a lost connection.
            var offset = Math.Max(0, log.ConfirmedOffset(effect) - random.Next(0, 100));
            var confirmed = await log.AppendAgentOutputAsync(effect, (int)effect, offset, OutputOf(effect, offset, random.Next(0, 5000)));
            await output.WriteLineAsync($"{effect} {confirmed}");
            if (effect == 1)
            {
                var line = log.LastLine + 1;
                log.WriteLog(line, 0, LineOf(line));
                await log.FlushAsync();
                await output.WriteLineAsync($"0 {line}");
            }
        }
    }

    private static readonly SemaphoreSlim Opening = new(1, 1);
    private static Logs.IRunLogWriter? _shared;

    private static async Task<Logs.IRunLogWriter> OpenSharedAsync(IStore store)
    {
        await Opening.WaitAsync();
        _shared ??= await store.Logs.OpenAsync(LogRun);
        Opening.Release();
        return _shared;
    }

    public static RunId LogRun { get; } = new(1);

    public static string LineOf(long line) => $"<controller {line}>\n";

    /// <summary>What an effect writes is known for every offset.</summary>
    public static byte[] OutputOf(long effect, long offset, int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            bytes[i] = ByteOf(effect, offset + i);
        }

        return bytes;
    }

    public static byte ByteOf(long effect, long offset) => offset % 61 == 60 ? (byte)'\n' : (byte)('a' + (((offset * 7) + effect + (offset / 61)) % 26));

    /// <summary>Starts this program as a victim, lets it live until it has printed so many lines, kills it, and returns all it printed: whom, and how far.</summary>
    public static async Task<IReadOnlyList<(long Who, long HowFar)>> RunAndKillAsync(string mode, string directory, int lines)
    {
        var program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(System.Reflection.Assembly.GetEntryAssembly()!.Location);
        }

        foreach (var argument in (string[])["victim", mode, directory])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var printed = new List<(long, long)>();
        for (var i = 0; await process.StandardOutput.ReadLineAsync() is { } line; i++)
        {
            if (i == lines)
            {
                process.Kill();
            }

            // The last one may be cut off in the middle.
            var parts = line.Split(' ');
            if (parts.Length == 2 && long.TryParse(parts[0], out var who) && long.TryParse(parts[1], out var howFar) && i < lines)
            {
                printed.Add((who, howFar));
            }
        }

        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 137, $"The victim was not killed but ended with {process.ExitCode}: {await errors}");
        return printed;
    }
}
