using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Slipway.Api.Routing;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Runs;

/// <summary>Jenkins' <c>wfapi</c>: runs by their stages, and the log of one step.</summary>
internal sealed class StageEndpoints(IJobReads jobs, IRunReads runs, TimeProvider time)
{
    /// <summary>Jenkins shows so many runs, and so much of a step's log: its end.</summary>
    private const int ShownRuns = 10;
    private const int ShownLog = 150 * 1024;

    public void Map(ApiRoutes routes)
    {
        routes.Job("GET", Permission.Read, DescribeJobAsync, "wfapi", "wfapi/describe");
        routes.Job("GET", Permission.Read, ListAsync, "wfapi/runs");
        routes.Run("GET", Permission.Read, (context, route) => WithRunAsync(context, route, run => WriteAsync(context, StageModels.Run(run, time.GetUtcNow()))), "wfapi", "wfapi/describe");
        routes.Run("GET", Permission.Read, (context, route) => WithRunAsync(context, route, run => WriteAsync(context, run.Artifacts.Select((a, i) => StageModels.Artifact(run, a, i)).ToList())), "wfapi/artifacts");

        // Neither is recorded yet, so there is none of either.
        routes.Run("GET", Permission.Read, (context, route) => WithRunAsync(context, route, _ => WriteAsync(context, Array.Empty<object>())), "wfapi/pendingInputActions", "wfapi/changesets");
        routes.Run("GET", Permission.Read, (context, route) => WithRunAsync(context, route, run => DescribeNodeAsync(context, route, run)), "execution/node/");
    }

    private async Task DescribeJobAsync(HttpContext context, JobRoute route)
    {
        if (await jobs.FindAsync(route.Job, context.RequestAborted) is not { Kind: JobKind.Pipeline } job)
        {
            await Outcomes.NotFoundAsync(context, $"There is no pipeline '{route.Job}'.");
            return;
        }

        var path = $"/{route.Job.ToUrlPath()}wfapi/";
        await WriteAsync(context, new Dictionary<string, object?>
        {
            ["_links"] = new Dictionary<string, object?> { ["self"] = new { href = path + "describe" }, ["runs"] = new { href = path + "runs" } },
            ["name"] = job.Path.Name,
            ["runCount"] = Math.Max(0, job.NextNumber - 1),
        });
    }

    private async Task ListAsync(HttpContext context, JobRoute route)
    {
        if (await jobs.FindAsync(route.Job, context.RequestAborted) is null)
        {
            await Outcomes.NotFoundAsync(context, $"There is no job '{route.Job}'.");
            return;
        }

        var listed = new List<object>();
        foreach (var row in await runs.ListAsync(route.Job, null, ShownRuns, context.RequestAborted))
        {
            if (await runs.FindAsync(row.Id, context.RequestAborted) is { } run)
            {
                listed.Add(StageModels.Run(run, time.GetUtcNow()));
            }
        }

        await WriteAsync(context, listed);
    }

    private async Task DescribeNodeAsync(HttpContext context, JobRoute route, RunDetailView run)
    {
        var segments = route.Rest["execution/node/".Length..].Split('/');
        if (segments is not [var id, "wfapi", .. var what] || !int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || run.Nodes.FirstOrDefault(n => n.Id == number) is not { } node)
        {
            await Outcomes.NotFoundAsync(context, $"{run.Run.JobPath} #{run.Run.Number} has nothing at {route.Rest}.");
            return;
        }

        switch (what)
        {
            case [] or ["describe"]:
                await WriteAsync(context, StageModels.NodeWithSteps(run, node, time.GetUtcNow()));
                break;
            case ["log"]:
                await WriteLogAsync(context, run, node);
                break;
            default:
                await Outcomes.NotFoundAsync(context, $"There is no {string.Join('/', what)} of a step; there are describe and log.");
                break;
        }
    }

    /// <summary>The end of what the step itself wrote, as HTML, in Jenkins' words.</summary>
    private async Task WriteLogAsync(HttpContext context, RunDetailView run, FlowNodeView node)
    {
        var from = Math.Max(0, node.LogSize - ShownLog);
        var slice = await runs.ReadLogAsync(run.Run.Id, node.Id, from, ShownLog, context.RequestAborted);
        await WriteAsync(context, new Dictionary<string, object?>
        {
            ["nodeId"] = $"{node.Id}",
            ["nodeStatus"] = StageModels.StatusOf(node),
            ["length"] = slice.Bytes.Length,
            ["hasMore"] = from > 0,
            ["text"] = WebUtility.HtmlEncode(Encoding.UTF8.GetString(slice.Bytes.Span)),
            ["consoleUrl"] = $"{StageModels.Path(run)}console",
        });
    }

    private async Task WithRunAsync(HttpContext context, JobRoute route, Func<RunDetailView, Task> use) =>
        await (await runs.FindAsync(route.Job, route.Run!.Value, context.RequestAborted) is { } run ? use(run) : Outcomes.NotFoundAsync(context, $"There is no such run of {route.Job}."));

    private static Task WriteAsync(HttpContext context, object value) => context.Response.WriteAsJsonAsync(value, context.RequestAborted);
}
