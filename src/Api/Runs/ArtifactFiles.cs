using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.StaticFiles;
using Slipway.Api.Routing;
using Slipway.Feeds;

namespace Slipway.Api.Runs;

/// <summary>
/// Artifacts as downloads, one by one or a folder as <c>…/*zip*/name.zip</c>. What a build made is not trusted: nothing of it may act in the server's name in a browser, so what could
/// (pages, pictures with scripts) is sandboxed.
/// </summary>
internal static class ArtifactFiles
{
    private static readonly FileExtensionContentTypeProvider Types = new();

    public static Task ServeAsync(HttpContext context, string path, RunDetailView run, IRunReads runs)
    {
        var segments = path.Split('/');
        return segments is [.., "*zip*"] or [.., "*zip*", _]
            ? ServeZipAsync(context, string.Join('/', segments.TakeWhile(s => s != "*zip*")), run, runs)
            : ServeFileAsync(context, path, run, runs);
    }

    private static async Task ServeFileAsync(HttpContext context, string path, RunDetailView run, IRunReads runs)
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

    /// <summary>Written as it is read: neither memory nor disk holds the whole. Below the name that Jenkins gives: <c>archive</c> for all, else the folder's.</summary>
    private static async Task ServeZipAsync(HttpContext context, string folder, RunDetailView run, IRunReads runs)
    {
        var prefix = folder.Length == 0 ? "" : folder + "/";
        var wanted = run.Artifacts.Where(a => a.Path.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        if (wanted.Count == 0)
        {
            await Outcomes.NotFoundAsync(context, $"{run.Run.JobPath} #{run.Run.Number} has no artifacts{(folder.Length == 0 ? "" : $" below '{folder}'")}.");
            return;
        }

        context.Response.ContentType = "application/zip";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        // The archive writes the last bytes of each entry synchronously, a few of them, into the response's buffer.
        context.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
        var top = folder.Length == 0 ? "archive" : folder[(folder.LastIndexOf('/') + 1)..];
        var cancellation = context.RequestAborted;
        await using var zip = await ZipArchive.CreateAsync(context.Response.Body, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancellation);
        foreach (var artifact in wanted)
        {
            if (await runs.OpenArtifactAsync(run.Run.Id, artifact.Path, cancellation) is not { } content)
            {
                // Deleted under its reader: a broken connection says so, where a zip without it would not.
                context.Abort();
                return;
            }

            await using (content)
            await using (var entry = await zip.CreateEntry($"{top}/{artifact.Path[prefix.Length..]}", CompressionLevel.Fastest).OpenAsync(cancellation))
            {
                await content.CopyToAsync(entry, cancellation);
            }
        }
    }
}
