using System.Diagnostics;
using System.Text;
using Slipway.Groovy.Parsing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Tests.Parsing;

/// <summary>Whatever a script contains, parsing comes back soon, with a tree or with a fault that has a place.</summary>
public sealed class RobustnessTests
{
    private static readonly string[] Fragments =
    [
        "a", "Foo", "1", "\"x\"", "\"${y}\"", "{", "}", "(", ")", "[", "]", ",", ".", "?.", "*.", ":", "?", "?:", "->", "=", "==", "+", "-", "*", "/", "!", "\n", ";",
        "in", "as", "instanceof", "def ", "if (c)", "else", "return", "new ", "int", "{ it }", "{ x ->", "[a: 1]", "@Foo", "static ", "class A", "..", "++", "<", ">",
        ".&", ".@", "for (x in y)", "while", "try", "catch (e)", "finally", "switch", "case 1:", "default:", "import a.b", "/x/", "$a", "'", "\"", "\"\"\"", "'''", "//",
        "/*", "*/", "$/", "/$", "${", "\\", "\u201C", "\0", "\uD800", "#", "`",
    ];

    [Fact]
    public void Mutated_scripts_are_parsed_or_refused_with_a_place_inside_of_the_text()
    {
        const int Rounds = 20_000;
        var seeds = ParseCase.All().Select(c => c.Text).ToArray();
        var random = new Random(20240817);
        for (var round = 0; round < Rounds; round++)
        {
            CheckResult(Mutate(seeds[random.Next(seeds.Length)], seeds, random));
        }
    }

    [Fact]
    public void Any_beginning_of_a_script_is_parsed_or_refused()
    {
        const string Script = """
            @Library('x') _
            def f(a, b = [1, *c], String... d) { "${a ? "b${c}" : 'd'} $e.f" + /x${y}/ + $/z $w/$ }
            pipeline { agent { label 'x' }; stages { stage("a") { steps { sh(script: '''b''', returnStdout: true); x = y ?: z?.w*.v[1..2] as String[] } } } }
            class A<T> extends B implements C { static { } A(int x = 1) { super(x) } enum D { E(1) { }, F } }
            switch (x) { case ~/y/: try { for (i in 1..<3) { } } catch (A | B e) { } finally { } default: a b c: 1 }
            """;
        for (var length = 0; length <= Script.Length; length++)
        {
            CheckResult(Script[..length]);
            CheckResult(Script[length..]);
        }
    }

