using System.Diagnostics;

namespace Slipway.Bench;

/// <summary>Debian's Buildbot: a master and a worker, eight builders that may build at the same time, fed by changes.</summary>
internal static class BuildbotPeer
{
    private const int Builders = 8;

    private const string Configuration = """
        import os
        from buildbot.plugins import worker, util, steps, schedulers
        from buildbot.util.service import BuildbotService
        from twisted.internet import reactor, defer, task

        builds = int(os.environ['BENCH_BUILDS'])
        port = int(os.environ['BENCH_PORT'])
        names = ['hello%d' % i for i in range(8)]

        class Feed(BuildbotService):
            # Adds the changes when the file 'go' appears, and writes the file 'done' when all builds are complete.
            name = 'feed'
            def startService(self):
                self.loop = task.LoopingCall(self.look)
                self.loop.start(0.02, now=False)
                self.fed = False
                return super().startService()
            @defer.inlineCallbacks
            def look(self):
                if not self.fed and os.path.exists('go'):
                    self.fed = True
                    for i in range(builds // len(names)):
                        yield self.master.data.updates.addChange(author='a', revision=str(i), comments='c', files=['f'], project='p', branch='b', repository='r')
                elif self.fed:
                    complete = yield self.master.db.builds.getBuilds(complete=True)
                    if len(complete) >= builds:
                        open('done', 'w').close()
                        self.loop.stop()

        factory = util.BuildFactory([steps.ShellCommand(command=['sh', '-c', 'echo hello'])])
        c = BuildmasterConfig = {
            'workers': [worker.Worker('w', 'p', max_builds=8)],
            'protocols': {'pb': {'port': 'tcp:%d:interface=127.0.0.1' % port}},
            'schedulers': [schedulers.AnyBranchScheduler(name='s', treeStableTimer=None, builderNames=names)],
            'builders': [util.BuilderConfig(name=n, workernames=['w'], factory=factory, collapseRequests=False) for n in names],
            'services': [Feed()],
            'db': {'db_url': 'sqlite:///state.sqlite'},
            'buildbotNetUsageData': None,
            'title': 'bench', 'titleURL': 'http://localhost/', 'buildbotURL': 'http://localhost/',
        }
        """;

    /// <returns>Builds per second; null where Buildbot is not installed.</returns>
    public static async Task<double?> MeasureAsync(BenchContext context, int builds)
    {
        if (!File.Exists("/usr/bin/buildbot") || !File.Exists("/usr/bin/buildbot-worker"))
        {
            return null;
        }

        var directory = context.NewDirectory();
        var master = Path.Combine(directory, "master");
        var port = ServerUnderTest.FreePort();
        Process? running = null, worker = null;
        try
        {
            await RunAsync(directory, "/usr/bin/buildbot", "create-master", "-q", master);
            await File.WriteAllTextAsync(Path.Combine(master, "master.cfg"), Configuration);
            await RunAsync(directory, "/usr/bin/buildbot-worker", "create-worker", "-q", "worker", $"127.0.0.1:{port}", "w", "p");
            running = Start(master, "/usr/bin/buildbot", builds, port, "start", "--nodaemon", ".");
            worker = Start(directory, "/usr/bin/buildbot-worker", builds, port, "start", "--nodaemon", "worker");
            await WaitForAsync(() => Contains(Path.Combine(master, "twistd.log"), "WorkerManager: 1") || Contains(Path.Combine(master, "twistd.log"), "Got workerinfo from"));
            var clock = Stopwatch.StartNew();
            await File.WriteAllTextAsync(Path.Combine(master, "go"), "");
            await WaitForAsync(() => File.Exists(Path.Combine(master, "done")));
            return builds / Builders * Builders / clock.Elapsed.TotalSeconds;
        }
        finally
        {
            foreach (var process in new[] { worker, running })
            {
                process?.Kill(entireProcessTree: true);
                process?.WaitForExit();
                process?.Dispose();
            }

            Directory.Delete(directory, recursive: true);
        }
    }

    private static bool Contains(string file, string text)
    {
        if (!File.Exists(file))
        {
            return false;
        }

        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Contains(text, StringComparison.Ordinal);
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > TimeSpan.FromMinutes(3))
            {
                throw new TimeoutException("Buildbot did not get there within three minutes.");
            }

            await Task.Delay(10);
        }
    }

    private static Process Start(string directory, string program, int builds, int port, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["BENCH_BUILDS"] = $"{builds}";
        start.Environment["BENCH_PORT"] = $"{port}";
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task RunAsync(string directory, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {arguments[0]} failed: {await errors}");
        }
    }
}
