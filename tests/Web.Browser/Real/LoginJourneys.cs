using Microsoft.Playwright;

namespace Slipway.Web.Browser.Real;

public sealed class LoginJourneys(ChromiumFixture chromium) : RealJourney(chromium)
{
    protected override bool RequireLogin => true;

    [Fact]
    public async Task Who_is_not_logged_in_sees_the_login_and_comes_to_the_page_that_was_asked_for()
    {
        var password = (await File.ReadAllTextAsync(Path.Combine(Data, "server", "secrets", "initialAdminPassword"), Cancellation)).Trim();

        // Browsers report a page that is refused.
        Expected.Add("40");
        await Page.GotoAsync("computer/");
        await LogInAsync("admin", "not the password");
        await Expect(Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await Expect(Page.GetByRole(AriaRole.Link, new() { Name = "New node" })).ToHaveCountAsync(0);
        await LogInAsync("admin", password);
        await Expect(Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Nodes");
        await Expect(Page.Locator(".user")).ToHaveTextAsync("Administrator");

        // What the logged-in may do works with the session's crumb.
        await CreateJobAsync("guarded", "echo 'hello'");
        await RunAsync(1);
        await EndsAsync("Success");

        await Page.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
        await Page.GotoAsync("job/guarded/");
        await Expect(Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Log in to Slipway");
        Assert.DoesNotContain("guarded</", await Page.ContentAsync(), StringComparison.Ordinal);
    }

    private async Task LogInAsync(string user, string password)
    {
        await Page.GetByLabel("User name").FillAsync(user);
        await Page.GetByLabel("Password").FillAsync(password);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
    }
}
