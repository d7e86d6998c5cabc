using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Agent.Tests.Testing;
using Slipway.Controller.Agents;
using Slipway.Model;
using Slipway.Model.Operations;
using Slipway.Provisioning;
using Slipway.Provisioning.Local;

namespace Slipway.Agent.Tests.EndToEnd;

/// <summary>The static binary that pods get, where <c>./dev agent</c> has built it.</summary>
public sealed class NativeAgentTests
{
    private static string Program { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../agent/linux-x64/slipway-agent"));

    [Fact]
    public async Task It_runs_scripts_masks_reads_and_writes_files_and_checks_out()
    {
        await using var agent = await StartAsync();
        var (result, log) = await agent.ShellAsync("echo a secret: hunter22; exit 3", masked: "hunter22");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("a secret: ****\n", log);

        await agent.RunAsync(new WriteTextFile("f", "text", null) { Surroundings = agent.In("ws") });
        Assert.Equal(new TextRead("text"), await agent.RunAsync(new ReadTextFile("f", null) { Surroundings = agent.In("ws") }));
        Assert.Equal(new FilesUploaded(1, 4), await agent.RunAsync(new UploadFiles(UploadPurpose.Stash, "s", ["f"], [], true, false) { Surroundings = agent.In("ws") }));
        Assert.IsType<OperationDone>(await agent.RunAsync(new DownloadFiles("s") { Surroundings = agent.In("other") }));
        Assert.Equal("text", await File.ReadAllTextAsync(Path.Combine(agent.Root, "other/f")));

        var (_, _) = await agent.ShellAsync("git init -q -b main r; cd r; echo 1 > a; git add .; git -c user.name=A -c user.email=a@b commit -q -m hello");
        var checkedOut = await agent.RunAsync(new GitCheckout(Path.Combine(agent.Root, "ws/r"), ["*/main"], null, null, true, false) { Surroundings = agent.In("clone") });
        Assert.Equal("hello", Assert.IsType<GitCheckedOut>(checkedOut).Subject);
    }

    [Fact]
    public async Task It_stays_within_the_memory_that_the_design_allows()
    {
        await using var agent = await StartAsync();
        for (var number = 0; number < 20; number++)
        {
            await agent.ShellAsync("seq 1 1000");
        }

        Assert.InRange(ResidentKiB(agent.Agent!.Process.Id), 1, 15 * 1024);
        Assert.InRange(new FileInfo(Program).Length, 1, 16 * 1024 * 1024);
    }

    [Fact]
    public async Task A_node_of_the_local_cloud_answers_within_the_time_that_the_design_allows()
    {
        Assert.SkipUnless(File.Exists(Program), "The native agent is not built: ./dev agent");
        var root = Directory.CreateTempSubdirectory("slipway-native-test-").FullName;
        var agents = new KnownAgents();
        var sink = new MemorySink();
        await using var controller = await ControllerHost.StartAsync(agents, new MemoryTransfers());
        await using var cloud = new LocalCloud(new LocalCloudOptions { Directory = root, AgentProgram = Program }, TimeProvider.System, NullLogger<LocalCloud>.Instance);
        await cloud.StartAsync(default);
        var times = new List<double>();
        for (var number = 0; number < 15; number++)
        {
            var name = $"n{number}";
            var watch = Stopwatch.StartNew();
            await cloud.StartNodeAsync(new NodeRequest(name, agents.Add(name), new RunId(1), "app", cloud.Templates[0], controller.Url, DateTimeOffset.UtcNow.AddHours(1)), default);
            var prepared = (WorkspacePrepared)await controller.Hub.RunAsync(new AgentWork(name, $"p{number}", "a1", new PrepareWorkspace("app", null), sink), default);
            var id = $"e{number}";
            var running = controller.Hub.RunAsync(new AgentWork(name, id, "a1", new RunShell("echo hello", false, null) { Surroundings = new(prepared.Directory, new Dictionary<string, string?>(), []) }, sink), default);
            while (sink.Bytes(id).Length == 0)
            {
                await Task.Yield();
            }

            times.Add(watch.Elapsed.TotalMilliseconds);
            await running;
            controller.Hub.Remove(name);
            await cloud.StopNodeAsync(name, default);
        }

        Directory.Delete(root, recursive: true);
        times.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"request to first log byte, ms: {string.Join(" ", times.Select(time => time.ToString("0.0")))}");

        // The design says 50 ms; a machine that also runs other tests gets some room, and the benchmark holds the number.
        Assert.InRange(times[times.Count / 2], 0, 200);
    }

    private static Task<AgentFixture> StartAsync()
    {
        Assert.SkipUnless(File.Exists(Program), "The native agent is not built: ./dev agent");
        return AgentFixture.StartAsync(program: Program);
    }

    private static int ResidentKiB(int processId) =>
        int.Parse(File.ReadLines($"/proc/{processId}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
}
