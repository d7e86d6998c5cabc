using Microsoft.Playwright;
using Slipway.Model;
using Slipway.Web.Testing;

namespace Slipway.Web.Browser;

public sealed class LogJourneys(ChromiumFixture chromium) : Journey(chromium)
{
    private ILocator View => Page.Locator(".log-view");

    private ILocator Row(long number) => Page.Locator(".log-row", new() { Has = Page.Locator($"a.n:text-is('{number}')") });

    [Fact]
    public async Task Ten_million_lines_are_scrolled_from_end_to_end()
    {
        await OpenAsync("job/huge-log/1/console");
        await Expect(Row(1)).ToContainTextAsync("00000001 GET");
        await View.FocusAsync();
        await Page.Keyboard.PressAsync("End");
        await Expect(Row(10_000_000)).ToContainTextAsync("10000000 GET");
        await Expect(Row(10_000_000)).ToBeInViewportAsync();
        await Page.Keyboard.PressAsync("Home");
        await Expect(Row(1)).ToBeInViewportAsync();

        // The wheel moves line by line though the scrollbar stands for 25 lines a pixel.
        await View.HoverAsync();
        await Page.Mouse.WheelAsync(0, 200);
        await Expect(Row(11)).ToBeInViewportAsync();
        await Expect(Row(1)).Not.ToBeInViewportAsync();
        await Expect(Row(400)).Not.ToBeInViewportAsync();

        // Dragging the scrollbar reaches every part.
        await View.EvaluateAsync("view => { view.scrollTop = view.scrollHeight / 2; }");
        await Expect(Page.Locator(".log-row:not(.ghost) a.n").First).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^[45]\\d{6}$"));
        Assert.InRange(await Page.Locator(".log-row").CountAsync(), 10, 120);
    }

    [Fact]
    public async Task A_line_far_inside_is_found_by_search_and_by_its_address()
    {
        await OpenAsync("job/huge-log/1/console");
        await Page.Keyboard.PressAsync("/");
        await Page.Keyboard.TypeAsync("NEEDLE in ten");
        await Expect(Page.Locator(".log-found")).ToHaveTextAsync("1 of 1", new() { Timeout = 60_000 });
        await Expect(Row(7_654_321)).ToBeInViewportAsync();
        await Expect(Row(7_654_321)).ToContainTextAsync("needle in ten million lines");
        await Row(7_654_321).Locator("a.n").ClickAsync();
        Assert.Contains("line=7654321", Page.Url, StringComparison.Ordinal);
        await Page.ReloadAsync();
        await Expect(Page.Locator(".log-row.picked")).ToContainTextAsync("needle in ten million lines");
        await Expect(Row(7_654_321)).ToBeInViewportAsync();
    }

