using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Runs;

/// <summary>Consoles as text: whole, or from an offset on, as Jenkins' clients follow them.</summary>
internal static class Consoles
{
    private const int Chunk = 256 * 1024;

    /// <summary>
    /// From <c>start</c> to what there is now. <c>X-Text-Size</c> is where to go on, <c>X-More-Data</c> is there while more may come and absent at the end. While the run goes the text
    /// ends with a whole line, unless one line alone is very long. An offset beyond the end starts over.
    /// </summary>
    public static async Task ProgressiveAsync(HttpContext context, RunDetailView run, IRunReads runs, bool html)
    {
        var start = await ReadStartAsync(context);
        var isRunning = run.Run.State != RunState.Finished;
        var end = run.LogSize;
        if (start > end || start < 0)
        {
            start = 0;
        }

        if (isRunning)
        {
            end = await EndOfLastLineAsync(run.Run.Id, start, end, runs, context.RequestAborted);
            context.Response.Headers["X-More-Data"] = "true";
        }

        context.Response.Headers["X-Text-Size"] = end.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = html ? "text/html;charset=utf-8" : "text/plain;charset=utf-8";
        if (!html)
        {
            context.Response.ContentLength = end - start;
        }

        await CopyAsync(context, run.Run.Id, start, end, runs, html);
    }

    public static async Task WholeAsync(HttpContext context, RunDetailView run, IRunReads runs)
    {
        context.Response.ContentType = "text/plain;charset=utf-8";
        context.Response.ContentLength = run.LogSize;
        await CopyAsync(context, run.Run.Id, 0, run.LogSize, runs, html: false);
    }

    private static async Task CopyAsync(HttpContext context, RunId run, long from, long to, IRunReads runs, bool html)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var decoder = Encoding.UTF8.GetDecoder();
        while (from < to)
        {
            var slice = await runs.ReadLogAsync(run, null, from, (int)Math.Min(Chunk, to - from), context.RequestAborted);
            if (slice.Bytes.Length == 0)
            {
                // The log was deleted under the reader: fewer bytes than were promised, which HTTP makes an error of.
                context.Abort();
                return;
            }

            if (html)
            {
                var text = new char[slice.Bytes.Length + 1];
                var count = decoder.GetChars(slice.Bytes.Span, text, flush: slice.Next >= to);
                await context.Response.WriteAsync(WebUtility.HtmlEncode(new string(text, 0, count)), context.RequestAborted);
            }
            else
            {
                await context.Response.Body.WriteAsync(slice.Bytes, context.RequestAborted);
            }

            from = slice.Next;
        }
    }

    private static async Task<long> EndOfLastLineAsync(RunId run, long start, long end, IRunReads runs, CancellationToken cancellation)
    {
        // A line that is longer than this is handed out in pieces.
        var from = Math.Max(start, end - (64 * 1024));
        if (from >= end)
        {
            return end;
        }

        var slice = await runs.ReadLogAsync(run, null, from, (int)(end - from), cancellation);
        var newline = slice.Bytes.Span.LastIndexOf((byte)'\n');
        return newline >= 0 ? from + newline + 1 : from > start ? end : start + (end - start >= 64 * 1024 ? end - start : 0);
    }

    private static async Task<long> ReadStartAsync(HttpContext context)
    {
        var text = context.Request.Query["start"].ToString();
        if (text.Length == 0 && context.Request.HasFormContentType)
        {
            text = (await context.Request.ReadFormAsync(context.RequestAborted))["start"].ToString();
        }

        return long.TryParse(text, out var start) ? start : 0;
    }
}
