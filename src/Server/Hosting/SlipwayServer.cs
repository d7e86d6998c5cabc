using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Exporter;
using Slipway.Api;
using Slipway.Api.Access;
using Slipway.Controller;
using Slipway.Feeds;
using Slipway.Provisioning;
using Slipway.Server.Clouds;
using Slipway.Server.Metrics;
using Slipway.Server.Settings;
using Slipway.Server.Tracing;
using Slipway.Store;
using Slipway.Store.Sqlite;
using Slipway.Web;

namespace Slipway.Server.Hosting;

/// <summary>
/// A whole server in this process: store, controller, HTTP. Used by <c>slipway server</c>, by <c>slipway run</c> (for the length of one run) and by tests, so that all of them behave alike.
/// </summary>
public sealed class SlipwayServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ControllerHost _controller;
    private readonly ServerClouds _clouds;
    private readonly RunTraces? _traces;

    private SlipwayServer(WebApplication app, ControllerHost controller, ServerClouds clouds, RunTraces? traces, Uri url, IPEndPoint? agents)
    {
        _clouds = clouds;
        _traces = traces;
        _app = app;
        _controller = controller;
        Url = url;
        AgentDoor = agents;
    }

    // What a program that embeds the server sees of it: the same contracts as pages and API.
    public IJobReads Jobs => _controller.Jobs;

    public IRunReads Runs => _controller.Runs;

    public IQueueReads Queue => _controller.Queue;

    public IJobCommands JobCommands => _controller.JobCommands;

    public IRunCommands RunCommands => _controller.RunCommands;

    public IChangeFeed ChangeFeed => _controller.ChangeFeed;

    /// <summary>The root, as users reach it; ends with a slash.</summary>
    public Uri Url { get; }

    /// <summary>The port for agents alone, as it was bound; null where there is none.</summary>
    public IPEndPoint? AgentDoor { get; }

    /// <summary>Starts everything. Completes when the server answers and what was under way goes on.</summary>
    /// <exception cref="SettingsException">Settings that cannot be used, the data directory among them; the message says why.</exception>
    public static async Task<SlipwayServer> StartAsync(ServerSettings settings, ServerExtras extras, CancellationToken cancellation)
    {
        var endpoint = ServerSettingsValidator.Validate(settings);
        var data = Path.GetFullPath(settings.DataDirectory);

        // Bound first: the port is known to the controller before anything runs, and who connects early waits in the backlog.
        using var sockets = ListeningSockets.Bind(endpoint);
        var bound = sockets.Url;
        var rootUrl = endpoint.RootUrl ?? bound;
        var logs = LoggerFactory.Create(extras.ConfigureLogging);
        IStore? store = null;
        ControllerHost? controller = null;
        ServerClouds? clouds = null;
        try
        {
            store = await OpenStoreAsync(data, logs);
            var live = clouds = ServerClouds.Make(settings, endpoint, extras, data, store, TimeProvider.System, logs);
            controller = new ControllerHost(
                new ControllerOptions
                {
                    DataDirectory = data,
                    RootUrl = rootUrl,
                    AgentUrl = endpoint.AgentUrl,
                    LocalUrl = bound,
                    AllowLocalRepositories = settings.AllowLocalRepositories,
                    GlobalEnvironment = () => live.Configuration.State.Applied.Environment,
                    WorkspaceOf = extras.Workspace is { } workspace ? _ => workspace : null,
                },
                store,
                clouds.Set,
                logs,
                TimeProvider.System);
            var overview = new CloudOverview(clouds, endpoint.AgentUrl ?? rootUrl, settings.AgentImage, controller.ChangeFeed.Publish, TimeProvider.System, logs.CreateLogger<CloudOverview>());
            var app = BuildApp(sockets, endpoint, settings, logs, store, controller, overview);
            var gate = new StartGate();
            var probes = new HealthProbes(data, clouds.Set, TimeProvider.System);
            var door = new AgentDoor(sockets.Agents?.Port, rootUrl);
            app.Use(probes.ServeAsync);
            app.Use(door.GuardAsync);
            app.Use(gate.HoldAsync);
            app.UseWebSockets();
            app.UseSlipwayAccess();
            app.MapSlipwayApi();
            app.MapSlipwayWeb();
            door.Map(app);
            CloudCheckEndpoints.Map(app, overview);
            ConfigurationEndpoints.Map(app, clouds.Configuration, settings.ReloadToken, logs.CreateLogger<LiveConfiguration>());
            PrometheusEndpoint.Map(app, settings.OpenMetrics, app.Services.GetRequiredService<MetricCollector>(), controller.Queue, controller.Nodes);
            await app.PrepareSlipwayAccessAsync(cancellation);
            await app.StartAsync(cancellation);
            sockets.Release();
            await clouds.Configuration.StartAsync(cancellation);
            await controller.StartAsync(cancellation);
            var traces = settings.SendsTraces ? new RunTraces(controller.Runs, controller.ChangeFeed, extras.ConfigureTraces, TimeProvider.System, logs.CreateLogger<RunTraces>()) : null;
            gate.Open();
            probes.Started();
            return new SlipwayServer(app, controller, clouds, traces, rootUrl, sockets.Agents);
        }
        catch
        {
            await (controller?.DisposeAsync() ?? store?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (clouds?.DisposeAsync() ?? ValueTask.CompletedTask);
            throw;
        }
    }

    /// <summary>Every route that the server answers, with its metadata.</summary>
    internal IReadOnlyList<Endpoint> Endpoints => [.. ((IEndpointRouteBuilder)_app).DataSources.SelectMany(d => d.Endpoints)];

    /// <summary>Completes when the process is told to stop.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellation) => _app.WaitForShutdownAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        await (_traces?.DisposeAsync() ?? ValueTask.CompletedTask);

        // The controller first: agents and readers see their connections end while it can still say why.
        await _controller.DisposeAsync();
        await _clouds.DisposeAsync();
        await _app.DisposeAsync();
    }

    private static async Task<IStore> OpenStoreAsync(string data, ILoggerFactory logs)
    {
        try
        {
            var log = logs.CreateLogger<IStore>();
            return await SqliteStore.OpenAsync(new StoreOptions(data) { OnBackgroundFault = fault => log.LogWarning(fault, "Work of the store in the background failed; it is tried again later") });
        }
        catch (StoreException fault)
        {
            throw new SettingsException([$"{SettingNames.Data}: {fault.Message}"], fault);
        }
    }

    private static WebApplication BuildApp(ListeningSockets listening, ServerEndpoint endpoint, ServerSettings settings, ILoggerFactory logs, IStore store, ControllerHost controller, CloudOverview clouds)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<Microsoft.AspNetCore.Connections.IMemoryPoolFactory<byte>, ConnectionBuffers>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 32 * 1024 * 1024;
            foreach (var address in listening.Addresses)
            {
                kestrel.Listen(address);
            }
        });
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = listening.Take);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.Services.AddSingleton(store);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IChangeFeed>(controller.ChangeFeed);
        builder.Services.AddSingleton(controller.Jobs);
        builder.Services.AddSingleton(controller.Runs);
        builder.Services.AddSingleton(controller.Queue);
        builder.Services.AddSingleton(controller.Nodes);
        builder.Services.AddSingleton(controller.ScriptChecks);
        builder.Services.AddSingleton(controller.JobCommands);
        builder.Services.AddSingleton(controller.RunCommands);
        builder.Services.AddSingleton(controller.NodeCommands);
        builder.Services.AddSingleton(controller.Hub);
        builder.Services.AddSingleton(_ => new MetricCollector());

        // By a factory, so that the container disposes it before the clouds go.
        builder.Services.AddSingleton(_ => clouds);
        builder.Services.AddSingleton<ICloudReads>(clouds);
        builder.Services.AddSingleton<ICloudCommands>(clouds);
        builder.Services.AddSlipwayApi(new AccessOptions
        {
            IsOpen = endpoint.RunsOpen(settings),
            DataDirectory = Path.GetFullPath(settings.DataDirectory),
            RootUrl = endpoint.RootUrl,
        });
        builder.Services.AddSlipwayWeb();
        return builder.Build();
    }
}

