using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Web.Testing;

/// <summary>The pages on a real web server over fake feeds.</summary>
public sealed class FakeServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeServer(WebApplication app, FakeFeeds feeds, FakeAccess access)
    {
        _app = app;
        Feeds = feeds;
        Access = access;
    }

    public FakeFeeds Feeds { get; }

    public FakeAccess Access { get; }

    public Uri Root => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + _base);

    private string _base = "/";

    /// <param name="url">Where to listen; port 0 takes a free one.</param>
    /// <param name="pathBase">A prefix that the server answers below, such as <c>/ci</c>.</param>
    /// <param name="time">The clock that pages render by.</param>
    public static async Task<FakeServer> StartAsync(FakeFeeds feeds, string url = "http://127.0.0.1:0", string pathBase = "", TimeProvider? time = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders().AddConsole().SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls(url);
        builder.WebHost.UseShutdownTimeout(TimeSpan.FromSeconds(2));
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSingleton<IChangeFeed>(feeds.Changes);
        builder.Services.AddSingleton<IJobReads>(feeds);
        builder.Services.AddSingleton<IRunReads>(feeds);
        builder.Services.AddSingleton<IQueueReads>(feeds);
        builder.Services.AddSingleton<INodeReads>(feeds);
        builder.Services.AddSingleton<IJobCommands>(feeds);
        builder.Services.AddSingleton<IRunCommands>(feeds);
        builder.Services.AddSingleton<INodeCommands>(feeds);
        builder.Services.AddSingleton<ICloudReads>(feeds.Clouds);
        builder.Services.AddSingleton<ICloudCommands>(feeds.Clouds);
        builder.Services.AddSingleton<IAccounts>(new FakeAccounts(time ?? TimeProvider.System));
        builder.Services.AddSlipwayWeb();
        var app = builder.Build();
        var access = new FakeAccess();
        if (pathBase.Length > 0)
        {
            app.UsePathBase(pathBase);
        }

        app.UseRouting();
        app.Use(access.InvokeAsync);
        app.MapSlipwayWeb();
        await app.StartAsync();
        return new FakeServer(app, feeds, access) { _base = pathBase.Length > 0 ? pathBase + "/" : "/" };
    }

    public Task WaitForShutdownAsync() => _app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

/// <summary>An access layer that lets a test decide who asks and what they may do, and checks the crumb as the real one does.</summary>
public sealed class FakeAccess : IRequestAccess
{
    public Caller Caller { get; set; } = new("ada", "Ada Lovelace", "127.0.0.1");

    public bool IsOpen { get; set; }

    public string? Crumb { get; set; } = "0123456789abcdef";

    public Func<Permission, JobPath, bool> Rule { get; set; } = (_, _) => true;

    /// <summary>Whether requests meet an access layer at all.</summary>
    public bool IsThere { get; set; } = true;

    public bool May(Permission permission, JobPath job) => Rule(permission, job);

    internal async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (IsThere)
        {
            context.Features.Set<IRequestAccess>(this);
        }

        var needs = context.GetEndpoint()?.Metadata.GetMetadata<RouteNeeds>();
        if (context.GetEndpoint() is not null && needs is null)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            await context.Response.WriteAsync("The endpoint does not say what it needs.");
            return;
        }

        if (HttpMethods.IsPost(context.Request.Method) && Crumb is not null && needs is { ChecksCrumb: true })
        {
            var given = context.Request.Headers[Crumbs.Field].ToString();
            if (given.Length == 0 && context.Request.HasFormContentType)
            {
                given = (await context.Request.ReadFormAsync())[Crumbs.Field].ToString();
            }

            if (given != Crumb)
            {
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                await context.Response.WriteAsync("No valid crumb was included in the request.");
                return;
            }
        }

        await next(context);
    }
}
