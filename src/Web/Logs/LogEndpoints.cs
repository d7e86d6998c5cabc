using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Hosting;

namespace Slipway.Web.Logs;

/// <summary>What the log viewer asks for: lines as HTML, and where a text occurs.</summary>
internal sealed class LogEndpoints(IRunReads runs)
{
    private const int MostLines = 1000;
    private const int MostMatches = 5000;
    private const int RawPiece = 256 * 1024;

    /// <summary>
    /// Lines that are read before the first one that is asked for, to know which colours are still on. A colour that was switched on further above is missed:
    /// programs end their colours within a line or two, and reading from the start would cost the whole log.
    /// </summary>
    private const int LookBack = 64;

    private readonly RunJobs _jobs = new(runs);

    /// <summary><c>GET /ui/log/lines?run=5&amp;node=7&amp;first=1&amp;count=200</c>; a negative <c>first</c> counts from the end.</summary>
    public async Task LinesAsync(HttpContext context)
    {
        if (await FindRunAsync(context) is not { } run)
        {
            return;
        }

        var query = context.Request.Query;
        var first = long.TryParse(query["first"], out var asked) && asked != 0 ? asked : 1;
        var count = Math.Clamp(int.TryParse(query["count"], out var wanted) ? wanted : 200, 1, MostLines);
        var lines = await ReadAsync(run, Node(context), first, count, context.RequestAborted);
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        WriteLines(json, lines, first, count);
        await json.FlushAsync(context.RequestAborted);
    }

    /// <summary><c>GET /ui/log/search?run=5&amp;node=7&amp;q=text&amp;limit=1000</c>: the numbers of the lines.</summary>
    public async Task SearchAsync(HttpContext context)
    {
        if (await FindRunAsync(context) is not { } run)
        {
            return;
        }

        var text = context.Request.Query["q"].ToString();
        var limit = Math.Clamp(int.TryParse(context.Request.Query["limit"], out var wanted) ? wanted : 1000, 1, MostMatches);
        var lines = new List<long>();
        if (text.Length > 0)
        {
            await foreach (var match in runs.SearchLogAsync(run, Node(context), text, limit, context.RequestAborted))
            {
                if (lines.Count == 0 || lines[^1] != match.Line)
                {
                    lines.Add(match.Line);
                }
            }
        }

        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(new { lines, complete = lines.Count < limit }, context.RequestAborted);
    }

    /// <summary><c>GET /ui/log/raw?run=5&amp;node=7</c>: the bytes as they are, in pieces, so that a log of any size costs one piece of memory.</summary>
    public async Task RawAsync(HttpContext context)
    {
        if (await FindRunAsync(context) is not { } run)
        {
            return;
        }

        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = "text/plain; charset=utf-8";
        for (var offset = 0L; ;)
        {
            var slice = await runs.ReadLogAsync(run, Node(context), offset, RawPiece, context.RequestAborted);
            if (slice.Bytes.IsEmpty || slice.Next <= offset)
            {
                return;
            }

            await context.Response.Body.WriteAsync(slice.Bytes, context.RequestAborted);
            offset = slice.Next;
        }
    }

    private async Task<LogLines> ReadAsync(RunId run, int? node, long first, int count, CancellationToken cancellation)
    {
        if (first < 0)
        {
            // From the end: a negative number reaches back as far as it says.
            return await runs.ReadLogLinesAsync(run, node, first - LookBack, count + LookBack, cancellation);
        }

        var from = Math.Max(1, first - LookBack);
        return await runs.ReadLogLinesAsync(run, node, from, count + (int)(first - from), cancellation);
    }

    private static void WriteLines(Utf8JsonWriter json, LogLines read, long first, int count)
    {
        var firstWanted = first < 0 ? Math.Max(1, read.TotalLines + 1 + first) : first;
        json.WriteStartObject();
        json.WriteNumber("first", firstWanted);
        json.WriteNumber("total", read.TotalLines);
        json.WriteNumber("bytes", read.TotalBytes);
        json.WriteBoolean("more", read.More);
        json.WriteStartArray("lines");
        var style = default(AnsiStyle);
        var html = new StringBuilder();
        foreach (var line in read.Lines)
        {
            html.Clear();
            style = LogLineHtml.Render(line.Text, style, html);
            if (line.Number < firstWanted || line.Number >= firstWanted + count)
            {
                continue;
            }

            var cut = line.CutBytes + Math.Max(0, line.Text.Length - LogLineHtml.LongestDrawn);
            if (cut > 0)
            {
                html.Append("<i class=\"cut\">… ").Append(cut.ToString("#,0", CultureInfo.InvariantCulture)).Append(" more, see the raw log</i>");
            }

            json.WriteStartArray();
            json.WriteStringValue(html.ToString());
            json.WriteNumberValue(line.Time.ToUnixTimeMilliseconds());
            json.WriteNumberValue(line.Node ?? 0);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static int? Node(HttpContext context) => int.TryParse(context.Request.Query["node"], out var node) ? node : null;

    /// <summary>The run, if there is one that the caller may read; otherwise the request is answered. Who may not read a run does not learn that it exists.</summary>
    private async Task<RunId?> FindRunAsync(HttpContext context)
    {
        var access = PageEndpoints.RequireAccess(context);
        if (long.TryParse(context.Request.Query["run"], out var id)
            && await _jobs.FindAsync(new RunId(id), context.RequestAborted) is { } job
            && access.May(Permission.Read, job))
        {
            return new RunId(id);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        await context.Response.WriteAsync($"There is no run with the id '{context.Request.Query["run"]}'.\n", context.RequestAborted);
        return null;
    }
}
