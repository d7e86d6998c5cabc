using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Slipway.Feeds;

namespace Slipway.Api.Routing;

/// <summary>What a request's path below <c>/job/</c> names. Read once for each request, from the path as it was sent: a slash that is escaped is part of a name, which no job has.</summary>
internal static class JobPaths
{
    public static JobRoute? Of(HttpContext context)
    {
        if (context.Features.Get<Parsed>() is { } parsed)
        {
            return parsed.Route;
        }

        var route = JobRoute.TryParse(PathOf(context), out var found) ? found : null;
        context.Features.Set(new Parsed(route));
        return route;
    }

    private static string PathOf(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (target is not ['/', ..])
        {
            return context.Request.Path.ToUriComponent();
        }

        var end = target.IndexOf('?', StringComparison.Ordinal);
        var path = end < 0 ? target : target[..end];

        // The server has resolved '.' and '..' before it chose a route; the name must come from that same path.
        return HasDotSegments(path) ? context.Request.Path.ToUriComponent() : path;
    }

    private static bool HasDotSegments(string path) =>
        (path.Contains("/.", StringComparison.Ordinal) || path.Contains("%2e", StringComparison.OrdinalIgnoreCase))
        && path.Split('/').Any(segment => Uri.UnescapeDataString(segment) is "." or "..");

    private sealed record Parsed(JobRoute? Route);
}

/// <summary>Accepts paths whose rest, behind the job or the run, is one of these words, or begins with one that ends with a slash.</summary>
internal sealed class RestConstraint(bool ofRun, params string[] rests) : IRouteConstraint
{
    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        httpContext is not null
        && JobPaths.Of(httpContext) is { } parsed
        && parsed.Run.HasValue == ofRun
        && rests.Any(rest => rest.EndsWith('/') ? parsed.Rest.StartsWith(rest, StringComparison.Ordinal) : parsed.Rest == rest);
}

/// <summary>Accepts the paths that programs ask for, whose errors are to be texts rather than pages.</summary>
internal sealed class ApiPathConstraint : IRouteConstraint
{
    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        values[routeKey] is string path && path.TrimEnd('/') is var trimmed
        && (trimmed.EndsWith("api/json", StringComparison.Ordinal) || trimmed.EndsWith("api/xml", StringComparison.Ordinal) || trimmed.Contains("/wfapi/", StringComparison.Ordinal));
}
