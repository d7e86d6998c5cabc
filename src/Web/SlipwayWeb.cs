using Slipway.Feeds;
using Slipway.Web.Access;
using Slipway.Web.Accounts;
using Slipway.Web.Clouds;
using Slipway.Web.Hosting;
using Slipway.Web.Jobs;
using Slipway.Web.Live;
using Slipway.Web.Logs;
using Slipway.Web.Nodes;
using Slipway.Web.Queue;
using Slipway.Web.Runs;

namespace Slipway.Web;

/// <summary>The pages. They read through the contracts of <c>Feeds</c>, which the host registers: reads, commands and the feed of changes.</summary>
public static class SlipwayWeb
{
    public static IServiceCollection AddSlipwayWeb(this IServiceCollection services)
    {
        services.AddRouting(o => o.ConstraintMap[JobPageConstraint.Name] = typeof(JobPageConstraint));
        services.AddSingleton<PageRenderer>();
        services.AddSingleton<PageEndpoints>();
        services.AddSingleton<Actions>();
        services.AddSingleton<FeedEndpoint>();
        services.AddSingleton<LogEndpoints>();
        return services;
    }

    /// <summary>
    /// Maps all pages, their forms, the feed and the assets. Every endpoint carries <see cref="RouteNeeds"/>; the host puts its access layer before them, which sets
    /// <see cref="IRequestAccess"/> as a request feature: without it every page refuses to answer. Paths below <c>/job/</c> and <c>/computer/</c> that are not pages are left
    /// to other endpoints.
    /// </summary>
    public static IEndpointConventionBuilder MapSlipwayWeb(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("");
        group.AddEndpointFilterFactory(SecurityHeaders.Filter);
        MapPages(group);
        MapActions(group);
        MapData(group);
        return group;
    }

    private static void MapPages(RouteGroupBuilder group)
    {
        MapPage(group, "/", Permission.Read, FolderPage.ReadAsync, perCaller: true);
        MapPage(group, "/job/{**path:jobpage(read)}", Permission.Read, static (request, services, cancellation) =>
            request.Route?.Run is null ? JobPage.ReadAsync(request, services, cancellation) : RunPages.ReadAsync(request, services, cancellation), perCaller: true);
        MapPage(group, "/job/{**path:jobpage(build)}", Permission.Build, BuildPage.ReadAsync);
        MapPage(group, "/job/{**path:jobpage(configure)}", Permission.Configure, ConfigPages.ReadAsync);
        MapPage(group, "/newJob", Permission.Configure, ConfigPages.ReadNewAsync);
        MapPage(group, "/queue", Permission.Read, QueuePage.ReadAsync, perCaller: true);
        MapPage(group, "/computer", Permission.Read, NodePages.ReadAllAsync);
        MapPage(group, "/computer/new", Permission.Administer, NodePages.ReadNewAsync);
        MapPage(group, "/computer/{name}", Permission.Read, NodePages.ReadOneAsync);
        MapPage(group, "/manage/clouds", Permission.Administer, CloudPages.ReadAsync);
        MapPage(group, "/securityRealm", Permission.Administer, AccountPages.ReadAllAsync, perCaller: true);
        MapPage(group, "/securityRealm/addUser", Permission.Administer, AccountPages.ReadNewAsync);
        MapPage(group, "/user/{id}", Permission.Read, AccountPages.ReadOneAsync, perCaller: true);
        MapPage(group, "/user/{id}/security", Permission.Read, AccountPages.ReadOneAsync, perCaller: true);
        MapPage(group, "/login", Permission.Anonymous, LoginPage.ReadAsync);
        MapPage(group, "/{**path}", Permission.Read, static (_, _, _) => Task.FromResult<Page?>(null)).WithOrder(int.MaxValue);
    }

