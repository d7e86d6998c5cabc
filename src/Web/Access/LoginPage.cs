using Slipway.Web.Hosting;

namespace Slipway.Web.Access;

/// <param name="From">Where to go after the login: a path of this server, never another one.</param>
/// <param name="Fault">Why the last attempt was refused; null for the first.</param>
public sealed record LoginModel(string From, string? Fault);

internal static class LoginPage
{
    public static Task<Page?> ReadAsync(PageRequest request, IServiceProvider services, CancellationToken cancellation)
    {
        var model = new LoginModel(SafeTarget(request["from"]), FaultOf(request["error"]));
        return Task.FromResult<Page?>(Page.Of<LoginView>("Log in", model) with { Section = PageSection.None });
    }

    private static string? FaultOf(string? error) => error switch
    {
        null => null,
        "pause" => "Too many attempts failed. Wait a minute, then try again.",
        _ => "Wrong user name or password.",
    };

    /// <summary>A path of this server; anything that a browser could read as another host becomes the front page.</summary>
    public static string SafeTarget(string? from) =>
        from is ['/', not ('/' or '\\'), ..] && !from.Any(char.IsControl) && !from.Contains('\\') ? from : "/";
}
