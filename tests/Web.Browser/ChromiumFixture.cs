using Microsoft.Playwright;

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
