using Microsoft.Extensions.Logging;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Provisioning;
using Slipway.Server.Hosting;
using Slipway.Server.Settings;

namespace Slipway.Cli.Commands;

/// <summary>A server for the length of one command: its own data directory, a free port on loopback, quiet.</summary>
internal sealed class EmbeddedServer : IAsyncDisposable
{
    private readonly string _directory;

    private EmbeddedServer(SlipwayServer server, string directory)
    {
        Server = server;
        _directory = directory;
    }

    public SlipwayServer Server { get; }

    public static async Task<EmbeddedServer> StartAsync(string workspace, bool verbose, CancellationToken cancellation)
    {
        var directory = Directory.CreateTempSubdirectory("slipway-run-").FullName;
        try
        {
            var settings = new ServerSettings { DataDirectory = directory, Listen = "127.0.0.1:0", AllowLocalRepositories = true, AgentProgram = ServerCommand.Setting("AGENT") };
            var extras = new ServerExtras
            {
                // Steps of every label run right there, in the checkout; a second node block at the same time works in it too, as it would by hand.
                Workspace = new NodeWorkspace.InPlace(workspace),
                AnyLabel = true,
                SharesEnvironment = true,
                ConfigureLogging = logging => logging.SetMinimumLevel(verbose ? LogLevel.Information : LogLevel.Error).AddSimpleConsole(c => c.SingleLine = true),
            };
            return new EmbeddedServer(await SlipwayServer.StartAsync(settings, extras, cancellation), directory);
        }
        catch
        {
            Directory.Delete(directory, recursive: true);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        try
        {
            Directory.Delete(_directory, recursive: true);
        }
        catch (IOException)
        {
            // A process that the pipeline left behind still writes there; the directory for temporary files is cleared by the system.
        }
    }
}
