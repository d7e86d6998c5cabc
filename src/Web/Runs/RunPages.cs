using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Controls;
using Slipway.Web.Hosting;
using Slipway.Web.Jobs;

namespace Slipway.Web.Runs;

internal static class RunPages
{
    public static async Task<Page?> ReadAsync(PageRequest request, IServiceProvider services, CancellationToken cancellation)
    {
        var runs = services.GetRequiredService<IRunReads>();
        if (request.Route is not { Run: { } reference } route || await runs.FindAsync(route.Job, reference, cancellation) is not { } detail)
        {
            return null;
        }

        var tab = TabOf(request, route.Rest);
        var tests = tab == RunTab.Tests
            ? TestsModel.Build(await runs.ReadTestsAsync(detail.Run.Id, cancellation), request["q"], request["suite"])
            : null;
        var number = detail.Run.Number;
        var around = await runs.ListAsync(route.Job, number + 2, 3, cancellation);
        var model = RunPageModel.Build(
            detail,
            request,
            tab,
            tests,
            around.FirstOrDefault(r => r.Number < number),
            around.LastOrDefault(r => r.Number > number),
            services.GetRequiredService<TimeProvider>().GetUtcNow())
        with
        {
            NodeStarts = tab == RunTab.Details ? [.. (await runs.ReadNodeStartsAsync(detail.Run.Id, cancellation)).Select(NodeStartModel.Of).OfType<NodeStartModel>()] : [],
        };
        return Page.Of<RunContent>($"{model.Tone.Word()}: {detail.Run.JobPath.Name} #{number}", model) with
        {
            Crumbs = [.. JobCrumbs.Of(route.Job), new Crumb($"#{number}", model.Path)],
            Watch = detail.Run.State == RunState.Finished ? $"job={Uri.EscapeDataString(route.Job.Value)}" : $"run={detail.Run.Id}",
            Tone = model.Tone,
            FillsWindow = tab is RunTab.Pipeline or RunTab.Console,
        };
    }

    private static RunTab TabOf(PageRequest request, string rest) => rest switch
    {
        "console" or "consoleFull" => RunTab.Console,
        "testReport" => RunTab.Tests,
        "artifact" => RunTab.Artifacts,
        "changes" => RunTab.Changes,
        _ => Enum.TryParse<RunTab>(request["view"], ignoreCase: true, out var tab) ? tab : RunTab.Pipeline,
    };
}
