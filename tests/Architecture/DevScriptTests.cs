using System.Diagnostics;

namespace Slipway.Architecture;

/// <summary>What the scripts of <c>./dev</c> promise beyond their output.</summary>
public sealed class DevScriptTests
{
    [Fact]
    public async Task A_reader_that_goes_away_stops_what_is_under_way_before_the_lock_is_free()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "needs bash");
        var directory = Directory.CreateTempSubdirectory("slipway-dev-").FullName;
        try
        {
            // In a folder of its own, so that no lock or log of the checkout is touched.
            var script = $"source '{Path.Combine(Repository.Root, "eng/dev/lib.sh")}'; take_build_lock; with_progress 'a long build' log bash -c 'echo $$ >pid; exec sleep 300'";
            var start = new ProcessStartInfo("/bin/bash", ["-c", $"bash -c \"$1\" 2>&1 | head -n 1", "bash", script]) { WorkingDirectory = directory, RedirectStandardOutput = true };
            using var process = Process.Start(start)!;
            var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.Equal("▸ a long build\n", said);
            var pid = (await File.ReadAllTextAsync(Path.Combine(directory, "pid"), TestContext.Current.CancellationToken)).Trim();
            Assert.False(Directory.Exists($"/proc/{pid}"), "The build outlived the script.");
            using var again = Process.Start(new ProcessStartInfo("/usr/bin/flock", ["-n", "artifacts/dev/build.lock", "true"]) { WorkingDirectory = directory })!;
            await again.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, again.ExitCode);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
