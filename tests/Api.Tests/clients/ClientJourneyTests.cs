using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Slipway.Api.Tests.Testing;

namespace Slipway.Api.Tests.Clients;

/// <summary>Clients of Jenkins as they are, unmodified: they create a job, build it with parameters, follow queue and log, read the result, change and delete it.</summary>
[Trait("Category", "Slow")]
[Collection("clients")]
public sealed class ClientJourneyTests(OpenServer open, GuardedServer guarded)
{
    private const string Python = "/usr/bin/python3";

    [Fact]
    public Task Python_jenkins_works_on_an_open_server() => PythonAsync($"{open.Url}");

    [Fact]
    public async Task Python_jenkins_works_with_an_API_token() => await PythonAsync($"{guarded.Url}", "admin", await NewTokenAsync());

    [Fact]
    public Task Python_jenkins_works_with_a_password_and_crumbs() => PythonAsync($"{guarded.Url}", "admin", guarded.Password);

    [Fact]
    public Task Node_jenkins_works_on_an_open_server() => NodeAsync($"{open.Url}");

    [Fact]
    public async Task Node_jenkins_works_with_an_API_token() => await NodeAsync(WithUser(guarded.Url, await NewTokenAsync()));

    [Fact]
    public Task Node_jenkins_works_with_a_password_and_crumbs() => NodeAsync(WithUser(guarded.Url, guarded.Password), "crumb");

    private static async Task PythonAsync(params string[] arguments)
    {
        Assert.SkipUnless(File.Exists("/usr/lib/python3/dist-packages/jenkins/__init__.py") && File.Exists(Python), "python-jenkins is not installed: apt install python3-jenkins");
        await RunAsync(Python, ["-W", "ignore", Path.Combine(Checkout.Clients, "journey.py"), .. arguments]);
    }

    private static async Task NodeAsync(params string[] arguments)
    {
        Assert.SkipUnless(Directory.Exists(Path.Combine(Checkout.Clients, "node_modules", "jenkins")), "npm's jenkins is not installed: npm ci --prefix tests/Api.Tests/clients (needs the packages nodejs and npm)");
        await RunAsync("node", [Path.Combine(Checkout.Clients, "journey.js"), .. arguments]);
    }

    private static async Task RunAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };

        // Proxies that this machine is told to use are not for servers on loopback.
        start.Environment["NO_PROXY"] = start.Environment["no_proxy"] = "127.0.0.1,localhost";
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var complained = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }

        Assert.True(process.ExitCode == 0, $"{await said}\n{await complained}");
        Assert.EndsWith("done\n", await said);
    }

    private async Task<string> NewTokenAsync()
    {
        using var administrator = await guarded.NewAdministrator().WithCrumbAsync();
        using var made = await administrator.PostFormAsync("me/descriptorByName/jenkins.security.ApiTokenProperty/generateNewToken", ("newTokenName", "clients"));
        await ApiClient.ExpectAsync(HttpStatusCode.OK, made);
        return JsonDocument.Parse(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement.GetProperty("data").GetProperty("tokenValue").GetString()!;
    }

    private static string WithUser(Uri url, string secret) => new UriBuilder(url) { UserName = "admin", Password = Uri.EscapeDataString(secret) }.Uri.AbsoluteUri;
}
