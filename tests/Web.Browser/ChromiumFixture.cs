using Microsoft.Playwright;
using Slipway.Web.Testing;

namespace Slipway.Web.Browser;

/// <summary>One headless Chromium for all journeys; each journey has its own server, data and browser profile.</summary>
public sealed class ChromiumFixture : IAsyncLifetime
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private static readonly string[] Flags =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        var path = Environment.GetEnvironmentVariable("SLIPWAY_CHROMIUM") ?? Array.Find(Places, File.Exists);
        if (path is null)
        {
            return;
        }

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = path, Args = Flags, Headless = true });
    }

    /// <summary>The browser; the test is skipped where there is none.</summary>
    public IBrowser Browser
    {
        get
        {
            Assert.SkipWhen(_browser is null, "There is no Chromium here. Install it (apt-get install chromium), or name one in SLIPWAY_CHROMIUM.");
            return _browser;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class ChromiumGroup : ICollectionFixture<ChromiumFixture>
{
    public const string Name = "Chromium";
}

/// <summary>A journey: a server with sample data, a page that looks at it, and a check that the browser had nothing to complain about.</summary>
[Collection(ChromiumGroup.Name)]
[Trait("Category", "Slow")]
public abstract class Journey(ChromiumFixture chromium) : IAsyncLifetime
{
    private readonly List<string> _complaints = [];
    private IBrowserContext? _context;
    private Uri? _address;
    private FakeFeeds? _feeds;

    protected FakeServer Server { get; private set; } = null!;

    protected FakeFeeds Feeds => Server.Feeds;

    protected IPage Page { get; private set; } = null!;

    /// <summary>Parts of complaints that the journey provokes on purpose.</summary>
    protected List<string> Expected { get; } = [];

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _ = chromium.Browser;
        Server = await FakeServer.StartAsync(SampleData.Create(DateTimeOffset.UtcNow));
        await NewPageAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 800 } });
    }

    public async ValueTask DisposeAsync()
    {
        if (_context is not null)
        {
            await _context.DisposeAsync();
        }

        if (Server is not null)
        {
            await Server.DisposeAsync();
        }

        GC.SuppressFinalize(this);
        Assert.DoesNotContain(_complaints, c => !Expected.Exists(e => c.Contains(e, StringComparison.Ordinal)));
    }

    protected async Task NewPageAsync(BrowserNewContextOptions options)
    {
        if (_context is not null)
        {
            await _context.DisposeAsync();
        }

        options.BaseURL = Server.Root.ToString();
        _context = await chromium.Browser.NewContextAsync(options);
        _context.SetDefaultTimeout(15_000);
        Page = await _context.NewPageAsync();
        Page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _complaints.Add($"{message.Type}: {message.Text}");
            }
        };
        Page.PageError += (_, error) => _complaints.Add($"script: {error}");
    }

    /// <summary>The server goes away; <see cref="ComeBackAsync"/> starts it at the same address with the same data.</summary>
    protected async Task GoAwayAsync()
    {
        _address = Server.Root;
        _feeds = Server.Feeds;
        await Server.DisposeAsync();
    }

    protected async Task ComeBackAsync() => Server = await FakeServer.StartAsync(_feeds!, _address!.ToString());

    /// <summary>Opens a page and waits until its script runs.</summary>
    protected async Task OpenAsync(string path)
    {
        await Page.GotoAsync(path);
        await ReadyAsync();
    }

    protected Task ReadyAsync() => Page.Locator("html[data-ready]").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Attached });

    /// <summary>Leaves a mark that a reload would wipe out.</summary>
    protected Task MarkAsync() => Page.EvaluateAsync("() => { window.marked = true; }");

    protected async Task StillTheSamePageAsync() => Assert.True(await Page.EvaluateAsync<bool>("() => window.marked === true"), "The page was loaded anew.");

    protected static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);
}
