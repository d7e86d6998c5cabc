using System.Text;
using Slipway.Agent.Processes;

namespace Slipway.Agent;

/// <summary>The agent's own log: lines on standard error and, where wanted, in a file. Never what operations write, and no secret.</summary>
internal sealed class AgentLog
{
    private readonly Lock _lock = new();
    private readonly string? _file;

    public AgentLog(string? file) => _file = file;

    public void Write(string message)
    {
        var line = $"{TimeProvider.System.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {message}\n";
        lock (_lock)
        {
            try
            {
                Native.WriteAll(2, Encoding.UTF8.GetBytes(line));
                if (_file is not null)
                {
                    File.AppendAllText(_file, line);
                }
            }
            catch (IOException)
            {
                // Nobody reads, or the disk is full: work goes on without its log.
            }
        }
    }
}
