using Slipway.Feeds;
using Slipway.Web.Hosting;

namespace Slipway.Web.Clouds;

/// <param name="Busy">What the nodes of clouds work on, by their names.</param>
public sealed record CloudsModel(IReadOnlyList<CloudView> Clouds, ConfigurationView Configuration, ILookup<string, ExecutorView> Busy, DateTimeOffset Now);

internal static class CloudPages
{
    public static async Task<Page?> ReadAsync(PageRequest request, IServiceProvider services, CancellationToken cancellation)
    {
        var clouds = services.GetRequiredService<ICloudReads>();
        var nodes = await services.GetRequiredService<INodeReads>().ListAsync(cancellation);
        var model = new CloudsModel(
            clouds.List(),
            clouds.Configuration,
            nodes.SelectMany(n => n.Busy.Select(b => (n.Name, Busy: b))).ToLookup(b => b.Name, b => b.Busy),
            services.GetRequiredService<TimeProvider>().GetUtcNow());
        return Page.Of<CloudsContent>("Clouds", model) with
        {
            Section = PageSection.Nodes,
            Crumbs = [new Crumb("Nodes", "computer/"), new Crumb("Clouds", "manage/clouds/")],
            Watch = "clouds&nodes",
        };
    }
}

internal static class CloudActions
{
    private const string Href = "manage/clouds/";

    public static Task<ActionResult> CheckAsync(ActionRequest request, CancellationToken cancellation) =>
        Task.FromResult(new ActionResult(request.Service<ICloudCommands>().StartCheck(request["cloud"] ?? "", request.Caller), Href));

    public static async Task<ActionResult> ReloadAsync(ActionRequest request, CancellationToken cancellation) =>
        new(await request.Service<ICloudCommands>().ReloadAsync(request.Caller, cancellation), Href, "The configuration was read again.");
}
