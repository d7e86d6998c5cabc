using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Slipway.Api.Routing;

/// <summary>
/// The rest of a request whose body is larger than its answer allows. Most clients send all of it before they look for an answer; if the server closed the connection meanwhile, they would
/// see a broken pipe and never the 413 that tells them why.
/// </summary>
internal static class OversizedBody
{
    private const long MostBytes = 256L * 1024 * 1024;
    private static readonly TimeSpan LongestTime = TimeSpan.FromSeconds(30);

    /// <summary>Reads and forgets what the client still sends, within bounds; the answer is out before. Beyond the bounds the connection is closed.</summary>
    public static async Task DrainAsync(HttpContext context)
    {
        // A client that asks first ("Expect: 100-continue") sends nothing once it has its refusal; reading would invite it to. A body that is being read already is not ours to take.
        if (context.RequestAborted.IsCancellationRequested
            || context.Request.Headers.Expect.Count > 0
            || context.Features.Get<IHttpMaxRequestBodySizeFeature>() is not { IsReadOnly: false, MaxRequestBodySize: { } most } size
            || context.Request.ContentLength is not { } length || length <= most || length > MostBytes)
        {
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(LongestTime);
        try
        {
            size.MaxRequestBodySize = length;
            await context.Response.CompleteAsync();
            while (await context.Request.Body.ReadAsync(buffer, limit.Token) > 0)
            {
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            // It went away, or is too slow: it had its answer.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