    private static void MapActions(RouteGroupBuilder group)
    {
        MapAction(group, "/ui/job/trigger", Permission.Build, JobActions.TriggerAsync);
        MapAction(group, "/ui/job/create", Permission.Configure, JobActions.CreateAsync);
        MapAction(group, "/ui/job/configure", Permission.Configure, JobActions.ConfigureAsync);
        MapAction(group, "/ui/job/enable", Permission.Configure, JobActions.EnableAsync);
        MapAction(group, "/ui/job/delete", Permission.Configure, JobActions.DeleteAsync);
        MapAction(group, "/ui/run/stop", Permission.Build, RunActions.StopAsync);
        MapAction(group, "/ui/run/rebuild", Permission.Build, RunActions.RebuildAsync);
        MapAction(group, "/ui/run/keep", Permission.Configure, RunActions.KeepAsync);
        MapAction(group, "/ui/run/delete", Permission.Configure, RunActions.DeleteAsync);
        MapAction(group, "/ui/queue/cancel", Permission.Build, RunActions.CancelQueuedAsync);
        MapAction(group, "/ui/user/password", Permission.Read, AccountActions.ChangePasswordAsync);
        MapAction(group, "/ui/user/token/revoke", Permission.Read, AccountActions.RevokeTokenAsync);
        MapAction(group, "/ui/user/create", Permission.Administer, AccountActions.CreateAsync);
        MapAction(group, "/ui/user/enable", Permission.Administer, AccountActions.SetEnabledAsync);
        MapAction(group, "/ui/user/delete", Permission.Administer, AccountActions.DeleteAsync);
        Map(group, "/ui/user/token", "POST", Permission.Read, AccountActions.MakeTokenAsync);
        MapAction(group, "/ui/cloud/check", Permission.Administer, CloudActions.CheckAsync);
        MapAction(group, "/ui/cloud/reload", Permission.Administer, CloudActions.ReloadAsync);
        MapAction(group, "/ui/node/create", Permission.Administer, NodeActions.CreateAsync);
        MapAction(group, "/ui/node/offline", Permission.Administer, NodeActions.SetOfflineAsync);
        MapAction(group, "/ui/node/delete", Permission.Administer, NodeActions.DeleteAsync);
    }

    private static void MapData(RouteGroupBuilder group)
    {
        Map(group, "/feed", "GET", Permission.Read, static context => context.RequestServices.GetRequiredService<FeedEndpoint>().ServeAsync(context));
        Map(group, "/ui/log/lines", "GET", Permission.Read, static context => context.RequestServices.GetRequiredService<LogEndpoints>().LinesAsync(context));
        Map(group, "/ui/log/search", "GET", Permission.Read, static context => context.RequestServices.GetRequiredService<LogEndpoints>().SearchAsync(context));
        Map(group, "/ui/log/raw", "GET", Permission.Read, static context => context.RequestServices.GetRequiredService<LogEndpoints>().RawAsync(context));
        Map(group, "/assets/{version}/{**name}", "GET", Permission.Anonymous, AssetEndpoint.ServeAsync);
    }

    private static IEndpointConventionBuilder MapPage(RouteGroupBuilder group, string pattern, Permission need, PageHandler handler, bool perCaller = false) =>
        group.MapMethods(pattern, ["GET", "HEAD"], (HttpContext context) => context.RequestServices.GetRequiredService<PageEndpoints>().ServeAsync(context, need, perCaller, handler))
            .WithMetadata(new RouteNeeds(need));

    private static void MapAction(RouteGroupBuilder group, string pattern, Permission need, ActionHandler handler) =>
        Map(group, pattern, "POST", need, context => context.RequestServices.GetRequiredService<Actions>().ServeAsync(context, need, handler));

    private static void Map(RouteGroupBuilder group, string pattern, string method, Permission need, Func<HttpContext, Task> handler) =>
        group.MapMethods(pattern, [method], (HttpContext context) => handler(context)).WithMetadata(new RouteNeeds(need)).DisableAntiforgery();
}
