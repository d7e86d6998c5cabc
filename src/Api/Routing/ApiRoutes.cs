using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Slipway.Api.Access;
using Slipway.Feeds;

namespace Slipway.Api.Routing;

internal delegate Task JobHandler(HttpContext context, JobRoute route);

/// <summary>The path of an endpoint whose route pattern does not show it, for lists of endpoints.</summary>
internal sealed record RouteShape(string Path);

/// <summary>
/// Maps endpoints, each with what it needs. Paths below jobs and runs are told apart by what stands behind the job, which no route pattern can say; whether the caller may act on
/// that very job is asked here, once for all of them.
/// </summary>
internal sealed class ApiRoutes(IEndpointRouteBuilder routes)
{
    private const string OnlyPost = "/… (what takes POST alone)";
    private const string Unknown = "/… (what is nothing)";
    private static readonly string[] Prefixes = ["/job/{**path}", "/view/{**path}"];
    private readonly HashSet<string> _read = [];
    private readonly List<(string Path, bool OfRun)> _changedBelow = [];
    private readonly List<string> _changed = [];

    /// <summary>A path below a job or folder.</summary>
    public void Job(string method, Permission needs, JobHandler handler, params string[] rests) => Below(method, needs, handler, ofRun: false, rests);

    /// <summary>A path below a run.</summary>
    public void Run(string method, Permission needs, JobHandler handler, params string[] rests) => Below(method, needs, handler, ofRun: true, rests);

    /// <summary>A path that names no job.</summary>
    public void Plain(string method, string pattern, Permission needs, RequestDelegate handler)
    {
        routes.Map(pattern, handler).WithMetadata(new HttpMethodMetadata(Methods(method)), new RouteNeeds(needs)).WithDisplayName($"{method} {pattern}");
        (method == "POST" ? _changed : (ICollection<string>)_read).Add(pattern);
    }

    /// <summary>
    /// Maps what is left, after everything else: a GET of a path that only takes POST says so, and what is nothing says that. Pages keep their paths: these routes come last.
    /// </summary>
    public void MapRest()
    {
        foreach (var pattern in _changed.Where(p => !_read.Contains(p)))
        {
            Last(pattern, ["GET", "HEAD"], RefuseMethodAsync, null, OnlyPost);
        }

        var ofJobs = _changedBelow.Where(b => !b.OfRun).Select(b => b.Path).ToArray();
        var ofRuns = _changedBelow.Where(b => b.OfRun).Select(b => b.Path).ToArray();
        foreach (var prefix in Prefixes)
        {
            Last(prefix, ["GET", "HEAD"], RefuseMethodAsync, new RestConstraint(ofRun: false, ofJobs), OnlyPost);
            Last(prefix, ["GET", "HEAD"], RefuseMethodAsync, new RestConstraint(ofRun: true, ofRuns), OnlyPost);
        }

        Last("/{**path}", ["GET", "HEAD"], RefuseUnknownAsync, new ApiPathConstraint(), Unknown);
        Last("/{**path}", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"], RefuseUnknownAsync, null, Unknown);
    }

    private void Below(string method, Permission needs, JobHandler handler, bool ofRun, string[] rests)
    {
        foreach (var prefix in Prefixes)
        {
            var pattern = RoutePatternFactory.Parse(prefix, defaults: null, parameterPolicies: new { path = new RestConstraint(ofRun, rests) });
            routes.Map(pattern, context => ServeAsync(context, needs, handler))
                .WithMetadata(new HttpMethodMetadata(Methods(method)), new RouteNeeds(needs), new RouteShape(ShapeOf(prefix, ofRun, rests)))
                .WithDisplayName($"{method} {ShapeOf(prefix, ofRun, rests)}");
        }

        if (method == "POST")
        {
            _changedBelow.AddRange(rests.Select(r => (r, ofRun)));
        }
    }

    private static Task ServeAsync(HttpContext context, Permission needs, JobHandler handler)
    {
        var route = JobPaths.Of(context)!;
        return Outcomes.AccessOf(context).May(needs, route.Job)
            ? handler(context, route)
            : Refusal.WriteAsync(context, StatusCodes.Status403Forbidden, $"{Outcomes.CallerOf(context).UserId} lacks the permission '{needs}' on {route.Job}.");
    }

    private void Last(string prefix, string[] methods, RequestDelegate handler, IRouteConstraint? constraint, string shape)
    {
        var pattern = constraint is null ? RoutePatternFactory.Parse(prefix) : RoutePatternFactory.Parse(prefix, defaults: null, parameterPolicies: new { path = constraint });
        routes.Map(pattern, handler)
            .WithMetadata(new HttpMethodMetadata(methods), new RouteNeeds(Permission.Read), new RouteShape(shape))
            .WithOrder(int.MaxValue - 1)
            .WithDisplayName($"{shape}: {prefix}");
    }

    private static Task RefuseMethodAsync(HttpContext context)
    {
        context.Response.Headers.Allow = "POST";
        return Refusal.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, $"{context.Request.Path} changes something, so it takes POST alone.");
    }

    private static Task RefuseUnknownAsync(HttpContext context) =>
        Outcomes.NotFoundAsync(context, $"There is nothing that answers {context.Request.Method} {context.Request.Path}. docs/usage/api.md lists what there is.");

    private static string ShapeOf(string prefix, bool ofRun, string[] rests) =>
        $"{(prefix.StartsWith("/view", StringComparison.Ordinal) ? "/view/{view}" : "")}/job/{{job}}/{(ofRun ? "{run}/" : "")}{string.Join(" | ", rests.Select(r => r.EndsWith('/') ? r + "…" : r))}";

    private static string[] Methods(string method) => method switch
    {
        "GET" => ["GET", "HEAD"],
        "ANY" => ["GET", "HEAD", "POST"],
        _ => [method],
    };
}
