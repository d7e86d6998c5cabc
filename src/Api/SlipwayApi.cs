using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Api.Access;
using Slipway.Api.Instance;
using Slipway.Api.Jobs;
using Slipway.Api.Nodes;
using Slipway.Api.Queue;
using Slipway.Api.Routing;
using Slipway.Api.Runs;
using Slipway.Controller.Agents;
using Slipway.Feeds;

namespace Slipway.Api;

/// <summary>The HTTP API that Jenkins' clients call, and the access layer before every endpoint of the server.</summary>
public static class SlipwayApi
{
    public static IServiceCollection AddSlipwayApi(this IServiceCollection services, AccessOptions access)
    {
        services.AddRouting();
        services.AddSingleton(access);
        services.AddSingleton<Authenticator>();
        services.AddSingleton<CrumbIssuer>();
        services.AddSingleton<FirstAdministrator>();
        services.AddSingleton<IAccounts, Accounts>();
        return services;
    }

    /// <summary>Prepares what access needs from the store: the key of the crumbs and, where a login is demanded, the first administrator. Before the server listens.</summary>
    public static async Task PrepareSlipwayAccessAsync(this WebApplication app, CancellationToken cancellation)
    {
        await app.Services.GetRequiredService<CrumbIssuer>().LoadAsync(cancellation);
        if (app.Services.GetRequiredService<AccessOptions>().IsOpen)
        {
            app.Services.GetRequiredService<ILogger<AccessMiddleware>>().LogInformation("The server runs open: it is bound to this machine alone, and whoever uses this machine may do everything. --require-login demands a login");
        }
        else
        {
            await app.Services.GetRequiredService<FirstAdministrator>().EnsureAsync(cancellation);
        }
    }

    /// <summary>Puts the access layer before all endpoints that are mapped, whoever maps them.</summary>
    public static void UseSlipwayAccess(this WebApplication app)
    {
        app.Use(ServerHeaders.AddAsync);
        app.UseMiddleware<ErrorBoundary>();
        app.Use(ServerHeaders.JoinSlashesAsync);
        app.UseRouting();
        app.UseMiddleware<AccessMiddleware>();
    }

    public static void MapSlipwayApi(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        var routes = new ApiRoutes(endpoints);
        LoginEndpoints.Map(endpoints);
        ActivatorUtilities.CreateInstance<AccountEndpoints>(services).Map(routes);
        ActivatorUtilities.CreateInstance<InstanceEndpoints>(services).Map(routes);
        ActivatorUtilities.CreateInstance<JobEndpoints>(services).Map(routes);
        ActivatorUtilities.CreateInstance<BuildEndpoints>(services).Map(routes);
        ActivatorUtilities.CreateInstance<LintEndpoints>(services).Map(routes);
        ActivatorUtilities.CreateInstance<RunEndpoints>(services).Map(routes);
        ActivatorUtilities.CreateInstance<StageEndpoints>(services).Map(routes);
        ActivatorUtilities.CreateInstance<QueueEndpoints>(services).Map(routes);
        ActivatorUtilities.CreateInstance<NodeEndpoints>(services).Map(routes);
        NotOffered.Map(routes);
        routes.MapRest();

        // Agents prove who they are by name and secret; no session of a browser can speak for them.
        endpoints.MapGroup("").WithMetadata(new RouteNeeds(Permission.Anonymous, ChecksCrumb: false)).MapAgents(services.GetRequiredService<AgentHub>());
    }
}
