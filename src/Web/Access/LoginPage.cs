using Slipway.Web.Hosting;

namespace Slipway.Web.Access;

/// <param name="From">Where to go after the login: a path of this server, never another one.</param>
/// <param name="Fault">Why the last attempt was refused; null for the first.</param>
public sealed record LoginModel(string From, string? Fault);

internal static class LoginPage
{
    public static Task<Page?> ReadAsync(PageRequest request, IServiceProvider services, CancellationToken cancellation)
    {
        var model = new LoginModel(SafeTarget(request["from"]), FaultOf(request["error"], request.Number("seconds")));
        return Task.FromResult<Page?>(Page.Of<LoginView>("Log in", model) with { Section = PageSection.None });
    }

    private static string? FaultOf(string? error, int? seconds) => error switch
    {
        null => null,
        "pause" => $"There were too many failed logins, so not even the right password is looked at for a while. Try again {WhenOf(seconds)}.",
        _ => "Wrong user name or password.",
    };

    // What stands in an address can be anything; the longest pause is five minutes.
    private static string WhenOf(int? seconds) => seconds switch
    {
        1 => "in one second",
        > 1 and <= 90 => $"in {seconds} seconds",
        > 90 and <= 300 => $"in {(seconds + 59) / 60} minutes",
        _ => "in a few minutes",
    };

    /// <summary>A path of this server; anything that a browser could read as another host becomes the front page.</summary>
    public static string SafeTarget(string? from) =>
        from is ['/', not ('/' or '\\'), ..] && !from.Any(char.IsControl) && !from.Contains('\\') ? from : "/";
}
