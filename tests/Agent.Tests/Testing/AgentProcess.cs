using System.Diagnostics;
using System.Text;

namespace Slipway.Agent.Tests.Testing;

/// <summary>A real agent: the managed build in a process of its own, or the program that the test names.</summary>
internal sealed class AgentProcess : IDisposable
{
    private readonly StringBuilder _log = new();
    private bool _isDisposed;

    private AgentProcess(Process process)
    {
        Process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_log)
            {
                _log.AppendLine(line.Data);
            }
        };
        process.BeginErrorReadLine();
    }

    public Process Process { get; }

    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    public static AgentProcess Start(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? program = null)
    {
        var start = new ProcessStartInfo(program ?? "dotnet") { RedirectStandardError = true, UseShellExecute = false };
        if (program is null)
        {
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "slipway-agent.dll"));
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new AgentProcess(Process.Start(start)!);
    }

    public async Task<int> WaitForExitAsync(TimeSpan? patience = null)
    {
        await Process.WaitForExitAsync().WaitAsync(patience ?? TimeSpan.FromSeconds(30));
        return Process.ExitCode;
    }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (!Process.HasExited)
        {
            Process.Kill();
        }

        Process.Dispose();
    }
}
