using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Slipway.Kubernetes.Tests;

/// <summary>Keeps what is written, each line with its level.</summary>
public sealed class KeptLog : ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue($"{logLevel}: {formatter(state, exception)}");
}