/// <summary>What a program that embeds the server adds.</summary>
public sealed record ServerExtras
{
    /// <summary>Where steps work on every node; null for a fresh workspace on each.</summary>
    public NodeWorkspace? Workspace { get; init; }

    /// <summary>Builds see the whole environment of this process: it belongs to the person whose builds they are.</summary>
    public bool SharesEnvironment { get; init; }

    /// <summary>The local cloud serves every label.</summary>
    public bool AnyLabel { get; init; }

    /// <summary>Where traces go, beyond what the environment says.</summary>
    internal Action<OtlpExporterOptions> ConfigureTraces { get; init; } = _ => { };

    public Action<ILoggingBuilder> ConfigureLogging { get; init; } = logging => logging.AddSimpleConsole(console =>
    {
        console.SingleLine = true;
        console.TimestampFormat = "HH:mm:ss ";
    }).SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);
}

/// <summary>Requests that come while the controller starts wait for it: a client that connects at once gets its answer, not an error. Agents' connections among them.</summary>
internal sealed class StartGate
{
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => _open.TrySetResult();

    public async Task HoldAsync(HttpContext context, RequestDelegate next)
    {
        if (!_open.Task.IsCompleted)
        {
            await _open.Task.WaitAsync(context.RequestAborted);
        }

        await next(context);
    }
}
