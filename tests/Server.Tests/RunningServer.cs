using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Slipway.Server.Hosting;
using Slipway.Server.Settings;

namespace Slipway.Server.Tests;

/// <summary>A server without local agents, in this process, on a data directory of its own.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-server-").FullName;
    private readonly MemoryLog _log = new();
    private SlipwayServer? _server;

    public SlipwayServer Server => _server!;

    public string DataDirectory => Path.Combine(_directory, "data");

    public IEnumerable<string> Logged => _log.Lines;

    public HttpClient Http { get; private set; } = null!;

    /// <summary>As an administrator finds it after the first start.</summary>
    public string Password => File.ReadAllText(Path.Combine(DataDirectory, "secrets", "initialAdminPassword")).Trim();

    public static async Task<RunningServer> StartAsync(Func<ServerSettings, ServerSettings>? change = null, Func<ServerExtras, ServerExtras>? extend = null)
    {
        var running = new RunningServer();
        try
        {
            var settings = new ServerSettings { DataDirectory = running.DataDirectory, Listen = "127.0.0.1:0", LocalAgents = 0 };
            var extras = new ServerExtras { ConfigureLogging = logging => logging.AddProvider(running._log).AddFilter("Microsoft", LogLevel.Warning) };
            running._server = await SlipwayServer.StartAsync(change is null ? settings : change(settings), extend is null ? extras : extend(extras), TestContext.Current.CancellationToken);
            running.Http = new HttpClient { BaseAddress = running.Server.Url };
            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    public Task<string> TextAsync(string path) => Http.GetStringAsync(path, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private sealed class MemoryLog : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IEnumerable<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}

/// <summary>Waits for a condition. The limit is there so that a fault ends the test; no test depends on how long it takes.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(string what, Func<bool> condition)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), $"It did not come true that {what}.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
