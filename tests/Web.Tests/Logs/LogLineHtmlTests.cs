using System.Text;
using Slipway.Web.Logs;

namespace Slipway.Web.Tests.Logs;

public sealed class LogLineHtmlTests
{
    private const string Esc = "\u001b";

    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("", "")]
    [InlineData("<script>alert('x') & \"y\"</script>", "&lt;script&gt;alert(&#39;x&#39;) &amp; &quot;y&quot;&lt;/script&gt;")]
    [InlineData("already &lt; encoded", "already &amp;lt; encoded")]
    [InlineData("tab\there", "tab\there")]
    [InlineData("bell\u0007 null\0 delete\u007f", "bell\u2407 null\u2400 delete\u2421")]
    [InlineData("a whole \ud83d\ude00 face", "a whole \ud83d\ude00 face")]
    [InlineData("ends with a return\r", "ends with a return")]
    public void Text_without_sequences_is_encoded_once(string line, string html) => Assert.Equal(html, Render(line));

    [Theory]
    [InlineData("{e}[31mred{e}[0m plain", "<span class=\"f1\">red</span> plain")]
    [InlineData("{e}[1;4;92mbright{e}[m", "<span class=\"bo un f10\">bright</span>")]
    [InlineData("{e}[43;30mon yellow{e}[49mblack", "<span class=\"f0 b3\">on yellow</span><span class=\"f0\">black</span>")]
    [InlineData("{e}[38;5;9mindexed{e}[39mdefault", "<span class=\"f9\">indexed</span>default")]
    [InlineData("{e}[38;5;208mcube", "<span class=\"\" data-fg=\"#ff8700\">cube</span>")]
    [InlineData("{e}[38;5;244mgrey", "<span class=\"\" data-fg=\"#808080\">grey</span>")]
    [InlineData("{e}[38;2;1;2;255mtrue{e}[48:2:16:32:48mboth", "<span class=\"\" data-fg=\"#0102ff\">true</span><span class=\"\" data-fg=\"#0102ff\" data-bg=\"#102030\">both</span>")]
    [InlineData("{e}[7minverse{e}[27m", "<span class=\"fi bi\">inverse</span>")]
    [InlineData("{e}[31;7minverse red", "<span class=\"fi b1\">inverse red</span>")]
    [InlineData("{e}[2;3;9mdim{e}[22;23;29mplain", "<span class=\"di it st\">dim</span>plain")]
    [InlineData("{e}[38;5mnothing", "nothing")]
    [InlineData("{e}[38;2;1;2;999mnothing", "nothing")]
    [InlineData("{e}[31m{e}[0mno span without text", "no span without text")]
    [InlineData("{e}[31m<b>{e}[0m", "<span class=\"f1\">&lt;b&gt;</span>")]
    public void Colours_become_classes_or_data_but_never_styles(string line, string html) => Assert.Equal(html, Render(line.Replace("{e}", Esc, StringComparison.Ordinal)));

    [Theory]
    [InlineData("{e}[2K{e}[1Gtext", "text")]
    [InlineData("{e}[?25lhidden cursor{e}[?25h", "hidden cursor")]
    [InlineData("{e}]0;a title\u0007text", "text")]
    [InlineData("{e}]0;a title{e}\\text", "text")]
    [InlineData("{e}(Btext", "text")]
    [InlineData("{e}7text{e}8", "text")]
    [InlineData("broken {e}[31", "broken ")]
    [InlineData("broken {e}]8;;http://x", "broken ")]
    [InlineData("broken {e}", "broken ")]
    [InlineData("{e}[8mha:AAAAhidden{e}[0mshown", "shown")]
    [InlineData("10%\r55%\r100%", "100%")]
    [InlineData("{e}[32m10%\r100%", "<span class=\"f2\">100%</span>")]
    [InlineData("a\r\r", "a")]
    public void What_only_a_terminal_obeys_is_dropped(string line, string html) => Assert.Equal(html, Render(line.Replace("{e}", Esc, StringComparison.Ordinal)));

    [Theory]
    [InlineData("see https://example.org/a?b=1&c=2.", "see ", "https://example.org/a?b=1&amp;c=2", ".")]
    [InlineData("(http://example.org/x_(y))", "(", "http://example.org/x_(y)", ")")]
    [InlineData("<https://example.org>", "&lt;", "https://example.org", "&gt;")]
    [InlineData("HTTPS://EXAMPLE.ORG!", "", "HTTPS://EXAMPLE.ORG", "!")]
    public void Web_addresses_become_links(string line, string before, string address, string after) =>
        Assert.Equal($"{before}<a href=\"{address}\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">{address}</a>{after}", Render(line));

    [Theory]
    [InlineData("http:// and https://")]
    [InlineData("javascript:alert(1)")]
    [InlineData("xhttp:/example")]
    public void Other_text_is_no_link(string line) => Assert.DoesNotContain("<a", Render(line), StringComparison.Ordinal);

    [Fact]
    public void Half_a_character_is_replaced() => Assert.Equal("a lone \ufffd half", Render("a lone \ud83d half"));

    [Fact]
    public void A_terminals_hyperlink_is_a_link_only_to_the_web()
    {
        Assert.Equal(
            "<a href=\"https://example.org/?a=&quot;b&quot;\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">here</a> and on",
            Render($"{Esc}]8;;https://example.org/?a=\"b\"{Esc}\\here{Esc}]8;;{Esc}\\ and on"));
        Assert.Equal("here", Render($"{Esc}]8;;javascript:alert(1){Esc}\\here{Esc}]8;;{Esc}\\"));
    }

    [Fact]
    public void Characters_that_turn_the_text_around_are_shown()
    {
        Assert.Equal("if (user <i class=\"ctl\">U+202E</i>nimda)", Render("if (user \u202enimda)"));
    }

    [Fact]
    public void A_hidden_direction_in_an_address_does_not_leave_its_attribute()
    {
        var html = Render("https://example.org/\u202e\"onmouseover=alert(1)");
        Assert.Contains("<a href=\"https://example.org/\u202e\" target", html, StringComparison.Ordinal);
        Assert.DoesNotContain("\"onmouseover", html.Replace("&quot;onmouseover", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void A_colour_goes_on_over_the_next_line_until_it_is_ended()
    {
        var html = new StringBuilder();
        var style = LogLineHtml.Render($"{Esc}[1;31mfirst", default, html);
        html.Append('|');
        style = LogLineHtml.Render("second", style, html);
        html.Append('|');
        style = LogLineHtml.Render($"third{Esc}[0m end", style, html);
        Assert.Equal("<span class=\"bo f1\">first</span>|<span class=\"bo f1\">second</span>|<span class=\"bo f1\">third</span> end", html.ToString());
        Assert.True(style.IsPlain);
    }

    [Fact]
    public void A_very_long_line_is_drawn_only_at_its_begin()
    {
        var html = Render(new string('x', LogLineHtml.LongestDrawn * 3));
        Assert.Equal(LogLineHtml.LongestDrawn, html.Length);
    }

    [Fact]
    public void Whatever_bytes_come_the_tags_are_balanced_and_no_markup_of_the_line_survives()
    {
        var random = new Random(20261120);
        string[] pieces = [Esc, "[", "]", "8;;", "31m", "0m", "http://", "https://a.b/", "<", ">", "\"", "'", "&", "\\", "\u0007", "\r", ";", ":", "38;5;", "x", " ", "\u202e", "\ud800", "m"];
        for (var round = 0; round < 20_000; round++)
        {
            var line = string.Concat(Enumerable.Range(0, random.Next(1, 24)).Select(_ => pieces[random.Next(pieces.Length)]));
            var html = Render(line);
            var text = System.Text.RegularExpressions.Regex.Replace(html, "<span class=\"[a-z0-9 ]*\"( data-fg=\"#[0-9a-f]{6}\")?( data-bg=\"#[0-9a-f]{6}\")?>|</span>|<a href=\"https?://[^\"<>]*\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">|</a>|<i class=\"ctl\">|</i>", "", System.Text.RegularExpressions.RegexOptions.IgnoreCase);
            Assert.False(text.Contains('<') || text.Contains('>') || text.Contains('"'), $"{Escaped(line)} became {html}");
            Assert.Equal(Count(html, "<span"), Count(html, "</span>"));
            Assert.Equal(Count(html, "<a "), Count(html, "</a>"));
        }
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static string Escaped(string text) => string.Concat(text.Select(c => c is < ' ' or > '~' ? $"\\u{(int)c:x4}" : c.ToString()));

    private static string Render(string line)
    {
        var html = new StringBuilder();
        LogLineHtml.Render(line, default, html);
        return html.ToString();
    }
}
