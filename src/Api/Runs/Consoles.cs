using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Slipway.Api.Routing;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Runs;

/// <summary>Consoles as text: whole, or from an offset on, as Jenkins' clients follow them.</summary>
internal static class Consoles
{
    private const int Chunk = 256 * 1024;

    /// <summary>A line that is longer is handed out in pieces while the run goes.</summary>
    private const int LongestWholeLine = 64 * 1024;

    /// <summary>
    /// From <c>start</c> to what there is now. <c>X-Text-Size</c> is where to go on, <c>X-More-Data</c> is there while more may come and absent at the end. While the run goes the text
    /// ends with a whole line, unless one line alone is very long. An offset beyond the end starts over.
    /// </summary>
    /// <param name="run">Read before the log is measured: where it has ended, the log is whole.</param>
    public static async Task ProgressiveAsync(HttpContext context, RunView run, IRunReads runs, bool html)
    {
        var text = await RequestBody.ReadValueAsync(context, "start") ?? "0";
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var start))
        {
            await Outcomes.InvalidAsync(context, $"start='{text}' is not an offset in bytes. Begin with 0 and go on with X-Text-Size of the answer.");
            return;
        }

        var end = await runs.MeasureLogAsync(run.Id, context.RequestAborted);
        start = start > end || start < 0 ? 0 : start;
        if (run.State != RunState.Finished)
        {
            end = await EndOfLastLineAsync(run.Id, start, end, runs, context.RequestAborted);
            context.Response.Headers["X-More-Data"] = "true";
        }

        context.Response.Headers["X-Text-Size"] = end.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = html ? "text/html;charset=utf-8" : "text/plain;charset=utf-8";
        await CopyAsync(context, run.Id, start, end, runs, html);
    }

    public static async Task WholeAsync(HttpContext context, RunView run, IRunReads runs)
    {
        context.Response.ContentType = "text/plain;charset=utf-8";
        await CopyAsync(context, run.Id, 0, await runs.MeasureLogAsync(run.Id, context.RequestAborted), runs, html: false);
    }

    private static async Task CopyAsync(HttpContext context, RunId run, long from, long to, IRunReads runs, bool html)
    {
        if (!html)
        {
            context.Response.ContentLength = to - from;
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var decoder = Encoding.UTF8.GetDecoder();
        while (from < to)
        {
            var slice = await runs.ReadLogAsync(run, null, from, (int)Math.Min(Chunk, to - from), context.RequestAborted);
            if (slice.Bytes.Length == 0 || slice.Start != from)
            {
                // The log was deleted under its reader: a broken connection says so, where a short text would not.
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
        var from = Math.Max(start, end - LongestWholeLine);
        if (from >= end)
        {
            return end;
        }

        var slice = await runs.ReadLogAsync(run, null, from, (int)(end - from), cancellation);
        var newline = slice.Bytes.Span.LastIndexOf((byte)'\n');
        if (newline >= 0)
        {
            return from + newline + 1;
        }

        // Nothing but the beginning of a line: it is held back until it ends or becomes too long to wait for.
        return end - start >= LongestWholeLine ? end : start;
    }
}