    [Fact]
    public async Task Matches_are_counted_stepped_through_and_marked()
    {
        await OpenAsync("job/shop/job/checkout/22/console");
        await Page.Locator(".log-search input").FillAsync("case 1");
        await Expect(Page.Locator(".log-found")).ToHaveTextAsync("1 of 11");
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.Locator(".log-found")).ToHaveTextAsync("2 of 11");
        await Expect(Page.Locator(".log-row.now")).ToContainTextAsync("CartTest > case 10");
        Assert.Equal(1, await Page.EvaluateAsync<int>("() => CSS.highlights.get('log-now').size"));
        await Page.Keyboard.PressAsync("Shift+Enter");
        await Page.Keyboard.PressAsync("Shift+Enter");
        await Expect(Page.Locator(".log-found")).ToHaveTextAsync("11 of 11");
        await Page.Locator(".log-search input").FillAsync("no such text");
        await Expect(Page.Locator(".log-found")).ToHaveTextAsync("none");
        await Page.Keyboard.PressAsync("Escape");
        await Expect(Page.Locator(".log-found")).ToHaveTextAsync("");
    }

    [Fact]
    public async Task A_growing_log_is_followed_until_the_reader_scrolls_away()
    {
        var run = Feeds.AddRun(Feeds.Find(JobPath.Parse("hello"))!).Start();
        var step = run.Step(null, "sh", "yes");
        Write(1, 500);
        await OpenAsync($"job/hello/{run.Number}/?view=console");
        await Expect(Row(500)).ToBeInViewportAsync();
        Write(501, 900);
        await Expect(Row(900)).ToBeInViewportAsync();
        await View.HoverAsync();
        await Page.Mouse.WheelAsync(0, -1000);
        await Expect(Page.GetByRole(AriaRole.Button, new() { Name = "Follow the end" })).ToHaveAttributeAsync("aria-pressed", "false");
        await Expect(Row(840)).ToBeInViewportAsync();
        Write(901, 950);
        await Page.WaitForFunctionAsync("() => document.querySelector('.log-space').offsetHeight >= 950 * 20");
        await Expect(Row(840)).ToBeInViewportAsync();
        await Page.Keyboard.PressAsync("f");
        await Expect(Row(950)).ToBeInViewportAsync();
        run.Write(step, "the very last line");
        run.Finish(RunResult.Success);
        await Expect(Page.Locator(".log-row").Last).ToContainTextAsync("the very last line");
        await Expect(Page.Locator(".head .pill")).ToHaveTextAsync("Success");

        void Write(int from, int to) => run.Write(step, string.Join('\n', Enumerable.Range(from, to - from + 1).Select(n => $"output {n}")));
    }

    [Fact]
    public async Task Lines_are_text_whatever_they_hold_and_colours_work_under_the_strict_policy()
    {
        var run = Feeds.AddRun(Feeds.Find(JobPath.Parse("hello"))!).Start();
        run.Write(null, "<img src=x onerror=\"document.title='owned'\">\n\u001b[38;2;255;0;0mtrue red\u001b[0m\nsee https://example.org/docs for more");
        run.Finish(RunResult.Success);
        await OpenAsync($"job/hello/{run.Number}/console");
        await Expect(Row(1)).ToContainTextAsync("<img src=x onerror=");
        await Expect(Page.Locator(".log-row img")).ToHaveCountAsync(0);
        await Expect(Page.Locator(".log-row [data-fg]")).ToHaveCSSAsync("color", "rgb(255, 0, 0)");
        await Expect(Page.Locator(".log-row .x a")).ToHaveAttributeAsync("href", "https://example.org/docs");
        await Page.Keyboard.PressAsync("t");
        await Expect(Page.Locator(".log-row .at").First).ToBeVisibleAsync();
        await Page.ReloadAsync();
        await Expect(Page.Locator(".log-row .at").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Long_lines_wrap_when_asked_for_and_the_browser_remembers_it()
    {
        var run = AddLongLines();
        await OpenAsync($"job/hello/{run.Number}/console?line=1");
        var wrap = Page.GetByRole(AriaRole.Button, new() { Name = "Wrap lines" });
        await Expect(wrap).ToHaveAttributeAsync("aria-pressed", "false");
        Assert.True(await IsWiderThanViewAsync());
        await Page.Keyboard.PressAsync("w");
        await Expect(wrap).ToHaveAttributeAsync("aria-pressed", "true");
        Assert.False(await IsWiderThanViewAsync());
        await Page.ReloadAsync();
        await Expect(wrap).ToHaveAttributeAsync("aria-pressed", "true");
        await wrap.FocusAsync();
        await Page.Keyboard.PressAsync("Enter");
        await Expect(wrap).ToHaveAttributeAsync("aria-pressed", "false");
        Assert.True(await IsWiderThanViewAsync());
    }

    [Fact]
    public async Task On_a_phone_lines_wrap_and_every_part_of_them_is_reached()
    {
        await NewPageAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 390, Height = 800 }, HasTouch = true });
        var run = AddLongLines();
        await OpenAsync($"job/hello/{run.Number}/console?line=1");
        await Expect(Row(1)).ToBeInViewportAsync();
        Assert.False(await IsWiderThanViewAsync());
        await View.FocusAsync();

        // From the end up to the beginning in small steps: what is measured on the way never moves what is looked at.
        await Page.Keyboard.PressAsync("End");
        await Expect(Row(200)).ToBeInViewportAsync();
        Assert.InRange(await GapBelowAsync(), 0, 30);
        await Page.Keyboard.PressAsync("Home");
        await Expect(Row(1)).ToBeInViewportAsync();
        await View.HoverAsync();
        for (var line = 2; line <= 60; line++)
        {
            while (!await Row(line).IsVisibleAsync() || await TopOfAsync(line) > 300)
            {
                var before = await Row(line - 1).CountAsync() > 0 ? await TopOfAsync(line - 1) : (double?)null;
                await Page.Mouse.WheelAsync(0, 100);
                await Page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
                if (before is { } was && await Row(line - 1).CountAsync() > 0)
                {
                    Assert.InRange(await TopOfAsync(line - 1), was - 101, was + 1);
                }
            }
        }

        // A line's address leads to the line, whatever stands above it.
        await OpenAsync($"job/hello/{run.Number}/console?line=150");
        await Expect(Row(150)).ToBeInViewportAsync();
        await Expect(Page.Locator(".log-row.picked")).ToContainTextAsync("line 150 ");
    }

    private FakeRun AddLongLines()
    {
        var run = Feeds.AddRun(Feeds.Find(JobPath.Parse("hello"))!).Start();
        run.Write(null, string.Join('\n', Enumerable.Range(1, 200).Select(n => n == 40 ? new string('x', 20_000) : $"line {n} {string.Concat(Enumerable.Repeat("word ", n % 7 * 40))}end")));
        run.Finish(RunResult.Success);
        return run;
    }

    private Task<bool> IsWiderThanViewAsync() => View.EvaluateAsync<bool>("view => view.scrollWidth > view.clientWidth + 1");

    private Task<double> TopOfAsync(int line) => Row(line).EvaluateAsync<double>("row => row.getBoundingClientRect().top - row.closest('.log-view').getBoundingClientRect().top");

    private Task<double> GapBelowAsync() => Row(200).EvaluateAsync<double>("row => row.closest('.log-view').getBoundingClientRect().bottom - row.getBoundingClientRect().bottom");

    [Fact]
    public async Task Lines_are_picked_as_a_range_and_copied()
    {
        await Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await OpenAsync("job/shop/job/checkout/22/console");
        await Row(2).Locator("a.n").ClickAsync();
        await Row(4).Locator("a.n").ClickAsync(new() { Modifiers = [KeyboardModifier.Shift] });
        Assert.Contains("line=2-4", Page.Url, StringComparison.Ordinal);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Copy log" }).ClickAsync();
        await Expect(Page.Locator(".toast")).ToContainTextAsync("Copied 3 lines");
        var copied = await Page.EvaluateAsync<string>("() => navigator.clipboard.readText()");
        Assert.StartsWith("From https://git.example.org/shop/checkout\n", copied, StringComparison.Ordinal);
    }
}
