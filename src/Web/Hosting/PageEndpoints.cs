using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Access;
using Slipway.Web.Controls;

namespace Slipway.Web.Hosting;

/// <summary>Reads what a page shows and builds it; null where the object it is about does not exist.</summary>
internal delegate Task<Page?> PageHandler(PageRequest request, IServiceProvider services, CancellationToken cancellation);

/// <summary>The way from a request to a page: whose it is, whether they may, the page, its rendering, and what goes wrong on that way.</summary>
internal sealed class PageEndpoints(PageRenderer renderer, IChangeFeed changes, IHostApplicationLifetime lifetime, ILogger<PageEndpoints> logger)
{
    /// <summary>Set by our script: only what changes is wanted.</summary>
    public const string FragmentHeader = "X-Slipway-Fragment";

    private readonly Coalescer<Rendering> _fragments = new();

    /// <summary>Answers a request for a page.</summary>
    /// <param name="perCaller">The page shows what this caller may see of many objects, so that it cannot be shared between callers. A run's page never does: it is the one
    /// that a thousand people watch.</param>
    public async Task ServeAsync(HttpContext context, Permission need, bool perCaller, PageHandler handler)
    {
        var access = RequireAccess(context);
        var request = ReadRequest(context, access);
        if (need > Permission.Anonymous && !access.May(need, request.Job))
        {
            await RefuseAsync(context, access, need);
            return;
        }

        try
        {
            if (context.Request.Headers.ContainsKey(FragmentHeader))
            {
                var key = $"{request.Path}{context.Request.QueryString}\n{request.Rights}\n{(perCaller && request.Route?.Run is null ? access.Caller.UserId : "")}";
                var services = context.RequestServices.GetRequiredService<IServiceScopeFactory>();
                var fragment = await _fragments.RunAsync(key, () => RenderFragmentAsync(request, services, handler), context.RequestAborted);
                await WriteAsync(context, fragment);
                return;
            }

            var position = changes.Position;
            var page = await handler(request, context.RequestServices, context.RequestAborted) ?? NotFound(request);
            await WriteAsync(context, await renderer.RenderDocumentAsync(page, FrameOf(context, access, position)));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The browser went away; there is nobody to answer.
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            logger.LogError(fault, "The page {Path} could not be drawn ({TraceId}).", context.Request.Path, context.TraceIdentifier);
            await WritePageAsync(context, access, ErrorPages.Failed(context.TraceIdentifier));
        }
    }

    /// <summary>Writes one of our pages as the answer to something else than a page's request, such as a command that was refused.</summary>
    public async Task WritePageAsync(HttpContext context, IRequestAccess access, Page page) =>
        await WriteAsync(context, await renderer.RenderDocumentAsync(page, FrameOf(context, access, changes.Position)));

    public async Task RefuseAsync(HttpContext context, IRequestAccess access, Permission need)
    {
        if (access.Caller.IsAnonymous && !access.IsOpen && HttpMethods.IsGet(context.Request.Method) && !context.Request.Headers.ContainsKey(FragmentHeader))
        {
            var from = context.Request.Path + context.Request.QueryString;
            context.Response.Redirect($"{context.Request.PathBase}/login?from={Uri.EscapeDataString(from)}");
            return;
        }

        await WritePageAsync(context, access, ErrorPages.Forbidden(access.Caller, need));
    }

    /// <summary>The access layer's word on this request. Its absence is a fault of the wiring, and closes the route.</summary>
    public static IRequestAccess RequireAccess(HttpContext context) =>
        context.Features.Get<IRequestAccess>()
        ?? throw new InvalidOperationException($"The request {context.Request.Path} reached a page without having passed the access layer: {nameof(IRequestAccess)} is not among its features.");

    public static PageRequest ReadRequest(HttpContext context, IRequestAccess access)
    {
        var path = EscapedPath(context);
        var route = JobRoute.TryParse(path, out var named) ? named : null;
        var job = route?.Job ?? JobPath.Root;
        if (route is null && context.Request.Query["job"].ToString() is { Length: > 0 } name && JobPath.TryParse(name, out var parsed, out _))
        {
            job = parsed;
            route = new JobRoute(parsed, null, "");
        }

        var query = context.Request.Query.ToDictionary(q => q.Key, q => q.Value.ToString(), StringComparer.Ordinal);
        return new PageRequest(path, query, route, PageRights.Of(access, job), access);
    }

    private static string EscapedPath(HttpContext context) =>
        string.Join('/', (context.Request.Path.Value ?? "").TrimStart('/').Split('/').Select(Uri.EscapeDataString));

    private async Task<Rendering> RenderFragmentAsync(PageRequest request, IServiceScopeFactory scopes, PageHandler handler)
    {
        await using var scope = scopes.CreateAsyncScope();
        var page = await handler(request, scope.ServiceProvider, lifetime.ApplicationStopping) ?? NotFound(request);
        return await renderer.RenderFragmentAsync(page);
    }

    private static Page NotFound(PageRequest request) => ErrorPages.NotFound(request.Path);

    private static DocumentFrame FrameOf(HttpContext context, IRequestAccess access, string position) => new(
        context.Request.PathBase + "/",
        EscapedPath(context) + context.Request.QueryString,
        context.Request.Cookies["slipway-theme"] is "light" or "dark" ? context.Request.Cookies["slipway-theme"] : null,
        access.Crumb,
        access.Caller.IsAnonymous ? null : access.Caller.UserId,
        access.Caller.IsAnonymous ? null : access.Caller.Name,
        access.IsOpen,
        position);

    private static async Task WriteAsync(HttpContext context, Rendering rendering)
    {
        var response = context.Response;
        response.Headers.ETag = rendering.ETag;
        response.Headers.CacheControl = "no-store";
        response.Headers.Vary = FragmentHeader;
        if (rendering.Status == StatusCodes.Status200OK && context.Request.Headers.IfNoneMatch == rendering.ETag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.StatusCode = rendering.Status;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = rendering.Html.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(rendering.Html, context.RequestAborted);
        }
    }
}
