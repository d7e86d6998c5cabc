using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Slipway.Feeds;

namespace Slipway.Api.Routing;

internal delegate Task JobHandler(HttpContext context, JobRoute route);

/// <summary>Maps endpoints, each with what it needs.</summary>
internal sealed class ApiRoutes(IEndpointRouteBuilder routes)
{
    /// <summary>A path below a job or folder.</summary>
    public void Job(string method, Permission needs, JobHandler handler, params string[] rests) => Below(method, needs, handler, ofRun: false, rests);

    /// <summary>A path below a run.</summary>
    public void Run(string method, Permission needs, JobHandler handler, params string[] rests) => Below(method, needs, handler, ofRun: true, rests);

    /// <summary>A path that names no job.</summary>
    public void Plain(string method, string pattern, Permission needs, RequestDelegate handler) =>
        routes.Map(pattern, handler).WithMetadata(new HttpMethodMetadata(Methods(method)), new RouteNeeds(needs)).WithDisplayName($"{method} {pattern}");

    private void Below(string method, Permission needs, JobHandler handler, bool ofRun, string[] rests)
    {
        foreach (var prefix in (string[])["/job/{**path}", "/view/{**path}"])
        {
            var pattern = RoutePatternFactory.Parse(prefix, defaults: null, parameterPolicies: new { path = new RestConstraint(ofRun, rests) });
            routes.Map(pattern, context => handler(context, JobPaths.Of(context)!))
                .WithMetadata(new HttpMethodMetadata(Methods(method)), new RouteNeeds(needs))
                .WithDisplayName($"{method} {prefix} {(ofRun ? "run" : "job")} {string.Join(" ", rests)}");
        }
    }

    private static string[] Methods(string method) => method switch
    {
        "GET" => ["GET", "HEAD"],
        "ANY" => ["GET", "HEAD", "POST"],
        _ => [method],
    };
}
