using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Slipway.Api.Routing;
using Slipway.Feeds;

namespace Slipway.Api.Runs;

/// <summary>
/// Artifacts as downloads. What a build made is not trusted: nothing of it may act in the server's name in a browser, so what could (pages, pictures with scripts) is sandboxed.
/// </summary>
internal static class ArtifactFiles
{
    private static readonly FileExtensionContentTypeProvider Types = new();

    public static async Task ServeAsync(HttpContext context, string path, RunDetailView run, IRunReads runs)
    {
        if (!run.Artifacts.Any(a => a.Path == path) || await runs.OpenArtifactAsync(run.Run.Id, path, context.RequestAborted) is not { } stream)
        {
            await Outcomes.NotFoundAsync(context, $"{run.Run.JobPath} #{run.Run.Number} has no artifact '{path}'.");
            return;
        }

        context.Response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; img-src 'self'; style-src 'self';";
        var type = Types.TryGetContentType(path, out var known) ? known : "application/octet-stream";
        await Results.Stream(stream, type, enableRangeProcessing: true).ExecuteAsync(context);
    }
}
