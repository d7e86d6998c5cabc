using Microsoft.AspNetCore.Http;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Access;

/// <summary>
/// Who asks, and what they may do. Until roles come: administrators (and everybody on an open server) everything, who is logged in everything but to administer, and nobody else anything.
/// </summary>
internal sealed class RequestAccess(HttpContext context, Identity identity, AccessOptions options, CrumbIssuer crumbs) : IRequestAccess
{
    private string? _crumb;

    public Identity Identity => identity;

    public Caller Caller { get; } = new(identity.UserId, identity.FullName, RequestSource.AddressOf(context));

    public bool IsOpen => options.IsOpen;

    /// <summary>Made when it is asked for: only then does a client without a session get the cookie that the crumb belongs to.</summary>
    public string? Crumb => _crumb ??= SessionOfCrumb() is { } session ? crumbs.For(identity.UserId, session) : null;

    public bool May(Permission permission, JobPath job) => permission switch
    {
        Permission.Anonymous => true,
        _ when options.IsOpen => true,
        Permission.Administer => identity.IsAdministrator,
        _ => identity.Proof != Proof.None,
    };

    private string? SessionOfCrumb()
    {
        if (identity.Session is { } login)
        {
            return login;
        }

        if (context.Request.Cookies[AccessCookies.Crumb] is { Length: > 0 } cookie)
        {
            return cookie;
        }

        if (context.Response.HasStarted)
        {
            return null;
        }

        var made = SecretText.Create();
        AccessCookies.Set(context, AccessCookies.Crumb, made);
        return made;
    }
}
