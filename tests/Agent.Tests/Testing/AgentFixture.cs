using Slipway.Agent.Processes;
using Slipway.Controller.Agents;
using Slipway.Model.Operations;

namespace Slipway.Agent.Tests.Testing;

/// <summary>A controller, an agent and a directory for it. Ends every process that the agent's operations started.</summary>
internal sealed class AgentFixture : IAsyncDisposable
{
    public const string Node = "test-node";
    public const string Allocation = "a1";

    private readonly string _marker = Guid.NewGuid().ToString("N");
    private int _operations;

    private AgentFixture(AgentHubOptions? options) => Options = options ?? new AgentHubOptions { CancelGrace = TimeSpan.FromSeconds(2), CancelMargin = TimeSpan.FromSeconds(3) };

    public AgentHubOptions Options { get; }

    /// <summary>What every process of this test carries as <c>SLIPWAY_NODE</c>.</summary>
    public string Marker => _marker;

    public KnownAgents Agents { get; } = new();

    public MemorySink Sink { get; } = new();

    public MemoryTransfers Transfers { get; } = new();

    public string Root { get; } = Directory.CreateTempSubdirectory("slipway-agent-test-").FullName;

    public string WorkDirectory => Path.Combine(Root, "work");

    public ControllerHost Controller { get; private set; } = null!;

    public AgentProcess? Agent { get; private set; }

    public AgentHub Hub => Controller.Hub;

    /// <summary>An agent that believes to be in the container <c>jnlp</c> of a pod.</summary>
    public static async Task<AgentFixture> StartInPodAsync(AgentHubOptions? options = null, string? program = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var fixture = new AgentFixture(options);
        fixture.Controller = await ControllerHost.StartAsync(fixture.Agents, fixture.Transfers, fixture.Options);
        fixture.StartAgent(environment: new Dictionary<string, string>(TestContainer.AgentVariables(fixture.Root).Concat(environment ?? new Dictionary<string, string>())), program: program);
        await fixture.Hub.WaitConnectedAsync(Node, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));
        return fixture;
    }

    public async Task<(OperationResult Result, string Log)> ShellInAsync(string container, string script, bool capture = false, IReadOnlyDictionary<string, string?>? environment = null, CancellationToken cancellation = default)
    {
        var id = NextId();
        var result = await RunAsync(new RunShell(script, capture, Encoding: null) { Surroundings = In("work/ws", environment) with { Container = container } }, id, cancellation);
        return (result, Sink.Text(id));
    }

    public static async Task<AgentFixture> StartAsync(AgentHubOptions? options = null, IReadOnlyDictionary<string, string>? environment = null, string? program = null)
    {
        var fixture = new AgentFixture(options);
        fixture.Controller = await ControllerHost.StartAsync(fixture.Agents, fixture.Transfers, fixture.Options);
        fixture.StartAgent(environment: environment, program: program);
        await fixture.Hub.WaitConnectedAsync(Node, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));
        return fixture;
    }

    public void StartAgent(Uri? url = null, IReadOnlyDictionary<string, string>? environment = null, string? program = null, string? workDirectory = null)
    {
        var variables = new Dictionary<string, string>(environment ?? new Dictionary<string, string>()) { ["SLIPWAY_NODE"] = _marker };
        Agent?.Dispose();
        Agent = AgentProcess.Start(["-url", (url ?? Controller.Url).ToString(), "-name", Node, "-secret", Agents.Add(Node), "-workDir", workDirectory ?? WorkDirectory], variables, program);
    }

    /// <summary>As <c>kill -9</c> of the server and its next start at the same address.</summary>
    public async Task RestartControllerAsync()
    {
        var port = Controller.Url.Port;
        await Controller.DisposeAsync();
        Controller = await ControllerHost.StartAsync(Agents, Transfers, Options, port);
    }

    public string NextId() => $"r1-e{Interlocked.Increment(ref _operations)}";

    public Surroundings In(string directory, IReadOnlyDictionary<string, string?>? environment = null, params string[] masked) =>
        new(Path.Combine(Root, directory), environment ?? new Dictionary<string, string?>(), masked);

    public Task<OperationResult> RunAsync(AgentOperation operation, string? id = null, CancellationToken cancellation = default) =>
        Hub.RunAsync(new AgentWork(Node, id ?? NextId(), Allocation, operation, Sink), cancellation).WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None);

    public async Task<(ShellEnded Result, string Log)> ShellAsync(string script, bool capture = false, params string[] masked)
    {
        var id = NextId();
        var result = await RunAsync(new RunShell(script, capture, Encoding: null) { Surroundings = In("ws", masked: masked) }, id);
        return (Assert.IsType<ShellEnded>(result), Sink.Text(id));
    }

    /// <summary>Waits for something to become true; a test's own way to say "soon", with an end.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var until = DateTime.UtcNow + TimeSpan.FromSeconds(30);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < until, $"It did not happen in time: {what}");
            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Controller.DisposeAsync();
        Agent?.Dispose();
        var root = new DirectoryInfo(Root);
        await UntilAsync(
            () =>
            {
                // A process that is just ending may still write behind us.
                ProcessCookies.Signal("SLIPWAY_NODE", _marker, Native.SIGKILL);
                try
                {
                    root.Delete(recursive: true);
                }
                catch (DirectoryNotFoundException)
                {
                    return true;
                }
                catch (IOException)
                {
                    return false;
                }

                return true;
            },
            $"'{Root}' was deleted");
    }
}
