using Slipway.Model;
using Slipway.Web.Testing;

// Every screen over sample data, to look at while working on the pages:  dotnet run --project tests/Web.DevHost [port]
// Whatever is triggered plays through its stages in half a minute.
var feeds = SampleData.Create(DateTimeOffset.UtcNow);
feeds.OnTriggered = run => _ = Task.Run(() => PlayAsync(run));
var port = args.Length > 0 ? int.Parse(args[0]) : 8081;
await using var server = await FakeServer.StartAsync(feeds, $"http://127.0.0.1:{port}");
Console.WriteLine($"The pages are at {server.Root} (Ctrl-C ends).");
await server.WaitForShutdownAsync();

static async Task PlayAsync(FakeRun run)
{
    await Task.Delay(1500);
    run.Start();
    run.Estimate = TimeSpan.FromSeconds(30);
    foreach (var (name, steps) in ((string, string[])[])[("Checkout", ["git fetch"]), ("Build", ["./configure", "make -j4"]), ("Test", ["make check"]), ("Deploy", ["make install"])])
    {
        var stage = run.Stage(name);
        foreach (var command in steps)
        {
            var step = run.Step(stage, "sh", command);
            for (var line = 1; line <= 60; line++)
            {
                if (run.State == RunState.Finished)
                {
                    return;
                }

                run.Write(step, $"\u001b[2m[{line}/60]\u001b[0m {command}: \u001b[3{line % 7}mworking\u001b[0m on part {line}");
                await Task.Delay(100);
            }

            run.End(step);
        }

        run.End(stage);
    }

    run.Finish(RunResult.Success);
}
