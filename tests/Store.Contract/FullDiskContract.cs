using System.Diagnostics;
using System.Text;
using Slipway.Model;
using Slipway.Model.Events;
using Slipway.Store.Logs;

namespace Slipway.Store.Contract;

/// <summary>The disk is full. On a small file system of its own, which needs root; skipped without.</summary>
public abstract class FullDiskContract : StoreTest
{
    private bool _mounted;

    private string Filler => Path.Combine(Directory, "filler");

    public override async ValueTask InitializeAsync()
    {
        System.IO.Directory.CreateDirectory(Directory);
        _mounted = OperatingSystem.IsLinux() && await RunAsync("mount", "-t", "tmpfs", "-o", "size=24m", "slipway-test", Directory) == 0;
        Assert.SkipUnless(_mounted, "needs the right to mount a tmpfs");
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        if (_mounted)
        {
            await RunAsync("umount", Directory);
        }

        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            await process.WaitForExitAsync();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }

    private void FillDisk()
    {
        using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
        }
    }

    [Fact]
    public async Task The_journal_says_that_the_disk_is_full_keeps_what_was_confirmed_and_goes_on_when_there_is_room()
    {
        var run = await MakeRunAsync();
        await Store.Journal.AppendAsync(run.Id, [Make.Started(run)]);
        FillDisk();

        var confirmed = 1;
        var text = new string('x', 50_000);
        await Assert.ThrowsAsync<StoreFullException>(async () =>
        {
            while (true)
            {
                await Store.Journal.AppendAsync(run.Id, [Make.Note(text)]);
                confirmed++;
            }
        });

        Assert.Equal(confirmed, await Store.Journal.ReadAsync(run.Id).CountAsync());
        await Assert.ThrowsAsync<StoreFullException>(() => Store.Journal.AppendAsync(run.Id, [Make.Note(new string('y', 5_000_000))]));

        File.Delete(Filler);
        Assert.Equal(confirmed + 1, (await Store.Journal.AppendAsync(run.Id, [new RunFinished(RunResult.Success, null)]))[0].Sequence);
        Assert.Equal(RunState.Finished, (await Store.Runs.FindAsync(run.Id))!.State);
        Assert.Equal(confirmed + 1, await Store.Journal.ReadAsync(run.Id).CountAsync());
    }

    [Fact]
    public async Task A_log_says_that_the_disk_is_full_confirms_nothing_more_and_goes_on_when_there_is_room()
    {
        var run = new RunId(1);
        await using var log = await Store.Logs.OpenAsync(run);
        log.WriteLog(1, 9, "begin\n");
        await log.FlushAsync();
        FillDisk();

        long confirmed = 0;
        await Assert.ThrowsAsync<StoreFullException>(async () =>
        {
            while (true)
            {
                confirmed = await log.AppendAgentOutputAsync(1, 1, confirmed, Victim.OutputOf(1, confirmed, 100_000));
            }
        });

        Assert.Equal(confirmed, log.ConfirmedOffset(1));
        Assert.Throws<StoreFullException>(() => log.WriteLog(2, 9, "refused\n"));
        await Assert.ThrowsAsync<StoreFullException>(async () => await log.FlushAsync());
        Assert.Equal(confirmed, (await Store.Logs.MeasureAsync(run, LogScope.Of(1))).Bytes);

        File.Delete(Filler);
        await log.RecoverAsync();
        log.WriteLog(2, 9, "end\n");
        Assert.Equal(confirmed + 1000, await log.AppendAgentOutputAsync(1, 1, confirmed, Victim.OutputOf(1, confirmed, 1000)));
        await log.CompleteAsync();

        using var output = new MemoryStream();
        await Store.Logs.CopyAsync(run, LogScope.Of(1), 0, null, output);
        Assert.Equal(Victim.OutputOf(1, 0, (int)confirmed + 1000), output.ToArray());
        using var lines = new MemoryStream();
        await Store.Logs.CopyAsync(run, LogScope.Of(9), 0, null, lines);
        Assert.Equal("begin\nend\n", Encoding.UTF8.GetString(lines.ToArray()));
    }

    [Fact]
    public async Task An_artifact_that_does_not_fit_is_refused_and_leaves_nothing()
    {
        var run = new RunId(1);
        await Store.Artifacts.SaveAsync(run, "small.txt", new MemoryStream(new byte[100]));

        await Assert.ThrowsAsync<StoreFullException>(() => Store.Artifacts.SaveAsync(run, "large.bin", new MemoryStream(new byte[40_000_000])));

        Assert.Equal(["small.txt"], (await Store.Artifacts.ListAsync(run)).Select(a => a.Path));
        await Store.Artifacts.SaveAsync(run, "other.txt", new MemoryStream(new byte[1_000_000]));
    }
}
