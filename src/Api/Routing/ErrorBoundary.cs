using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Slipway.Api.Access;
using Slipway.Store;

namespace Slipway.Api.Routing;

/// <summary>
/// The last net under every endpoint: what was thrown becomes an answer that says what kind of failure it was, and an incident that the log tells in full.
/// Nothing of the server's insides reaches the client.
/// </summary>
internal sealed class ErrorBoundary(RequestDelegate next, ILogger<ErrorBoundary> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away; there is nobody to answer.
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            await AnswerAsync(context, fault);
        }

        await OversizedBody.DrainAsync(context);
    }

    private async Task AnswerAsync(HttpContext context, Exception fault)
    {
        var incident = context.TraceIdentifier;
        var (status, message) = Describe(fault, incident);
        if (status >= StatusCodes.Status500InternalServerError)
        {
            log.LogError(fault, "Incident {Incident}: {Method} {Path} failed", incident, context.Request.Method, LogText.Of(context.Request.Path.ToUriComponent()));
        }

        if (context.Response.HasStarted)
        {
            // A part of the answer is out, with a status that says all is well: only a broken connection tells the client that it was not.
            context.Abort();
            return;
        }

        var headers = context.Response.Headers.Where(h => !h.Key.StartsWith("X-", StringComparison.OrdinalIgnoreCase)).Select(h => h.Key).ToList();
        headers.ForEach(h => context.Response.Headers.Remove(h));
        await Refusal.WriteAsync(context, status, message);
    }

    private static (int Status, string Message) Describe(Exception fault, string incident) => fault switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => (StatusCodes.Status413PayloadTooLarge, "The request's body is larger than this server takes: 32 MiB, and 64 KiB without a login."),
        BadHttpRequestException bad => (bad.StatusCode, bad.Message),
        IllegalPathException path => (StatusCodes.Status400BadRequest, path.Message),
        RunMissingException => (StatusCodes.Status404NotFound, "The run was deleted while the request was answered."),
        StoreFullException => (StatusCodes.Status507InsufficientStorage, $"The server's disk is full; nothing of this request was kept. Make room on the volume of its data directory and try again. Its log has more under incident {incident}."),
        StoreException => (StatusCodes.Status503ServiceUnavailable, $"The server's storage does not answer; nothing of this request was kept. Its log has the reason under incident {incident}."),
        _ => (StatusCodes.Status500InternalServerError, $"The server failed to answer. This is its fault, not the request's; its log has the reason under incident {incident}."),
    };
}
