using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using Slipway.Server.Hosting;
using Slipway.Server.Settings;

namespace Slipway.Web.Browser.Real;

/// <summary>A journey through a whole server, with its store, controller and local cloud, in a data directory of its own.</summary>
public abstract class RealJourney(ChromiumFixture chromium) : BrowserJourney(chromium)
{
    // Agents start and commands run: what is waited for may take longer than a page does.
    protected static readonly LocatorAssertionsToContainTextOptions Patiently = new() { Timeout = 60_000 };

    private SlipwayServer? _server;

    protected string Data { get; } = Directory.CreateTempSubdirectory("slipway-journey-").FullName;

    protected virtual bool RequireLogin => false;

    protected override Uri Root => _server!.Url;

    protected ILocator Pill => Page.Locator(".head .pill");

    protected ILocator LastLine => Page.Locator(".log-row:not(.ghost)").Last;

    protected ILocator Tab(string name) => Page.Locator(".tabs").GetByRole(AriaRole.Link, new() { NameRegex = new Regex($"^{name}") });

    protected ILocator Stage(string name) => Page.Locator(".graph .stage", new() { Has = Page.Locator($".name:text-is('{name}')") });

    protected override async Task StartAsync() => _server = await SlipwayServer.StartAsync(
        new ServerSettings { DataDirectory = Path.Combine(Data, "server"), Listen = "127.0.0.1:0", RequireLogin = RequireLogin, AgentProgram = Checkout.Agent, AllowLocalRepositories = true },
        new ServerExtras { ConfigureLogging = logging => logging.SetMinimumLevel(LogLevel.None) },
        CancellationToken.None);

    protected override async Task StopAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(Data, recursive: true);
    }

    /// <summary>Makes a job in the form, as a user does, and stands on its page afterwards.</summary>
    protected async Task CreateJobAsync(string name, string script)
    {
        await OpenAsync("newJob");
        await Page.GetByLabel("Name").FillAsync(name);
        await Page.GetByLabel("written here").CheckAsync();
        await Page.GetByLabel("Script", new() { Exact = true }).FillAsync(script);
        await CreateAsync(name);
    }

    protected async Task CreateJobFromGitAsync(string name, string repository)
    {
        await OpenAsync("newJob");
        await Page.GetByLabel("Name").FillAsync(name);
        await Page.GetByLabel("Repository", new() { Exact = true }).FillAsync(repository);
        await CreateAsync(name);
    }

    /// <summary>Starts the job from its page, and follows the message to the run.</summary>
    protected async Task RunAsync(int number)
    {
        await Page.GetByRole(AriaRole.Button, new() { NameRegex = new Regex("^Run") }).First.ClickAsync();
        await FollowToRunAsync(number);
    }

    protected async Task FollowToRunAsync(int number)
    {
        await Page.GetByRole(AriaRole.Link, new() { Name = $"#{number}", Exact = true }).First.ClickAsync();
        await ReadyAsync();
        await Expect(Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync($"#{number}");
    }

    protected Task EndsAsync(string word) => Expect(Pill).ToHaveTextAsync(word, new() { Timeout = 90_000 });

    private async Task CreateAsync(string name)
    {
        await Page.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        await Expect(Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync(name);
        await ReadyAsync();
    }
}
