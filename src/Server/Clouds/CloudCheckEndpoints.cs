using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Feeds;

namespace Slipway.Server.Clouds;

/// <summary>The connection test for programs: POST starts it, GET tells what it has found so far.</summary>
internal static class CloudCheckEndpoints
{
    private const string Path = "/manage/cloud/{cloud}/check";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static void Map(IEndpointRouteBuilder routes, CloudOverview clouds)
    {
        routes.MapPost(Path, (HttpContext context, string cloud) => StartAsync(context, clouds, cloud)).WithMetadata(new RouteNeeds(Permission.Administer));
        routes.MapGet(Path + "/api/json", (HttpContext context, string cloud) => TellAsync(context, clouds, cloud)).WithMetadata(new RouteNeeds(Permission.Administer));
    }

    private static Task StartAsync(HttpContext context, CloudOverview clouds, string cloud)
    {
        var outcome = clouds.StartCheck(cloud);
        if (outcome.Status != CommandStatus.Done)
        {
            return RefuseAsync(context, outcome.Fault ?? "");
        }

        context.Response.Headers.Location = $"{context.Request.PathBase}/manage/cloud/{Uri.EscapeDataString(cloud)}/check/api/json";
        return AnswerAsync(context, clouds, cloud, StatusCodes.Status202Accepted);
    }

    private static Task TellAsync(HttpContext context, CloudOverview clouds, string cloud) =>
        clouds.List().Any(view => view.Name == cloud && view.CanCheck)
            ? AnswerAsync(context, clouds, cloud, StatusCodes.Status200OK)
            : RefuseAsync(context, $"There is no configured cloud '{cloud}'.");

    private static Task AnswerAsync(HttpContext context, CloudOverview clouds, string cloud, int status)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(Answer(cloud, clouds.List().FirstOrDefault(view => view.Name == cloud)?.Check), Json, context.RequestAborted);
    }

    private static Task RefuseAsync(HttpContext context, string message)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.Headers["X-Error"] = message;
        return context.Response.WriteAsync(message + "\n", context.RequestAborted);
    }

    private static CheckAnswer Answer(string cloud, CloudCheckView? check) => check is null
        ? new CheckAnswer(cloud, "never", null, null, null, false, [])
        : new CheckAnswer(
            cloud,
            check.Ended is null ? "running" : "ended",
            check.Started,
            check.Ended,
            check.Ended is null ? null : check.Steps.All(step => step.State != CloudCheckState.Fails),
            check.IsOfEarlierSettings,
            [.. check.Steps.Select(step => new FindingAnswer(step.Name, step.State, step.Text, step.Cure))]);

    /// <param name="State"><c>never</c>, <c>running</c>, <c>ended</c>.</param>
    /// <param name="Usable">Agents can be expected to come; null before the end.</param>
    /// <param name="OfEarlierSettings">The cloud's settings changed since.</param>
    private sealed record CheckAnswer(string Cloud, string State, DateTimeOffset? Started, DateTimeOffset? Ended, bool? Usable, bool OfEarlierSettings, IReadOnlyList<FindingAnswer> Findings);

    /// <param name="State"><c>works</c>, <c>warning</c>, <c>fails</c>.</param>
    private sealed record FindingAnswer(string Subject, CloudCheckState State, string Message, string? Cure);
}
