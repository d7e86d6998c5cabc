using System.Globalization;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Web.Hosting;

/// <summary>
/// Accepts the paths below <c>/job/</c> that are pages, so that every other one (<c>api/json</c>, <c>config.xml</c>, <c>artifact/…</c>) stays with the HTTP API.
/// <c>{**path:jobpage(read)}</c> takes the pages for readers, <c>build</c> and <c>configure</c> those that need more.
/// </summary>
internal sealed class JobPageConstraint(string permission) : IRouteConstraint
{
    public const string Name = "jobpage";

    private readonly Permission _permission = Enum.Parse<Permission>(permission, ignoreCase: true);

    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection)
    {
        var path = Convert.ToString(values[routeKey], CultureInfo.InvariantCulture) ?? "";
        var escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        return JobRoute.TryParse("job/" + escaped, out var parsed) && NeedOf(parsed) == _permission;
    }

    /// <summary>What a page needs; null where the path is no page.</summary>
    public static Permission? NeedOf(JobRoute route) => (route.Run, route.Rest) switch
    {
        (null, "") => Permission.Read,
        (null, "build") => Permission.Build,
        (null, "configure" or "newJob") => Permission.Configure,
        (not null, "" or "console" or "consoleFull" or "testReport" or "artifact" or "changes") => Permission.Read,
        _ => null,
    };
}
