using Microsoft.Playwright;
using Slipway.Model;

namespace Slipway.Web.Browser;

/// <summary>What must hold on every screen: keyboard, narrow windows, both themes, contrast.</summary>
public sealed class LookJourneys(ChromiumFixture chromium) : Journey(chromium)
{
    private static readonly string[] Screens =
    [
        "", "job/shop/", "job/empty/", "job/shop/job/checkout/", "job/shop/job/checkout/22/", "job/shop/job/checkout/23/", "job/shop/job/checkout/22/?view=console", "job/shop/job/checkout/22/?view=tests",
        "job/shop/job/checkout/21/?view=artifacts", "job/shop/job/checkout/21/?view=details", "job/shop/job/search/2/", "job/platform/job/base-images/7/", "job/shop/job/checkout/build",
        "job/shop/job/checkout/configure", "job/shop/job/checkout/configure?as=xml", "newJob", "queue/", "computer/", "computer/mac-mini/", "computer/new", "login?error=1", "missing",
    ];

    [Fact]
    public async Task A_phone_never_scrolls_sideways()
    {
        Expected.Add("404");
        await NewPageAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 390, Height = 844 }, HasTouch = true, IsMobile = true, DeviceScaleFactor = 2 });
        foreach (var screen in Screens)
        {
            await OpenAsync(screen);
            var over = await Page.EvaluateAsync<int>("() => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth");
            Assert.True(over <= 0, $"/{screen} is {over} pixels wider than the phone.");
        }
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Text_can_be_read_in_both_themes(ColorScheme scheme)
    {
        Expected.Add("404");
        await NewPageAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 900 }, ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
        foreach (var screen in Screens)
        {
            await OpenAsync(screen);
            var faint = await Page.EvaluateAsync<string[]>(ContrastScript);
            Assert.True(faint.Length == 0, $"/{screen} ({scheme}):\n{string.Join('\n', faint)}");
        }
    }

    [Fact]
    public async Task The_theme_follows_the_system_until_it_is_chosen()
    {
        await NewPageAsync(new BrowserNewContextOptions { ColorScheme = ColorScheme.Dark });
        await OpenAsync("");
        Assert.True(await IsDarkAsync());
        await Page.GetByRole(AriaRole.Button, new() { Name = "Switch between light and dark" }).ClickAsync();
        Assert.False(await IsDarkAsync());
        await OpenAsync("queue/");
        Assert.False(await IsDarkAsync());
    }

    [Fact]
    public async Task Everything_is_reached_with_the_keyboard()
    {
        await OpenAsync("");
        await Page.Keyboard.PressAsync("Tab");
        await Expect(Page.GetByText("Skip to content")).ToBeFocusedAsync();
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.Locator("main")).ToBeFocusedAsync();
        await Page.Keyboard.PressAsync("/");
        await Page.Keyboard.TypeAsync("scri");
        await Expect(Page.Locator(".jobs tbody tr")).ToHaveCountAsync(1);
        await Page.Keyboard.PressAsync("Tab");
        while (await Page.EvaluateAsync<string>("() => document.activeElement.textContent.trim()") != "scripted")
        {
            await Page.Keyboard.PressAsync("Tab");
        }

        await Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/job/scripted/$"));

        await OpenAsync("job/shop/job/checkout/22/?stage=2");
        await Page.Keyboard.PressAsync("s");
        await Expect(Page.Locator(".graph a:focus")).ToContainTextAsync("Checkout");
        await Page.Keyboard.PressAsync("ArrowRight");
        await Expect(Page.Locator(".graph a:focus")).ToContainTextAsync("Build");
        await Page.Keyboard.PressAsync("ArrowRight");
        await Page.Keyboard.PressAsync("ArrowRight");
        await Page.Keyboard.PressAsync("ArrowDown");
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.Locator(".graph a[aria-current]")).Not.ToContainTextAsync("Checkout");
        Assert.True(await Page.EvaluateAsync<bool>("() => document.activeElement.closest('.graph') !== null"), "The focus was lost when the page was redrawn.");
        await Page.Keyboard.PressAsync("l");
        await Expect(Page.Locator(".log-view")).ToBeFocusedAsync();
        await Page.Keyboard.PressAsync("?");
        await Expect(Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Keyboard");
        await Page.Keyboard.PressAsync("Escape");
        await Expect(Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await Page.Keyboard.PressAsync("g");
        await Page.Keyboard.PressAsync("n");
        await Assertions.Expect(Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/computer/$"));
    }

    [Fact]
    public async Task Every_control_has_a_name_and_every_field_a_label()
    {
        Expected.Add("404");
        foreach (var screen in Screens)
        {
            await OpenAsync(screen);
            var nameless = await Page.EvaluateAsync<string[]>(
                """
                () => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [role=img]')]
                  .filter(e => e.checkVisibility() && e.tabIndex !== -1)
                  .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length || e.title))
                  .map(e => e.outerHTML.slice(0, 160))
                """);
            Assert.True(nameless.Length == 0, $"/{screen}:\n{string.Join('\n', nameless)}");
            var headings = await Page.Locator("h1").CountAsync();
            Assert.True(headings == 1, $"/{screen} has {headings} first headings.");
        }
    }

    private Task<bool> IsDarkAsync() => Page.EvaluateAsync<bool>("() => getComputedStyle(document.body).color.match(/\\d+/)[0] > 128");

    /// <summary>Texts whose contrast with what is behind them is below 4.5 (3 for large ones), as WCAG AA asks. Disabled things are exempt there too.</summary>
    private const string ContrastScript =
        """
        () => {
          const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
          const read = (color, behind) => {
            context.clearRect(0, 0, 1, 1);
            if (behind) { context.fillStyle = `rgb(${behind.slice(0, 3).join(',')})`; context.fillRect(0, 0, 1, 1); }
            context.fillStyle = color;
            context.fillRect(0, 0, 1, 1);
            return [...context.getImageData(0, 0, 1, 1).data];
          };
          const background = (element) => {
            const layers = [];
            for (let e = element; e; e = e.parentElement) {
              const color = getComputedStyle(e).backgroundColor;
              layers.unshift(color);
              if (read(color)[3] === 255) break;
            }
            return layers.reduce((below, color) => read(color, below ?? [255, 255, 255]), null);
          };
          const light = ([r, g, b]) => {
            const [x, y, z] = [r, g, b].map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * x + 0.7152 * y + 0.0722 * z;
          };
          const faint = new Set();
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const element = walker.currentNode.parentElement;
            if (!walker.currentNode.nodeValue.trim() || !element.checkVisibility() || element.closest('.sr, .skip, .log-row, [disabled], svg:not(:has(foreignObject))')) continue;
            const style = getComputedStyle(element);
            const behind = background(element);
            const [a, b] = [light(read(style.color, behind)), light(behind)].sort((x, y) => y - x);
            const ratio = (a + 0.05) / (b + 0.05);
            const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.6 && style.fontWeight >= 700);
            if (ratio < (large ? 3 : 4.5)) faint.add(`${ratio.toFixed(2)} ${element.className || element.nodeName}: ${walker.currentNode.nodeValue.trim().slice(0, 40)}`);
          }
          return [...faint].slice(0, 12);
        }
        """;
}
