using System.Text.Json;
using Slipway.Cluster.Harness;
using Slipway.Scenarios.Harness;

namespace Slipway.Cluster.Corpus;

/// <summary>What happens to some pipelines while they run: what their tests in the corpus did.</summary>
internal static class Meanwhile
{
    private static readonly string[] Concerned =
    [
        "closedWebSocketExit", "podStatusErrorLogs", "terminatedPod", "terminatedPodAfterRestart", "nullLabelSupportsRestart", "taskListenerAfterRestart", "taskListenerAfterRestart_multipleLabels", "restartDuringPodLaunch",
    ];

    public static bool Concerns(string name) => Concerned.Contains(name);

    public static Task DoAsync(string name, PodRun run) => name switch
    {
        "closedWebSocketExit" => StopAfterAsync(run, "have started user process"),
        "podStatusErrorLogs" => StopAfterAsync(run, "Pod [Pending][Unschedulable] 0/1 nodes are available"),
        "terminatedPod" => DeletePodAsync(run, restarts: false),
        "terminatedPodAfterRestart" => DeletePodAsync(run, restarts: true),
        "nullLabelSupportsRestart" => RestartAfterAsync(run, "+ sleep 5"),
        "taskListenerAfterRestart" or "taskListenerAfterRestart_multipleLabels" => StopAfterRestartAsync(run),
        "restartDuringPodLaunch" => RestartDuringLaunchAsync(run),
        _ => Task.CompletedTask,
    };

    private static async Task StopAfterAsync(PodRun run, string line)
    {
        await run.WaitForLogAsync(line);
        await run.StopAsync();
    }

    private static async Task DeletePodAsync(PodRun run, bool restarts)
    {
        await run.WaitForLogAsync("+ sleep");
        var pod = (await run.PodAsync()).GetProperty("metadata").GetProperty("name").GetString()!;
        if (restarts)
        {
            await run.RestartServerAsync();
        }

        await run.World.Namespace.KubectlAsync("delete", "pod", pod, "--wait=false");
    }

    private static async Task RestartAfterAsync(PodRun run, string line)
    {
        await run.WaitForLogAsync(line);
        await run.RestartServerAsync();
    }

    private static async Task StopAfterRestartAsync(PodRun run)
    {
        await run.WaitForLogAsync("+ sleep");
        await run.RestartServerAsync();
        await run.StopAsync();
    }

    private static async Task RestartDuringLaunchAsync(PodRun run)
    {
        await run.WaitForLogAsync("Created Pod");
        await run.RestartServerAsync();
        await TestCluster.KubectlAsync("label", "node", "--all", "disktype=special", "--overwrite");
        await run.WaitForResultAsync();
        await TestCluster.KubectlAsync("label", "node", "--all", "disktype-");
    }
}

/// <summary>What is looked at when some pipelines have ended.</summary>
internal static class Afterwards
{
    public static async Task CheckAsync(string name, PodRun run)
    {
        if (name == "runInPodWithRetention")
        {
            Assert.Single(await run.PodsAsync());
            return;
        }

        await Eventually.TrueAsync($"no pod of {run.Job} is left", async () => (await run.PodsAsync()).Count == 0);
    }
}
