using System.Security.Cryptography;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Slipway.Web.Layout;

namespace Slipway.Web.Hosting;

/// <summary>Draws components to bytes. A rendering is complete before the first byte is sent: what fails in it becomes an error page, never half a page.</summary>
internal sealed class PageRenderer(IServiceProvider services, ILoggerFactory loggers)
{
    /// <summary>The whole document.</summary>
    public Task<Rendering> RenderDocumentAsync(Page page, DocumentFrame frame) =>
        RenderAsync(typeof(Document), new Dictionary<string, object?> { [nameof(Document.Page)] = page, [nameof(Document.Frame)] = frame }, page.Status);

    /// <summary>What of the page changes while it is looked at: its title and content, without anything that belongs to one viewer.</summary>
    public Task<Rendering> RenderFragmentAsync(Page page) =>
        RenderAsync(typeof(Fragment), new Dictionary<string, object?> { [nameof(Fragment.Page)] = page }, page.Status);

    private async Task<Rendering> RenderAsync(Type component, Dictionary<string, object?> parameters, int status)
    {
        await using var renderer = new HtmlRenderer(services, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var root = await renderer.RenderComponentAsync(component, ParameterView.FromDictionary(parameters));
            using var memory = new MemoryStream(32 * 1024);
            await using (var writer = new StreamWriter(memory, leaveOpen: true))
            {
                root.WriteHtmlTo(writer);
            }

            return Rendering.Of(memory.ToArray(), status);
        });
    }
}

/// <summary>What of a document belongs to the request rather than to the page.</summary>
/// <param name="BasePath">The server's root as the browser sees it, with slashes at both ends.</param>
/// <param name="Path">The page's own path and query, relative to the root.</param>
/// <param name="Theme"><c>light</c>, <c>dark</c>, or null for what the system prefers.</param>
/// <param name="FeedPosition">The newest change when the page was read: the feed goes on behind it.</param>
public sealed record DocumentFrame(string BasePath, string Path, string? Theme, string? Crumb, string? UserId, string? UserName, bool IsOpen, string FeedPosition);

internal sealed record Rendering(byte[] Html, string ETag, int Status)
{
    public static Rendering Of(byte[] html, int status) => new(html, $"\"{Convert.ToHexStringLower(SHA256.HashData(html))[..16]}\"", status);
}
