namespace Slipway.Web.Hosting;

internal static class AssetEndpoint
{
    /// <summary>An asset of this build. Another version's address is answered too, but not kept: a page that was loaded before an update goes on until it is reloaded.</summary>
    public static async Task ServeAsync(HttpContext context)
    {
        var name = context.Request.RouteValues["name"] as string ?? "";
        var response = context.Response;
        if (WebAssets.Find(name) is not { } asset)
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var current = context.Request.RouteValues["version"] as string == WebAssets.Version;
        response.Headers.CacheControl = current ? "public, max-age=31536000, immutable" : "no-store";
        response.Headers.Vary = "Accept-Encoding";
        response.ContentType = asset.ContentType;
        var body = asset.Content;
        if (context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.OrdinalIgnoreCase))
        {
            body = asset.Compressed;
            response.Headers.ContentEncoding = "br";
        }

        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, context.RequestAborted);
    }
}
