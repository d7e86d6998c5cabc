using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Slipway.Web.Browser.Real;

public sealed class LargeLogJourneys(ChromiumFixture chromium) : RealJourney(chromium)
{
    private const int Lines = 4_000_000;

    [Fact]
    public async Task A_log_of_two_hundred_megabytes_opens_at_once_jumps_to_its_end_and_is_searched()
    {
        await CreateJobAsync("talker", $"node {{\n  sh '''set +x\n  seq -f \"%.0f of a log that nobody reads from end to end\" 1 {Lines}\n  echo 'the needle in it' '''\n}}\n");
        await RunAsync(1);
        await EndsAsync("Success");

        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var opening = Stopwatch.StartNew();
        await OpenAsync(new Uri(Page.Url).AbsolutePath.TrimStart('/') + "?view=console");
        await Expect(Page.Locator(".log-row").First).ToContainTextAsync("Started by");
        Assert.InRange(opening.Elapsed.TotalSeconds, 0, 3);
        await Page.Locator(".log-view").FocusAsync();
        await Page.Keyboard.PressAsync("End");
        await Expect(LastLine).ToContainTextAsync("Finished: SUCCESS");
        await Page.Keyboard.PressAsync("Home");
        await Page.Keyboard.PressAsync("/");
        await Page.Keyboard.TypeAsync("the needle");
        await Expect(Page.Locator(".log-found")).ToHaveTextAsync(new Regex("^1 of"), new() { Timeout = 20_000 });
        await Expect(Page.Locator(".log-row.now")).ToContainTextAsync("the needle in it");

        // Readers keep windows of the log, never the log.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 32 * 1024 * 1024);
        Assert.InRange(await Page.Locator(".log-row").CountAsync(), 5, 150);
    }
}
