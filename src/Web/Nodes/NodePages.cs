using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Hosting;

namespace Slipway.Web.Nodes;

public sealed record NodesModel(IReadOnlyList<NodeView> Nodes, PageRights Rights, DateTimeOffset Now);

/// <param name="AgentUrl">Where its agent is told to connect to; null: to the address that the reader uses.</param>
/// <param name="Secret">What the node's agent must present; null for who may not know it, and for on-demand nodes.</param>
public sealed record NodeModel(NodeView Node, Uri? AgentUrl, string? Secret, PageRights Rights, DateTimeOffset Now)
{
    public string Href => $"computer/{Uri.EscapeDataString(Node.Name)}/";
}

internal static class NodePages
{
    public static async Task<Page?> ReadAllAsync(PageRequest request, IServiceProvider services, CancellationToken cancellation)
    {
        var nodes = await services.GetRequiredService<INodeReads>().ListAsync(cancellation);
        var model = new NodesModel(nodes, request.Rights, services.GetRequiredService<TimeProvider>().GetUtcNow());
        return Page.Of<NodesContent>("Nodes", model) with { Section = PageSection.Nodes, Watch = "nodes" };
    }

    public static Task<Page?> ReadNewAsync(PageRequest request, IServiceProvider services, CancellationToken cancellation) =>
        Task.FromResult<Page?>(Page.Of<NewNodeContent>("New node", null) with { Section = PageSection.Nodes, Crumbs = [new Crumb("Nodes", "computer/"), new Crumb("New node", "computer/new")] });

    public static async Task<Page?> ReadOneAsync(PageRequest request, IServiceProvider services, CancellationToken cancellation)
    {
        var name = Uri.UnescapeDataString(request.Path.TrimEnd('/').Split('/')[^1]);
        if (await services.GetRequiredService<INodeReads>().FindAsync(name, cancellation) is not { } node)
        {
            return null;
        }

        string? secret = null;
        if (request.Rights.MayAdminister && node.Kind == NodeKind.Permanent)
        {
            secret = (await services.GetRequiredService<INodeCommands>().ReadSecretAsync(node.Name, request.Access.Caller, cancellation)).Value;
        }

        var model = new NodeModel(node, services.GetRequiredService<INodeReads>().AgentUrl, secret, request.Rights, services.GetRequiredService<TimeProvider>().GetUtcNow());
        return Page.Of<NodeContent>(node.Name, model) with
        {
            Section = PageSection.Nodes,
            Crumbs = [new Crumb("Nodes", "computer/"), new Crumb(node.Name, model.Href)],
            Watch = "nodes",
        };
    }
}
