using System.Diagnostics;

namespace Slipway.Agent.Tests.Testing;

/// <summary>A container without Kubernetes: a shim with an environment of its own, where wanted in namespaces of its own for processes and mounts.</summary>
internal sealed class TestContainer : IDisposable
{
    private readonly Process _process;

    private TestContainer(Process process, string socket)
    {
        _process = process;
        Socket = socket;
    }

    public string Socket { get; }

    public int ProcessId => _process.Id;

    public static string Sockets(AgentFixture agent) => Path.Combine(agent.Root, "run");

    public static IReadOnlyDictionary<string, string> AgentVariables(string root) =>
        new Dictionary<string, string> { ["SLIPWAY_ONE_SHOT"] = "1", ["SLIPWAY_CONTAINER"] = "jnlp", ["SLIPWAY_SOCKETS"] = Path.Combine(root, "run") };

    /// <summary>Returns at once; the shim listens a moment later.</summary>
    public static TestContainer Start(AgentFixture agent, string name, IReadOnlyDictionary<string, string>? environment = null, IReadOnlyList<string>? prefix = null, params string[] options)
    {
        Directory.CreateDirectory(Sockets(agent));
        var socket = Path.Combine(Sockets(agent), name + ".sock");
        var variables = new Dictionary<string, string>(environment ?? new Dictionary<string, string>()) { ["SLIPWAY_NODE"] = agent.Marker };
        return new TestContainer(Launch([.. prefix ?? [], .. Program, "shim", "--socket", socket, .. options], variables), socket);
    }

    public static IReadOnlyList<string> Program { get; } = ["dotnet", Path.Combine(AppContext.BaseDirectory, "slipway-agent.dll")];

    /// <summary>A process with exactly this environment, but for what the managed build needs.</summary>
    public static Process Launch(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        var path = start.Environment["PATH"];
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        start.Environment["HOME"] = "/root-of-container";
        start.Environment["DOTNET_CLI_HOME"] = "/tmp";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        return _process.ExitCode;
    }

    /// <summary>SIGTERM, as the kubelet sends it to a container's first process.</summary>
    public void Terminate(int signal = 15) => _ = Slipway.Agent.Processes.Native.Kill(_process.Id, signal);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
