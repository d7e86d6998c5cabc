using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Slipway.Api.Access;

/// <summary>The two cookies of the access layer. Neither can be read by scripts, and neither is sent with another site's requests that change something.</summary>
internal static class AccessCookies
{
    /// <summary>A login.</summary>
    public const string Session = "slipway-session";

    /// <summary>What a crumb belongs to where there is no login session (Basic, or a server that runs open).</summary>
    public const string Crumb = "slipway-crumb";

    public static void Set(HttpContext context, string name, string value) => context.Response.Cookies.Append(name, value, OptionsFor(context));

    public static void Delete(HttpContext context, string name) => context.Response.Cookies.Delete(name, OptionsFor(context));

    private static CookieOptions OptionsFor(HttpContext context) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = context.Request.IsHttps || context.RequestServices.GetRequiredService<AccessOptions>().RootUrl?.Scheme == Uri.UriSchemeHttps,
        Path = "/",
        IsEssential = true,
    };
}
