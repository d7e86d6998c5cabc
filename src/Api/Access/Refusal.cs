using Microsoft.AspNetCore.Http;

namespace Slipway.Api.Access;

/// <summary>A request that is refused: the reason as plain text and in <c>X-Error</c>, where Jenkins' clients look for it.</summary>
internal static class Refusal
{
    public static async Task WriteAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.Headers["X-Error"] = HeaderText(message);
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(message + "\n", context.RequestAborted);
    }

    /// <summary>Headers hold one line of printable ASCII.</summary>
    public static string HeaderText(string message) => new([.. message.Select(c => c is >= ' ' and <= '~' ? c : c is '\n' or '\r' or '\t' ? ' ' : '?')]);
}
