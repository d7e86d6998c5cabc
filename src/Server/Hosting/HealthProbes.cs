using Microsoft.AspNetCore.Http;
using Slipway.Provisioning;

namespace Slipway.Server.Hosting;

/// <summary>
/// What a supervisor asks: <c>/healthz</c> (the process answers) and <c>/readyz</c> (it has started, and can store). They answer before everything else, without a login, and say nothing that is worth knowing to a stranger.
/// A cluster that cannot be reached does not make the server unready: it is said, and everything else works.
/// </summary>
internal sealed class HealthProbes(string dataDirectory, ICloudSet clouds, TimeProvider time)
{
    private static readonly TimeSpan StorageCheckInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private volatile bool _isStarted;
    private (DateTimeOffset At, string? Fault)? _storage;

    public void Started() => _isStarted = true;

    public Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        var isProbe = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        return isProbe switch
        {
            true when context.Request.Path.Equals("/healthz", StringComparison.Ordinal) => AnswerAsync(context, StatusCodes.Status200OK, "ok\n"),
            true when context.Request.Path.Equals("/readyz", StringComparison.Ordinal) => ReadyAsync(context),
            _ => next(context),
        };
    }

    private Task ReadyAsync(HttpContext context)
    {
        if (!_isStarted)
        {
            return AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, "starting\n");
        }

        if (FindStorageFault() is { } fault)
        {
            return AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, $"storage: {fault}\n");
        }

        var unseen = clouds.Clouds.Count(cloud => !cloud.Observed.IsCompleted);
        return AnswerAsync(context, StatusCodes.Status200OK, unseen == 0 ? "ok\n" : $"ok\nclouds that could not be looked at yet: {unseen}\n");
    }

    /// <summary>By writing: a full disk reads well.</summary>
    private string? FindStorageFault()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (_storage is { } known && now - known.At < StorageCheckInterval)
            {
                return known.Fault;
            }

            string? fault = null;
            try
            {
                var file = Path.Combine(dataDirectory, "readyz.probe");
                File.WriteAllBytes(file, new byte[4096]);
                File.Delete(file);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                fault = failure is UnauthorizedAccessException ? "not allowed to write" : "cannot write";
            }

            _storage = (now, fault);
            return fault;
        }
    }

    private static Task AnswerAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
