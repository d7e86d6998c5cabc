using System.Net;
using System.Text.Json;
using Slipway.Api.Tests.Testing;

namespace Slipway.Api.Tests.Access;

public sealed class CrumbTests(GuardedServer server)
{
    [Fact]
    public async Task The_crumb_s_description_holds_texts_alone_and_comes_with_a_cookie()
    {
        using var client = server.NewAdministrator();
        using var answer = await client.GetAsync("crumbIssuer/api/json");
        var crumb = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal(["_class", "crumb", "crumbRequestField"], crumb.EnumerateObject().Select(p => p.Name));
        Assert.All(crumb.EnumerateObject(), p => Assert.Equal(JsonValueKind.String, p.Value.ValueKind));
        Assert.Equal("hudson.security.csrf.DefaultCrumbIssuer", crumb.GetProperty("_class").GetString());
        Assert.Equal("Jenkins-Crumb", crumb.GetProperty("crumbRequestField").GetString());
        Assert.Single(answer.Headers.GetValues("Set-Cookie"));
    }

    [Fact]
    public async Task The_crumb_is_there_as_XML_and_where_clients_ask_for_it_twice_over()
    {
        using var client = server.NewAdministrator();
        Assert.StartsWith("<defaultCrumbIssuer _class=\"hudson.security.csrf.DefaultCrumbIssuer\"><crumb>", await client.TextAsync("crumbIssuer/api/xml"));
        Assert.True((await client.JsonAsync("crumbIssuer/api/json/api/json")).TryGetProperty("crumb", out _));
    }

    [Fact]
    public async Task A_password_with_its_session_s_crumb_may_change_something()
    {
        using var client = await server.NewAdministrator().WithCrumbAsync();
        await client.CreateJobAsync("echo 'x'");
    }

    [Fact]
    public async Task A_crumb_as_a_form_field_counts()
    {
        using var client = server.NewAdministrator();
        var crumb = (await client.JsonAsync("crumbIssuer/api/json")).GetProperty("crumb").GetString()!;
        using var answer = await client.PostFormAsync("createItem", ("name", Builds.NewName("folder")), ("mode", "com.cloudbees.hudson.plugins.folder.Folder"), ("Jenkins-Crumb", crumb));
        await ApiClient.ExpectAsync(HttpStatusCode.Redirect, answer);
    }

    [Fact]
    public async Task Another_session_s_crumb_does_not_count()
    {
        using var attacker = server.NewAdministrator();
        var crumb = (await attacker.JsonAsync("crumbIssuer/api/json")).GetProperty("crumb").GetString();
        using var client = await server.NewAdministrator().WithCrumbAsync();
        client.Headers.Remove("Jenkins-Crumb");
        client.Headers.Add("Jenkins-Crumb", crumb);
        Assert.StartsWith("No valid crumb was included", await ApiClient.RefusalAsync(HttpStatusCode.Forbidden, client.PostAsync("createItem?name=x")));
    }

    [Fact]
    public async Task A_request_that_another_site_s_page_sends_is_refused_even_with_a_crumb()
    {
        using var client = await server.NewAdministrator().WithCrumbAsync();
        client.Headers.Add("Sec-Fetch-Site", "cross-site");
        Assert.Contains("another site", await ApiClient.RefusalAsync(HttpStatusCode.Forbidden, client.PostAsync("createItem?name=x")));
    }

    [Fact]
    public async Task An_API_token_needs_no_crumb_until_it_is_revoked()
    {
        using var administrator = await server.NewAdministrator().WithCrumbAsync();
        const string Tokens = "me/descriptorByName/jenkins.security.ApiTokenProperty/";
        using var made = await administrator.PostFormAsync(Tokens + "generateNewToken", ("newTokenName", "for a test"));
        var token = JsonDocument.Parse(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal("ok", token.GetProperty("status").GetString());
        Assert.Equal("for a test", token.GetProperty("data").GetProperty("tokenName").GetString());

        using var client = server.NewClient().WithBasic("admin", token.GetProperty("data").GetProperty("tokenValue").GetString()!);
        await client.CreateJobAsync("echo 'x'");

        await ApiClient.ExpectAsync(HttpStatusCode.OK, await administrator.PostFormAsync(Tokens + "revoke", ("tokenUuid", token.GetProperty("data").GetProperty("tokenUuid").GetString()!)));
        await ApiClient.RefusalAsync(HttpStatusCode.Unauthorized, client.GetAsync("api/json"));
    }

    [Fact]
    public async Task A_token_belongs_to_its_user()
    {
        using var administrator = await server.NewAdministrator().WithCrumbAsync();
        using var made = await administrator.PostAsync("me/descriptorByName/jenkins.security.ApiTokenProperty/generateNewToken");
        var secret = JsonDocument.Parse(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement.GetProperty("data").GetProperty("tokenValue").GetString()!;
        using var other = server.NewClient().WithBasic("other-user", secret);
        await ApiClient.RefusalAsync(HttpStatusCode.Unauthorized, other.GetAsync("api/json"));
    }
}
