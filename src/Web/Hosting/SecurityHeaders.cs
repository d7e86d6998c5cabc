namespace Slipway.Web.Hosting;

/// <summary>What browsers are told of every answer: nothing inline, nothing from elsewhere, never in a frame.</summary>
internal static class SecurityHeaders
{
    public const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    public static EndpointFilterDelegate Filter(EndpointFilterFactoryContext context, EndpointFilterDelegate next) => invocation =>
    {
        var headers = invocation.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "deny";
        headers["Referrer-Policy"] = "same-origin";
        return next(invocation);
    };
}
