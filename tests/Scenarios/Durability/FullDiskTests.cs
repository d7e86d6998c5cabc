using System.Diagnostics;
using Slipway.Scenarios.Harness;

namespace Slipway.Scenarios.Durability;

/// <summary>The server's disk is full for a while: what runs stands still, and goes on without loss when there is room again. On a small file system of its own, which needs root.</summary>
[Trait("Speed", "Slow")]
public sealed class FullDiskTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-full-").FullName;
    private bool _mounted;

    private string Data => Path.Combine(_directory, "data");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Data);
        _mounted = OperatingSystem.IsLinux() && await RunAsync("mount", "-t", "tmpfs", "-o", "size=32m", "slipway-test", Data) == 0;
        Assert.SkipUnless(_mounted, "needs the right to mount a tmpfs");

        // Agents have a disk of their own, as they have in a cluster.
        Directory.CreateDirectory(Path.Combine(_directory, "agents"));
        Directory.CreateSymbolicLink(Path.Combine(Data, "local"), Path.Combine(_directory, "agents"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_mounted)
        {
            await RunAsync("umount", Data);
        }

        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("slow")]
    [InlineData("parallel")]
    public async Task A_run_stands_still_while_the_disk_is_full_and_then_goes_on(string kind)
    {
        var marks = Path.Combine(_directory, "marks");
        await using (var server = await ServerProcess.StartAsync(Data))
        {
            await server.CreateJobAsync("job", DurablePipelines.Script(kind, marks));
            await server.BuildAsync("job");
            await Eventually.TrueAsync("the first step runs", () => Task.FromResult(File.Exists(marks)));

            var filler = Path.Combine(Data, "filler");
            Fill(filler);
            await Eventually.TrueAsync("the server says that its disk is full", () => Task.FromResult(server.Said.Contains("the disk is full", StringComparison.Ordinal)));
            File.Delete(filler);

            await RunExpectations.WholeAsync(server, kind, marks);
        }
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
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
            // Full.
        }
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
}
