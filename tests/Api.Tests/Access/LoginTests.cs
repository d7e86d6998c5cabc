using System.Net;
using Slipway.Api.Tests.Testing;

namespace Slipway.Api.Tests.Access;

public sealed class LoginTests(GuardedServer server)
{
    [Fact]
    public void The_first_password_is_in_a_file_for_the_server_s_user_alone_and_in_the_log()
    {
        var file = Path.Combine(server.DataDirectory, "secrets", "initialAdminPassword");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Contains(server.Logged, l => l.Contains("Log in as 'admin'", StringComparison.Ordinal) && l.Contains(server.Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_login_page_answers_strangers_as_the_health_check_that_it_is()
    {
        using var stranger = server.NewClient();
        using var answer = await stranger.GetAsync("login");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("2.462.3", answer.Headers.GetValues("X-Jenkins").Single());
    }

    [Fact]
    public async Task A_browser_without_a_login_is_sent_to_the_login_page_and_back()
    {
        using var browser = server.NewClient();
        browser.Headers.Accept.ParseAdd("text/html");
        using var answer = await browser.GetAsync("queue?x=1");
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/login?from=%2Fqueue%3Fx%3D1", answer.Headers.Location!.ToString());
    }

    [Fact]
    public async Task A_program_without_a_login_is_told_how_to_send_one()
    {
        using var stranger = server.NewClient();
        using var answer = await stranger.GetAsync("api/json");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Basic", answer.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Contains("A login is needed", answer.Headers.GetValues("X-Error").Single());
    }

    [Fact]
    public async Task What_does_not_exist_is_not_told_to_strangers()
    {
        using var stranger = server.NewClient();
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("job/no-such/api/json")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("no/such/path")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.SendAsync(new HttpRequestMessage(HttpMethod.Delete, "login"))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.SendAsync(new HttpRequestMessage(HttpMethod.Trace, "job/x/api/json"))).StatusCode);
    }

    [Fact]
    public async Task A_session_begins_with_the_login_and_ends_with_the_logout()
    {
        using var browser = server.NewClient();
        using var login = await LogInAsync(browser, server.Password, "/queue");
        Assert.Equal("/queue", login.Headers.Location!.ToString());
        var cookie = Assert.Single(login.Headers.GetValues("Set-Cookie"), c => c.StartsWith("slipway-session=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("admin", (await browser.JsonAsync("me/api/json")).GetProperty("id").GetString());

        var stolen = browser.Cookies.GetCookies(browser.Url)["slipway-session"]!.Value;
        using var logout = await (await browser.WithCrumbAsync()).PostAsync("logout");
        Assert.Equal(HttpStatusCode.Redirect, logout.StatusCode);
        using var thief = server.NewClient();
        thief.Cookies.Add(thief.Url, new Cookie("slipway-session", stolen));
        Assert.Equal(HttpStatusCode.Unauthorized, (await thief.GetAsync("me/api/json")).StatusCode);
    }

    [Fact]
    public async Task A_wrong_password_leads_back_to_the_login_page()
    {
        using var browser = server.NewClient();
        using var login = await LogInAsync(browser, "wrong", "/queue", "somebody");
        Assert.Equal("/login?error=1&from=%2Fqueue", login.Headers.Location!.ToString());
        Assert.False(login.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task After_too_many_wrong_passwords_the_login_page_names_the_pause_and_its_length()
    {
        using var browser = server.NewClient();
        var location = "";
        for (var attempt = 0; attempt < 20 && !location.Contains("pause", StringComparison.Ordinal); attempt++)
        {
            using var login = await LogInAsync(browser, "wrong", "/queue", "paused-user");
            location = login.Headers.Location!.ToString();
        }

        Assert.Matches(@"^/login\?error=pause&seconds=[1-9]\d*&from=%2Fqueue$", location);
        var page = await browser.TextAsync(location.TrimStart('/'));
        Assert.Matches("too many failed logins.* Try again in (one second|\\d+ seconds)", page);
        Assert.DoesNotContain("Wrong user name", page);
    }

    [Theory]
    [InlineData("200", "in 4 minutes")]
    [InlineData("-5", "in a few minutes")]
    [InlineData("99999999999", "in a few minutes")]
    public async Task The_pause_of_a_made_up_address_is_said_within_reason(string seconds, string said)
    {
        using var browser = server.NewClient();
        Assert.Contains($"Try again {said}.", await browser.TextAsync($"login?error=pause&seconds={seconds}"));
    }

    [Fact]
    public async Task A_stranger_cannot_fill_the_server_with_a_form()
    {
        using var stranger = server.NewClient();
        stranger.Headers.ExpectContinue = true;
        foreach (var path in (string[])["login", "logout"])
        {
            Assert.Contains("64 KiB without a login", await ApiClient.RefusalAsync(HttpStatusCode.RequestEntityTooLarge, stranger.PostFormAsync(path, ("j_username", new string('x', 100_000)))));
        }
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("/\tx")]
    [InlineData("relative")]
    public async Task A_login_leads_to_no_other_server(string from)
    {
        using var browser = server.NewClient();
        using var login = await LogInAsync(browser, server.Password, from);
        Assert.Equal("/", login.Headers.Location!.ToString());
    }

    [Fact]
    public async Task A_login_that_another_site_sends_is_refused()
    {
        using var browser = server.NewClient();
        browser.Headers.Add("Origin", "https://evil.example");
        Assert.Contains("another site", await ApiClient.RefusalAsync(HttpStatusCode.Forbidden, LogInAsync(browser, server.Password, "/")));
    }

    [Theory]
    [InlineData("Basic ???")]
    [InlineData("Basic YWRtaW4=")]
    [InlineData("Bearer abc")]
    public async Task Garbled_or_foreign_credentials_are_refused(string header)
    {
        using var client = server.NewClient();
        client.Headers.TryAddWithoutValidation("Authorization", header);
        await ApiClient.RefusalAsync(HttpStatusCode.Unauthorized, client.GetAsync("api/json"));
    }

    [Fact]
    public async Task Guessing_is_slowed_down_and_says_so()
    {
        using var guesser = server.NewClient().WithBasic("guessed-user", "guess");
        string reason;
        var tries = 0;
        do
        {
            reason = await ApiClient.RefusalAsync(HttpStatusCode.Unauthorized, guesser.GetAsync("api/json"));
            tries++;
        }
        while (!reason.StartsWith("There were too many failed logins", StringComparison.Ordinal) && tries < 20);
        Assert.Equal(6, tries);
        Assert.Contains(server.Logged, l => l.Contains("Login of 'guessed-user' from 127.0.0.1 failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_user_name_cannot_write_lines_into_the_log()
    {
        using var client = server.NewClient().WithBasic("evil\nWarning forged", "x");
        await ApiClient.RefusalAsync(HttpStatusCode.Unauthorized, client.GetAsync("api/json"));
        Assert.Contains(server.Logged, l => l.Contains("Login of 'evil?Warning forged'", StringComparison.Ordinal));
    }

    private static Task<HttpResponseMessage> LogInAsync(ApiClient browser, string password, string from, string user = "admin") =>
        browser.PostFormAsync("j_spring_security_check", ("j_username", user), ("j_password", password), ("from", from));
}
