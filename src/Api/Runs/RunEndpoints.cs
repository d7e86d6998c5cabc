using System.Text.Json;
using Microsoft.AspNetCore.Http;
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
        routes.Run("GET", Permission.Read, (context, route) => WithDetailAsync(context, route, run =>
            RemoteApi.WriteAsync(context, route.Rest["api/".Length..], new RunModels(Outcomes.RootUrl(context), runs).Of(run))), "api/");
        routes.Run("GET", Permission.Read, (context, route) => WithDetailAsync(context, route, run => TestReports.WriteAsync(context, route, run, runs)), "testReport/api/");
        routes.Run("GET", Permission.Read, (context, route) => WithDetailAsync(context, route, run => ArtifactFiles.ServeAsync(context, route.Rest["artifact/".Length..], run, runs)), "artifact/");
        routes.Run("ANY", Permission.Read, (context, route) => WithRunAsync(context, route, run => Consoles.ProgressiveAsync(context, run, runs, html: false)), "logText/progressiveText");
        routes.Run("ANY", Permission.Read, (context, route) => WithRunAsync(context, route, run => Consoles.ProgressiveAsync(context, run, runs, html: true)), "logText/progressiveHtml");
        routes.Run("GET", Permission.Read, (context, route) => WithRunAsync(context, route, run => Consoles.WholeAsync(context, run, runs)), "consoleText");
        routes.Run("POST", Permission.Build, StopAsync, "stop");
        routes.Run("POST", Permission.Build, EndAsync, "term", "kill");
        routes.Run("POST", Permission.Configure, DeleteAsync, "doDelete");
        routes.Run("POST", Permission.Build, DescribeAsync, "submitDescription", "configSubmit");
        routes.Run("POST", Permission.Configure, ToggleKeepAsync, "toggleLogKeep");
    }

    private async Task WithDetailAsync(HttpContext context, JobRoute route, Func<RunDetailView, Task> use) =>
        await (await runs.FindAsync(route.Job, route.Run!.Value, context.RequestAborted) is { } run ? use(run) : MissingAsync(context, route));

    private async Task WithRunAsync(HttpContext context, JobRoute route, Func<RunView, Task> use) =>
        await (await runs.FindRowAsync(route.Job, route.Run!.Value, context.RequestAborted) is { } run ? use(run) : MissingAsync(context, route));

    private Task StopAsync(HttpContext context, JobRoute route) => WithRunAsync(context, route, async run => await Outcomes.RedirectAsync(
        context,
        await commands.StopAsync(run.Id, hard: false, Outcomes.CallerOf(context), context.RequestAborted),
        UrlPath(run)));

    /// <summary>As in Jenkins these two, unlike stop, answer 200.</summary>
    private Task EndAsync(HttpContext context, JobRoute route) => WithRunAsync(context, route, async run => await Outcomes.DoneAsync(
        context,
        await commands.StopAsync(run.Id, hard: true, Outcomes.CallerOf(context), context.RequestAborted)));

    private Task DeleteAsync(HttpContext context, JobRoute route) => WithRunAsync(context, route, async run => await Outcomes.RedirectAsync(
        context,
        await commands.DeleteAsync(run.Id, Outcomes.CallerOf(context), context.RequestAborted),
        run.JobPath.ToUrlPath()));

    private Task DescribeAsync(HttpContext context, JobRoute route) => WithRunAsync(context, route, async run =>
    {
        var description = await RequestBody.ReadValueAsync(context, "description");
        var name = await RequestBody.ReadValueAsync(context, "displayName");
        if (await RequestBody.ReadValueAsync(context, "json") is { Length: > 0 } json)
        {
            try
            {
                using var document = JsonDocument.Parse(json);
                description ??= document.RootElement.TryGetProperty("description", out var text) ? text.GetString() : null;
                name ??= document.RootElement.TryGetProperty("displayName", out var shown) ? shown.GetString() : null;
            }
            catch (Exception fault) when (fault is JsonException or InvalidOperationException)
            {
                await Outcomes.InvalidAsync(context, $"The form field json cannot be read: {fault.Message}");
                return;
            }
        }

        await Outcomes.RedirectAsync(context, await commands.DescribeAsync(run.Id, name, description, Outcomes.CallerOf(context), context.RequestAborted), UrlPath(run));
    });

    private Task ToggleKeepAsync(HttpContext context, JobRoute route) => WithRunAsync(context, route, async run => await Outcomes.RedirectAsync(
        context,
        await commands.SetKeptForeverAsync(run.Id, !run.IsKeptForever, Outcomes.CallerOf(context), context.RequestAborted),
        UrlPath(run)));

    private static Task MissingAsync(HttpContext context, JobRoute route) =>
        Outcomes.NotFoundAsync(context, route.Run!.Value.Number is { } number ? $"There is no run {route.Job} #{number}." : $"{route.Job} has no {route.Run.Value.Permalink}.");

    private static string UrlPath(RunView run) => $"{run.JobPath.ToUrlPath()}{run.Number}/";
}
