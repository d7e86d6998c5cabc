using Microsoft.AspNetCore.Http;
using Slipway.Api.Access;
using Slipway.Api.Rendering;
using Slipway.Api.Routing;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Runs;

/// <summary>Runs: what became of them, stopping, deleting, describing.</summary>
internal sealed class RunEndpoints(IRunReads runs, IRunCommands commands)
{
    public void Map(ApiRoutes routes)
    {
        routes.Run("GET", Permission.Read, (context, route) => WithRunAsync(context, route, run =>
            RemoteApi.WriteAsync(context, route.Rest["api/".Length..], RunModels.Of(run, Outcomes.RootUrl(context), runs))), "api/");
        routes.Run("POST", Permission.Build, (context, route) => StopAsync(context, route, hard: false), "stop");
        routes.Run("POST", Permission.Build, (context, route) => StopAsync(context, route, hard: true), "term", "kill");
        routes.Run("POST", Permission.Configure, DeleteAsync, "doDelete");
        routes.Run("POST", Permission.Build, DescribeAsync, "submitDescription", "configSubmit");
        routes.Run("POST", Permission.Build, ToggleKeepAsync, "toggleLogKeep");
        routes.Run("GET", Permission.Read, (context, route) => WithRunAsync(context, route, run => TestReports.WriteAsync(context, route, run, runs)), "testReport/api/");
        routes.Run("GET", Permission.Read, (context, route) => WithRunAsync(context, route, run => ArtifactFiles.ServeAsync(context, route.Rest["artifact/".Length..], run, runs)), "artifact/");
        routes.Run("ANY", Permission.Read, (context, route) => WithRunAsync(context, route, run => Consoles.ProgressiveAsync(context, run, runs, html: false)), "logText/progressiveText");
        routes.Run("ANY", Permission.Read, (context, route) => WithRunAsync(context, route, run => Consoles.ProgressiveAsync(context, run, runs, html: true)), "logText/progressiveHtml");
        routes.Run("GET", Permission.Read, (context, route) => WithRunAsync(context, route, run => Consoles.WholeAsync(context, run, runs)), "consoleText");
    }

    private async Task WithRunAsync(HttpContext context, JobRoute route, Func<RunDetailView, Task> use)
    {
        if (await runs.FindAsync(route.Job, route.Run!.Value, context.RequestAborted) is { } run)
        {
            await use(run);
        }
        else
        {
            await Outcomes.NotFoundAsync(context, route.Run.Value.Number is { } number ? $"There is no run {route.Job} #{number}." : $"{route.Job} has no {route.Run.Value.Permalink}.");
        }
    }

    private Task StopAsync(HttpContext context, JobRoute route, bool hard) => WithRunAsync(context, route, async run => await Outcomes.RedirectAsync(
        context,
        await commands.StopAsync(run.Run.Id, hard, Outcomes.CallerOf(context), context.RequestAborted),
        UrlPath(run)));

    private Task DeleteAsync(HttpContext context, JobRoute route) => WithRunAsync(context, route, async run => await Outcomes.RedirectAsync(
        context,
        await commands.DeleteAsync(run.Run.Id, Outcomes.CallerOf(context), context.RequestAborted),
        run.Run.JobPath.ToUrlPath()));

    private Task DescribeAsync(HttpContext context, JobRoute route) => WithRunAsync(context, route, async run =>
    {
        var description = await Outcomes.ValueAsync(context, "description");
        var name = await Outcomes.ValueAsync(context, "displayName");
        if (await Outcomes.ValueAsync(context, "json") is { Length: > 0 } json)
        {
            try
            {
                using var document = System.Text.Json.JsonDocument.Parse(json);
                description ??= document.RootElement.TryGetProperty("description", out var text) ? text.GetString() : null;
                name ??= document.RootElement.TryGetProperty("displayName", out var shown) ? shown.GetString() : null;
            }
            catch (Exception fault) when (fault is System.Text.Json.JsonException or InvalidOperationException)
            {
                await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, $"The form field json cannot be read: {fault.Message}");
                return;
            }
        }

        await Outcomes.RedirectAsync(context, await commands.DescribeAsync(run.Run.Id, name, description, Outcomes.CallerOf(context), context.RequestAborted), UrlPath(run));
    });

    private Task ToggleKeepAsync(HttpContext context, JobRoute route) => WithRunAsync(context, route, async run => await Outcomes.RedirectAsync(
        context,
        await commands.SetKeptForeverAsync(run.Run.Id, !run.Run.IsKeptForever, Outcomes.CallerOf(context), context.RequestAborted),
        UrlPath(run)));

    private static string UrlPath(RunDetailView run) => $"{run.Run.JobPath.ToUrlPath()}{run.Run.Number}/";
}
