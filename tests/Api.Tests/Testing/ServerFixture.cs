using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Slipway.Server.Hosting;
using Slipway.Server.Settings;

[assembly: AssemblyFixture(typeof(Slipway.Api.Tests.Testing.OpenServer))]
[assembly: AssemblyFixture(typeof(Slipway.Api.Tests.Testing.GuardedServer))]

namespace Slipway.Api.Tests.Testing;

/// <summary>A whole server in this process with a data directory of its own and the local cloud, reached over a real socket. Tests share it: each uses jobs of its own.</summary>
public abstract class ServerFixture(bool requireLogin) : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-api-").FullName;
    private readonly MemoryLog _log = new();
    private SlipwayServer? _server;

    internal SlipwayServer Server => _server!;

    public Uri Url => Server.Url;

    /// <summary>What the server has logged.</summary>
    internal IEnumerable<string> Logged => _log.Lines;

    public string DataDirectory => _directory;

    public async ValueTask InitializeAsync()
    {
        var settings = new ServerSettings { DataDirectory = _directory, Listen = "127.0.0.1:0", RequireLogin = requireLogin, AgentProgram = Checkout.Agent, AllowLocalRepositories = true };
        var extras = new ServerExtras { ConfigureLogging = logging => logging.AddProvider(_log).SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning) };
        _server = await SlipwayServer.StartAsync(settings, extras, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>A client without cookies of others, which follows nothing by itself.</summary>
    internal ApiClient NewClient() => new(Url);

    private sealed class MemoryLog : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IEnumerable<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}

/// <summary>Bound to loopback, it runs open.</summary>
public sealed class OpenServer() : ServerFixture(requireLogin: false);

/// <summary>It demands a login.</summary>
public sealed class GuardedServer() : ServerFixture(requireLogin: true)
{
    private string? _password;

    /// <summary>As an administrator finds it after the first start.</summary>
    public string Password => _password ??= File.ReadAllText(Path.Combine(DataDirectory, "secrets", "initialAdminPassword")).Trim();

    internal ApiClient NewAdministrator() => NewClient().WithBasic("admin", Password);
}
