using System.Net;
using System.Text.RegularExpressions;
using Slipway.Api.Tests.Testing;

namespace Slipway.Api.Tests.Access;

/// <summary>The pages behind the access layer, as a browser uses them.</summary>
public sealed partial class PageTests(GuardedServer guarded, OpenServer open)
{
    [Fact]
    public async Task The_crumb_of_a_page_lets_its_form_through_after_a_login()
    {
        using var browser = BrowserOf(guarded);
        await ApiClient.ExpectAsync(HttpStatusCode.Redirect, await browser.PostFormAsync("j_spring_security_check", ("j_username", "admin"), ("j_password", guarded.Password), ("from", "/")));
        await CreateThroughFormAsync(browser);
    }

    [Fact]
    public async Task The_crumb_of_a_page_lets_its_form_through_on_an_open_server()
    {
        using var browser = BrowserOf(open);
        await CreateThroughFormAsync(browser);
    }

    [Fact]
    public async Task A_page_without_a_login_shows_nothing_but_the_login()
    {
        using var browser = BrowserOf(guarded);
        foreach (var path in (string[])["", "queue", "computer", "job/x/", "newJob", "nowhere"])
        {
            using var answer = await browser.GetAsync(path);
            await ApiClient.ExpectAsync(HttpStatusCode.Redirect, answer);
            Assert.StartsWith("/login?from=", answer.Headers.Location!.ToString());
        }
    }

    [Fact]
    public async Task A_page_that_is_nothing_is_a_page_and_an_API_path_that_is_nothing_a_text()
    {
        using var browser = BrowserOf(open);
        using var page = await browser.GetAsync("nowhere");
        Assert.Equal((HttpStatusCode.NotFound, "text/html"), (page.StatusCode, page.Content.Headers.ContentType!.MediaType));
        using var text = await browser.GetAsync("nowhere/api/json");
        Assert.Equal((HttpStatusCode.NotFound, "text/plain"), (text.StatusCode, text.Content.Headers.ContentType!.MediaType));
    }

    private static ApiClient BrowserOf(ServerFixture server)
    {
        var browser = server.NewClient();
        browser.Headers.Accept.ParseAdd("text/html");
        browser.Headers.Add("Sec-Fetch-Site", "same-origin");
        browser.Headers.Add("Sec-Fetch-Mode", "navigate");
        return browser;
    }

    private static async Task CreateThroughFormAsync(ApiClient browser)
    {
        var page = await browser.TextAsync("newJob");
        var crumb = Crumb().Match(page);
        Assert.True(crumb.Success, page);
        var name = Builds.NewName("folder");
        (string, string)[] fields = [("name", name), ("kind", "folder")];
        Assert.StartsWith("No valid crumb", await ApiClient.RefusalAsync(HttpStatusCode.Forbidden, browser.PostFormAsync("ui/job/create", fields)));
        using var created = await browser.PostFormAsync("ui/job/create", [.. fields, ("Jenkins-Crumb", crumb.Groups[1].Value)]);
        await ApiClient.ExpectAsync(HttpStatusCode.SeeOther, created);
        Assert.Equal($"/job/{name}/", created.Headers.Location!.ToString());
        Assert.Contains(name, await browser.TextAsync($"job/{name}/"));
    }

    [GeneratedRegex("name=\"Jenkins-Crumb\" value=\"([0-9a-f]+)\"")]
    private static partial Regex Crumb();
}
