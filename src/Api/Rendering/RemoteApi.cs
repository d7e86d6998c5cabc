using System.Text;
using System.Xml.Linq;
using System.Xml.XPath;
using Microsoft.AspNetCore.Http;
using Slipway.Api.Access;
using Slipway.Api.Routing;

namespace Slipway.Api.Rendering;

/// <summary>Answers <c>api/json</c> and <c>api/xml</c> of any object: <c>tree</c>, <c>depth</c>, <c>pretty</c>; for XML also <c>xpath</c>, <c>exclude</c> and <c>wrapper</c>.</summary>
internal static class RemoteApi
{
    private const int GreatestDepth = 10;

    /// <summary>For a route whose pattern ends with <c>api/{**format}</c>.</summary>
    public static Task WriteAsync(HttpContext context, ApiObject value) => WriteAsync(context, context.GetRouteValueText("format"), value);

    /// <param name="format">What follows <c>api/</c> in the path.</param>
    public static async Task WriteAsync(HttpContext context, string format, ApiObject value)
    {
        // Some clients append api/json to what is one already.
        format = format.Split('/')[0];
        var query = context.Request.Query;
        PrunedObject pruned;
        try
        {
            pruned = query["tree"].ToString() is { Length: > 0 } tree
                ? await Pruner.ByTreeAsync(value, TreeExpression.Parse(tree), context.RequestAborted)
                : await Pruner.ByDepthAsync(value, Math.Clamp(int.TryParse(query["depth"], out var depth) ? depth : 0, 0, GreatestDepth), context.RequestAborted);
        }
        catch (FormatException fault)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, fault.Message);
            return;
        }

        var pretty = query["pretty"].ToString() is "true";
        switch (format)
        {
            case "json":
                await SendAsync(context, "application/json;charset=utf-8", JsonRendering.Write(pruned, pretty));
                break;
            case "xml":
                await WriteXmlAsync(context, XmlRendering.Write(pruned), pretty);
                break;
            case "python":
                // Jenkins' third form is JSON but for the three constants; nobody but Python's eval read it.
                await Refusal.WriteAsync(context, StatusCodes.Status404NotFound, "api/python is not offered. Use api/json.");
                break;
            default:
                await Refusal.WriteAsync(context, StatusCodes.Status404NotFound, $"There is no api/{format}. Use api/json or api/xml.");
                break;
        }
    }

    private static async Task WriteXmlAsync(HttpContext context, XElement root, bool pretty)
    {
        var query = context.Request.Query;
        var formatting = pretty ? SaveOptions.None : SaveOptions.DisableFormatting;
        try
        {
            var document = new XDocument(root);
            foreach (var exclude in query["exclude"])
            {
                Select(document, exclude ?? "").ForEach(Remove);
            }

            if (query["xpath"].ToString() is not { Length: > 0 } path)
            {
                await SendXmlAsync(context, document.Root is null ? "" : document.Root.ToString(formatting));
                return;
            }

            var found = new BoundedNavigator(document.CreateNavigator()).Evaluate(path);
            if (found is not XPathNodeIterator nodes)
            {
                await SendAsync(context, "text/plain;charset=utf-8", Encoding.UTF8.GetBytes(Convert.ToString(found, System.Globalization.CultureInfo.InvariantCulture) ?? ""));
                return;
            }

            await WriteFoundAsync(context, Objects(nodes), query["wrapper"].ToString(), path, formatting);
        }
        catch (XPathException fault)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, $"The XPath is wrong: {fault.Message}");
        }
    }

    private static List<XObject> Select(XDocument document, string path) => Objects(new BoundedNavigator(document.CreateNavigator()).Select(path));

    private static List<XObject> Objects(XPathNodeIterator nodes) => [.. nodes.Cast<XPathNavigator>().Select(n => (XObject)n.UnderlyingObject!)];

    private static void Remove(XObject found)
    {
        if (found is XNode node and not XDocument && node.Parent is not null)
        {
            node.Remove();
        }
    }

    private static async Task WriteFoundAsync(HttpContext context, List<XObject> found, string wrapper, string path, SaveOptions formatting)
    {
        if (wrapper.Length > 0)
        {
            await SendXmlAsync(context, new XElement(System.Xml.XmlConvert.EncodeLocalName(wrapper), found.OfType<XElement>()).ToString(formatting));
            return;
        }

        switch (found)
        {
            case []:
                await Refusal.WriteAsync(context, StatusCodes.Status404NotFound, $"XPath {path} didn't match");
                break;
            case [XElement element]:
                await SendXmlAsync(context, element.ToString(formatting));
                break;
            case [var one]:
                await SendAsync(context, "text/plain;charset=utf-8", Encoding.UTF8.GetBytes(one is XAttribute attribute ? attribute.Value : one.ToString() ?? ""));
                break;
            default:
                await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, $"XPath \"{path}\" matched {found.Count} nodes. Create an XPath that only matches one, or use the \"wrapper\" query parameter to wrap them all under a root element.");
                break;
        }
    }

    private static Task SendXmlAsync(HttpContext context, string xml) => SendAsync(context, "application/xml;charset=utf-8", Encoding.UTF8.GetBytes(xml));

    private static async Task SendAsync(HttpContext context, string type, byte[] body)
    {
        context.Response.ContentType = type;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }
}
