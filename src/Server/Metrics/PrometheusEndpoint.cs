using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Feeds;

namespace Slipway.Server.Metrics;

/// <summary><c>/prometheus</c>, where the Jenkins plugin has it.</summary>
internal static class PrometheusEndpoint
{
    public const string Path = "/prometheus";

    /// <param name="isPublic">Anyone who reaches the server may read; else a login is asked for, as everywhere.</param>
    public static void Map(IEndpointRouteBuilder routes, bool isPublic, MetricCollector metrics, IQueueReads queue, INodeReads nodes) =>
        routes.MapMethods(Path, ["GET", "HEAD"], async (HttpContext context) =>
        {
            var isOpenMetrics = context.Request.Headers.Accept.ToString().Contains("application/openmetrics-text", StringComparison.OrdinalIgnoreCase);
            var text = new PrometheusText(isOpenMetrics);
            foreach (var sample in await ServerSamples.ReadAsync(queue, nodes, context.RequestAborted))
            {
                text.Write(sample);
            }

            text.Write(metrics.Collect());
            context.Response.ContentType = isOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8";
            context.Response.Headers.CacheControl = "no-store";
            await context.Response.WriteAsync(text.End(), context.RequestAborted);
        }).WithMetadata(new RouteNeeds(isPublic ? Permission.Anonymous : Permission.Read));
}
