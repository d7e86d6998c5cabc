using Microsoft.AspNetCore.Http;

namespace Slipway.Api.Routing;

internal static class RouteValues
{
    /// <summary>A route's value as text, unescaped; empty where there is none.</summary>
    public static string GetRouteValueText(this HttpContext context, string name) => context.Request.RouteValues[name] as string ?? "";
}
