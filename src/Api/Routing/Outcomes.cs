using Microsoft.AspNetCore.Http;
using Slipway.Api.Access;
using Slipway.Feeds;

namespace Slipway.Api.Routing;

/// <summary>How commands' outcomes become answers.</summary>
internal static class Outcomes
{
    public static Caller CallerOf(HttpContext context) => context.Features.Get<IRequestAccess>()!.Caller;

    /// <summary>The root URL as the client used it, ending with a slash.</summary>
    public static string RootUrl(HttpContext context) => $"{context.Request.Scheme}://{context.Request.Host}/";

    /// <summary>302 to a path that answers 200: some clients want the redirect, others follow it and want what is there.</summary>
    public static Task RedirectAsync(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status302Found;
        context.Response.Headers.Location = RootUrl(context) + path;
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    public static Task RedirectAsync(HttpContext context, CommandOutcome outcome, string path) => outcome.Succeeded ? RedirectAsync(context, path) : RefuseAsync(context, outcome);

    public static Task RefuseAsync(HttpContext context, CommandOutcome outcome, int? conflict = null) => Refusal.WriteAsync(
        context,
        outcome.Status switch
        {
            CommandStatus.NotFound => StatusCodes.Status404NotFound,
            CommandStatus.Conflict => conflict ?? StatusCodes.Status409Conflict,
            _ => StatusCodes.Status400BadRequest,
        },
        outcome.Fault ?? "The request was refused.");

    public static Task NotFoundAsync(HttpContext context, string what) => Refusal.WriteAsync(context, StatusCodes.Status404NotFound, what);

    /// <summary>The body as text, within the server's limit for bodies.</summary>
    public static async Task<string> ReadTextAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        return await reader.ReadToEndAsync(context.RequestAborted);
    }

    /// <summary>A value from the query, or else from the form.</summary>
    public static async Task<string?> ValueAsync(HttpContext context, string name)
    {
        if (context.Request.Query.TryGetValue(name, out var value))
        {
            return value;
        }

        return context.Request.HasFormContentType && (await context.Request.ReadFormAsync(context.RequestAborted)).TryGetValue(name, out var field) ? field.ToString() : null;
    }
}
