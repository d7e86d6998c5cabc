using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Api.Access;
using Slipway.Feeds;

namespace Slipway.Api.Routing;

/// <summary>How commands' outcomes become answers.</summary>
internal static class Outcomes
{
    public static IRequestAccess AccessOf(HttpContext context) =>
        context.Features.Get<IRequestAccess>() ?? throw new InvalidOperationException($"The request {context.Request.Path} did not pass the access layer.");

    public static Caller CallerOf(HttpContext context) => AccessOf(context).Caller;

    /// <summary>The root URL, ending with a slash: as it was configured, else as the client used it.</summary>
    public static string RootUrl(HttpContext context) =>
        context.RequestServices.GetRequiredService<AccessOptions>().RootUrl?.AbsoluteUri ?? $"{context.Request.Scheme}://{context.Request.Host}/";

    /// <summary>200 without a body. Its length is said: some clients take an answer that says nothing of its body for a broken one.</summary>
    public static Task DoneAsync(HttpContext context)
    {
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    public static Task DoneAsync(HttpContext context, CommandOutcome outcome) => outcome.Succeeded ? DoneAsync(context) : RefuseAsync(context, outcome);

    /// <summary>302 to a path that answers 200: some clients want the redirect, others follow it and want what is there.</summary>
    public static Task RedirectAsync(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status302Found;
        context.Response.Headers.Location = RootUrl(context) + path;
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    public static Task RedirectAsync(HttpContext context, CommandOutcome outcome, string path) => outcome.Succeeded ? RedirectAsync(context, path) : RefuseAsync(context, outcome);

    /// <param name="conflict">The status of what the object's state does not allow, where it is not 409.</param>
    public static Task RefuseAsync(HttpContext context, CommandOutcome outcome, int conflict = StatusCodes.Status409Conflict) => Refusal.WriteAsync(
        context,
        outcome.Status switch
        {
            CommandStatus.NotFound => StatusCodes.Status404NotFound,
            CommandStatus.Conflict => conflict,
            _ => StatusCodes.Status400BadRequest,
        },
        outcome.Fault ?? "The request was refused.");

    public static Task NotFoundAsync(HttpContext context, string what) => Refusal.WriteAsync(context, StatusCodes.Status404NotFound, what);

    public static Task InvalidAsync(HttpContext context, string fault) => Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, fault);
}
