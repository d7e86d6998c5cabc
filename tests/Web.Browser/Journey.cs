using Microsoft.Playwright;
using Slipway.Web.Testing;

namespace Slipway.Web.Browser;

/// <summary>A journey: a server, a page that looks at it, and a check that the browser had nothing to complain about.</summary>
[Collection(ChromiumGroup.Name)]
[Trait("Category", "Slow")]
public abstract class BrowserJourney(ChromiumFixture chromium) : IAsyncLifetime
{
    private readonly List<string> _complaints = [];
    private IBrowserContext? _context;

    protected IPage Page { get; private set; } = null!;

    /// <summary>Parts of complaints that the journey provokes on purpose.</summary>
    protected List<string> Expected { get; } = [];

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The server's root.</summary>
    protected abstract Uri Root { get; }

    public async ValueTask InitializeAsync()
    {
        _ = chromium.Browser;
        await StartAsync();
        await NewPageAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 800 } });
    }

    public async ValueTask DisposeAsync()
    {
        if (_context is not null)
        {
            await _context.DisposeAsync();
        }

        await StopAsync();
        GC.SuppressFinalize(this);
        Assert.DoesNotContain(_complaints, c => !Expected.Exists(e => c.Contains(e, StringComparison.Ordinal)));
    }

    /// <summary>Starts what the journey looks at.</summary>
    protected abstract Task StartAsync();

    /// <summary>Ends it; called also where it has not started.</summary>
    protected abstract Task StopAsync();

    protected async Task NewPageAsync(BrowserNewContextOptions options)
    {
        if (_context is not null)
        {
            await _context.DisposeAsync();
        }

        options.BaseURL = Root.ToString();
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

/// <summary>A journey through the pages alone: what they show is sample data, and the test moves it.</summary>
public abstract class Journey(ChromiumFixture chromium) : BrowserJourney(chromium)
{
    private Uri? _address;
    private FakeFeeds? _feeds;

    protected FakeServer Server { get; private set; } = null!;

    protected FakeFeeds Feeds => Server.Feeds;

    protected override Uri Root => Server.Root;

    protected override async Task StartAsync() => Server = await FakeServer.StartAsync(SampleData.Create(DateTimeOffset.UtcNow));

    protected override async Task StopAsync()
    {
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }
    }

    /// <summary>The server goes away; <see cref="ComeBackAsync"/> starts it at the same address with the same data.</summary>
    protected async Task GoAwayAsync()
    {
        _address = Server.Root;
        _feeds = Server.Feeds;
        await Server.DisposeAsync();
    }

    protected async Task ComeBackAsync() => Server = await FakeServer.StartAsync(_feeds!, _address!.ToString());
}
