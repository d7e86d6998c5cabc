using System.Net;
using System.Text.RegularExpressions;
using Slipway.Api.Tests.Testing;

namespace Slipway.Api.Tests.Access;

/// <summary>Users, through Jenkins' forms and through the pages.</summary>
public sealed partial class AccountTests(GuardedServer server)
{
    private const string First = "first password";

    [Fact]
    public async Task An_administrator_makes_a_user_who_may_do_everything_but_to_administer()
    {
        var user = await CreateAsync();
        using var client = server.NewClient().WithBasic(user, First);
        Assert.Equal(user, (await client.JsonAsync("me/api/json")).GetProperty("id").GetString());
        await client.WithCrumbAsync();
        await client.CreateJobAsync("echo 'x'");
        foreach (var (method, path) in ((string, string)[])[("POST", "securityRealm/createAccountByAdmin"), ("POST", "user/admin/doDelete"), ("POST", "computer/doCreateItem"), ("GET", "securityRealm/"), ("POST", "ui/user/enable?user=admin&enabled=false")])
        {
            using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
            Assert.Equal((path, HttpStatusCode.Forbidden), (path, answer.StatusCode));
        }

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("user/admin/security/")).StatusCode);
    }

    [Theory]
    [InlineData("", First, First, "cannot be a user name")]
    [InlineData("../x", First, First, "cannot be a user name")]
    [InlineData("Anonymous", First, First, "cannot be a user name")]
    [InlineData("short", "seven77", "seven77", "at least 8")]
    [InlineData("differ", First, "another password", "differ")]
    [InlineData("ADMIN", First, First, "already")]
    public async Task A_user_that_cannot_be_is_refused(string name, string password, string again, string reason)
    {
        using var administrator = await server.NewAdministrator().WithCrumbAsync();
        using var answer = await administrator.PostFormAsync("securityRealm/createAccountByAdmin", ("username", name), ("password1", password), ("password2", again));
        Assert.True(answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Conflict, answer.StatusCode.ToString());
        Assert.Contains(reason, answer.Headers.GetValues("X-Error").Single());
    }

    [Fact]
    public async Task A_changed_password_ends_all_other_sessions_of_the_user_and_no_token()
    {
        var user = await CreateAsync();
        using var here = await LogInAsync(user, First);
        using var elsewhere = await LogInAsync(user, First);
        using var program = server.NewClient().WithBasic(user, await MakeTokenAsync(here));
        var page = $"user/{user}/security/";

        Assert.Contains("differ", await SubmitAsync(here, page, ("current", First), ("password", "second password"), ("again", "third password")));
        Assert.Contains("current password is wrong", await SubmitAsync(here, page, ("current", "guess"), ("password", "second password"), ("again", "second password")));
        Assert.Contains("at least 8", await SubmitAsync(here, page, ("current", First), ("password", "short"), ("again", "short")));
        Assert.Equal(HttpStatusCode.OK, (await elsewhere.GetAsync("me/api/json")).StatusCode);
        Assert.Equal("", await SubmitAsync(here, page, ("current", First), ("password", "second password"), ("again", "second password")));

        Assert.Equal(HttpStatusCode.OK, (await here.GetAsync("me/api/json")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await elsewhere.GetAsync("me/api/json")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync("me/api/json")).StatusCode);
        using var old = server.NewClient().WithBasic(user, First);
        Assert.Equal(HttpStatusCode.Unauthorized, (await old.GetAsync("me/api/json")).StatusCode);
        Assert.Contains(server.Logged, l => l.Contains($"{user} changed the password of {user}", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Logged, l => l.Contains("second password", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_administrator_gives_another_user_a_password_and_their_sessions_end()
    {
        var user = await CreateAsync();
        using var session = await LogInAsync(user, First);
        using var administrator = await LogInAsync("admin", server.Password);

        Assert.Equal("", await SubmitAsync(administrator, $"user/{user}/security/", ("password", "given password"), ("again", "given password")));

        Assert.Equal(HttpStatusCode.Unauthorized, (await session.GetAsync("me/api/json")).StatusCode);
        using var again = await LogInAsync(user, "given password");
        Assert.Equal(user, (await again.JsonAsync("me/api/json")).GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_disabled_user_is_refused_by_every_way_until_enabled_again()
    {
        var user = await CreateAsync();
        using var session = await LogInAsync(user, First);
        using var token = server.NewClient().WithBasic(user, await MakeTokenAsync(session));
        using var password = server.NewClient().WithBasic(user, First);
        await ApiClient.ExpectAsync(HttpStatusCode.OK, await password.GetAsync("me/api/json"));
        using var administrator = await server.NewAdministrator().WithCrumbAsync();

        await ApiClient.ExpectAsync(HttpStatusCode.SeeOther, await administrator.PostAsync($"ui/user/enable?user={user}&enabled=false"));
        foreach (var client in (ApiClient[])[session, token, password])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("me/api/json")).StatusCode);
        }

        await ApiClient.ExpectAsync(HttpStatusCode.SeeOther, await administrator.PostAsync($"ui/user/enable?user={user}&enabled=true"));
        Assert.Equal(HttpStatusCode.OK, (await token.GetAsync("me/api/json")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await session.GetAsync("me/api/json")).StatusCode);
    }

    [Fact]
    public async Task A_deleted_user_is_gone_and_nobody_deletes_themselves()
    {
        var user = await CreateAsync();
        using var session = await LogInAsync(user, First);
        using var administrator = await server.NewAdministrator().WithCrumbAsync();
        await ApiClient.ExpectAsync(HttpStatusCode.Redirect, await administrator.PostAsync($"user/{user}/doDelete"));

        Assert.Equal(HttpStatusCode.Unauthorized, (await session.GetAsync("me/api/json")).StatusCode);
        await ApiClient.RefusalAsync(HttpStatusCode.NotFound, administrator.PostAsync($"user/{user}/doDelete"));
        Assert.Contains("yourself", await ApiClient.RefusalAsync(HttpStatusCode.Conflict, administrator.PostAsync("user/Admin/doDelete")));
        Assert.DoesNotContain($">{user}<", await administrator.TextAsync("securityRealm/"));
    }

    [Fact]
    public async Task The_token_of_another_user_cannot_be_revoked()
    {
        var (one, other) = (await CreateAsync(), await CreateAsync());
        using var owner = await LogInAsync(one, First);
        using var program = server.NewClient().WithBasic(one, await MakeTokenAsync(owner));
        var id = Token().Match(await owner.TextAsync($"user/{one}/security/")).Groups[1].Value;
        using var stranger = await (await LogInAsync(other, First)).WithCrumbAsync();

        await ApiClient.ExpectAsync(HttpStatusCode.NotFound, await stranger.PostAsync($"ui/user/token/revoke?user={one}&token={id}"));
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync("me/api/json")).StatusCode);
        await owner.WithCrumbAsync();
        await ApiClient.ExpectAsync(HttpStatusCode.SeeOther, await owner.PostAsync($"ui/user/token/revoke?user={one}&token={id}"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await program.GetAsync("me/api/json")).StatusCode);
    }

    private async Task<string> CreateAsync()
    {
        var user = Builds.NewName("user");
        using var administrator = await server.NewAdministrator().WithCrumbAsync();
        await ApiClient.ExpectAsync(HttpStatusCode.Redirect, await administrator.PostFormAsync("securityRealm/createAccountByAdmin", ("username", user), ("password1", First), ("password2", First), ("fullname", "A Test"), ("email", "")));
        return user;
    }

    private async Task<ApiClient> LogInAsync(string user, string password)
    {
        var browser = server.NewClient();
        using var login = await browser.PostFormAsync("j_spring_security_check", ("j_username", user), ("j_password", password), ("from", "/"));
        Assert.Equal("/", login.Headers.Location!.ToString());
        return browser;
    }

    /// <summary>Sends the password form of a page as its script does; the fault, or nothing.</summary>
    private static async Task<string> SubmitAsync(ApiClient browser, string page, params (string, string)[] fields)
    {
        var html = await browser.TextAsync(page);
        using var request = new HttpRequestMessage(HttpMethod.Post, WebUtility.HtmlDecode(Form().Match(html).Groups[1].Value));
        request.Headers.Add("X-Slipway-Action", "1");
        request.Content = new FormUrlEncodedContent(fields.Append(("Jenkins-Crumb", Crumb().Match(html).Groups[1].Value)).Select(f => KeyValuePair.Create(f.Item1, f.Item2)));
        using var answer = await browser.SendAsync(request);
        return answer.IsSuccessStatusCode ? "" : await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<string> MakeTokenAsync(ApiClient browser)
    {
        var crumb = Crumb().Match(await browser.TextAsync("queue/")).Groups[1].Value;
        using var answer = await browser.PostFormAsync("ui/user/token", ("name", "a test's"), ("Jenkins-Crumb", crumb));
        await ApiClient.ExpectAsync(HttpStatusCode.OK, answer);
        return Secret().Match(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Groups[1].Value;
    }

    [GeneratedRegex("name=\"Jenkins-Crumb\" value=\"([0-9a-f]+)\"")]
    private static partial Regex Crumb();

    [GeneratedRegex("action=\"(ui/user/password[^\"]*)\"")]
    private static partial Regex Form();

    [GeneratedRegex("data-token[^>]*>([0-9a-f]{64})<")]
    private static partial Regex Secret();

    [GeneratedRegex("token/revoke\\?user=[^\"]*?token=([0-9a-f-]{36})")]
    private static partial Regex Token();
}