    [Theory]
    [InlineData("(")]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("[a:")]
    [InlineData("a(")]
    [InlineData("a {")]
    [InlineData("a{x->")]
    [InlineData("!")]
    [InlineData("- ")]
    [InlineData("(int)")]
    [InlineData("(A)")]
    [InlineData("a ? b : ")]
    [InlineData("a ? ")]
    [InlineData("a ?: ")]
    [InlineData("a = ")]
    [InlineData("a + (")]
    [InlineData("a ** ")]
    [InlineData("\"${")]
    [InlineData("\"\"\"${")]
    [InlineData("/${")]
    [InlineData("if (a) ")]
    [InlineData("if (a) {")]
    [InlineData("if (a) b else ")]
    [InlineData("if (a) b else if (a) c else ")]
    [InlineData("x: ")]
    [InlineData("class A {")]
    [InlineData("new A() {")]
    [InlineData("switch (a) { case 1: ")]
    [InlineData("try { } catch (e) {")]
    [InlineData("for (;;) ")]
    [InlineData("@A(@A(")]
    [InlineData("{ a = { b = {")]
    [InlineData("A<")]
    [InlineData("a.")]
    [InlineData("a.b")]
    [InlineData("a()")]
    [InlineData(".a()")]
    [InlineData("a + ")]
    [InlineData("a b ")]
    [InlineData("[0]")]
    [InlineData("{}")]
    [InlineData("{(")]
    [InlineData("{([")]
    [InlineData("'")]
    [InlineData("a /")]
    [InlineData("$/")]
    [InlineData("\\")]
    [InlineData("1_")]
    [InlineData("@")]
    [InlineData("}")]
    [InlineData(")")]
    [InlineData("else ")]
    [InlineData("a,")]
    [InlineData("def ")]
    [InlineData("\"$a")]
    [InlineData("/*")]
    [InlineData("\n(")]
    [InlineData("\n\"${")]
    public void A_hundred_thousand_repetitions_end_in_time_and_without_a_stack_overflow(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 100_000));
        var watch = Stopwatch.StartNew();
        RunOnSmallStack(() => CheckResult(text));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"took {watch.Elapsed}");
    }

    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("[", "1", "]")]
    [InlineData("f {", "1", "}")]
    [InlineData("f(", "1", ")")]
    [InlineData("if (a) {", "1", "}")]
    [InlineData("!", "a", "")]
    public void Too_deep_nesting_is_one_error_that_says_so(string open, string middle, string close)
    {
        static string Repeat(string s, int n) => string.Concat(Enumerable.Repeat(s, n));
        var fine = GroovyParser.Parse(new SourceText("t", Repeat(open, 60) + middle + Repeat(close, 60)));
        Assert.True(fine.Succeeded, string.Join("\n", fine.Diagnostics));
        var result = GroovyParser.Parse(new SourceText("t", Repeat(open, 5000) + middle + Repeat(close, 5000)));
        Assert.Null(result.Script);
        Assert.Equal("GRV900", Assert.Single(result.Diagnostics).Code);
    }

    [Theory]
    [InlineData("a", "+a", "chain")]
    [InlineData("a", ".b", "chain")]
    [InlineData("a", "()", "chain")]
    [InlineData("a", "[0]", "chain")]
    public void A_chain_that_would_make_too_deep_a_tree_is_refused_although_it_needs_no_stack(string start, string link, string word)
    {
        var fine = GroovyParser.Parse(new SourceText("t", start + string.Concat(Enumerable.Repeat(link, 700))));
        Assert.True(fine.Succeeded);
        var result = GroovyParser.Parse(new SourceText("t", start + string.Concat(Enumerable.Repeat(link, 5000))));
        Assert.Contains(word, Assert.Single(result.Diagnostics).Message, StringComparison.Ordinal);
        Assert.Equal("GRV900", result.Diagnostics[0].Code);
    }

    [Fact]
    public void A_text_beyond_the_limit_is_refused_unread()
    {
        var result = GroovyParser.Parse(new SourceText("t", new string('a', 101)), new ParserLimits(MaxLength: 100));
        Assert.Equal("GRV902", Assert.Single(result.Diagnostics).Code);
    }

    [Fact]
    public void Many_faults_end_in_a_note_that_there_are_more()
    {
        var text = string.Concat(Enumerable.Repeat("a = = b\n", 1000));
        var result = GroovyParser.Parse(new SourceText("t", text), new ParserLimits(MaxDiagnostics: 5));
        Assert.Equal(6, result.Diagnostics.Count);
        Assert.Equal("GRV901", result.Diagnostics[^1].Code);
    }

    private static void CheckResult(string text)
    {
        ParseResult result;
        try
        {
            result = GroovyParser.Parse(new SourceText("fuzz", text));
        }
        catch (Exception e)
        {
            throw new InvalidOperationException("The parser threw on: " + (text.Length < 2000 ? text : text[..100]), e);
        }

        Assert.True(result.Script is not null || result.Diagnostics.Count > 0, text);
        Assert.All(result.Diagnostics, d => Assert.InRange(d.Span.Start, 0, text.Length));
        Assert.All(result.Diagnostics, d => Assert.NotEmpty(d.Render()));
        if (result.Succeeded && text.Length < 2000)
        {
            Assert.NotEmpty(TreeText.Of(result.Script!));
        }
    }

    private static string Mutate(string text, string[] seeds, Random random)
    {
        var built = new StringBuilder(text);
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            var at = random.Next(built.Length + 1);
            switch (random.Next(5))
            {
                case 0:
                    built.Insert(at, Fragments[random.Next(Fragments.Length)]);
                    break;
                case 1 when at < built.Length:
                    built.Remove(at, Math.Min(random.Next(1, 6), built.Length - at));
                    break;
                case 2 when at < built.Length:
                    built[at] = (char)random.Next(1, 0x250);
                    break;
                case 3:
                    var other = seeds[random.Next(seeds.Length)];
                    built.Insert(at, other[random.Next(other.Length)..]);
                    break;
                default:
                    built.Length = at;
                    break;
            }
        }

        return built.ToString();
    }

    /// <summary>On a thread with a stack as small as those of a server's pool can be.</summary>
    private static void RunOnSmallStack(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    action();
                }
                catch (Exception e)
                {
                    failure = e;
                }
            },
            512 * 1024);
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }
}
