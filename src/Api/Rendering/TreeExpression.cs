namespace Slipway.Api.Rendering;

/// <summary>The <c>tree</c> parameter: <c>jobs[name,builds[number]{0,5}]</c>. A range counts from zero, its end not included.</summary>
internal sealed class TreeExpression
{
    private const int DeepestNesting = 32;

    private TreeExpression(IReadOnlyDictionary<string, TreeExpression> children, TreeRange? range)
    {
        Children = children;
        Range = range;
    }

    public IReadOnlyDictionary<string, TreeExpression> Children { get; }

    /// <summary>Which items of a list are wanted; null: all.</summary>
    public TreeRange? Range { get; }

    /// <summary>The same for one item of the list.</summary>
    public TreeExpression WithoutRange() => Range is null ? this : new TreeExpression(Children, null);

    /// <exception cref="FormatException">The message names the column.</exception>
    public static TreeExpression Parse(string text)
    {
        var at = 0;
        var root = new TreeExpression(ParseList(text, ref at, 0), null);
        return at == text.Length ? root : throw Fault(text, at, "expected a comma or the end");
    }

    private static Dictionary<string, TreeExpression> ParseList(string text, ref int at, int depth)
    {
        if (depth > DeepestNesting)
        {
            throw Fault(text, at, $"more than {DeepestNesting} levels");
        }

        var children = new Dictionary<string, TreeExpression>(StringComparer.Ordinal);
        while (true)
        {
            SkipSpace(text, ref at);
            var start = at;
            while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '_' or '-' or '*' or '$' or '.'))
            {
                at++;
            }

            if (at == start)
            {
                throw Fault(text, at, "expected the name of a property");
            }

            children[text[start..at]] = ParseRest(text, ref at, depth);
            SkipSpace(text, ref at);
            if (at >= text.Length || text[at] != ',')
            {
                return children;
            }

            at++;
        }
    }

    private static TreeExpression ParseRest(string text, ref int at, int depth)
    {
        var children = new Dictionary<string, TreeExpression>(StringComparer.Ordinal);
        SkipSpace(text, ref at);
        if (at < text.Length && text[at] == '[')
        {
            at++;
            children = ParseList(text, ref at, depth + 1);
            Expect(text, ref at, ']');
        }

        SkipSpace(text, ref at);
        TreeRange? range = null;
        if (at < text.Length && text[at] == '{')
        {
            at++;
            range = ParseRange(text, ref at);
            Expect(text, ref at, '}');
        }

        return new TreeExpression(children, range);
    }

    private static TreeRange ParseRange(string text, ref int at)
    {
        var from = ParseNumber(text, ref at);
        SkipSpace(text, ref at);
        if (at < text.Length && text[at] == ',')
        {
            at++;
            return new TreeRange(from ?? 0, ParseNumber(text, ref at) ?? int.MaxValue);
        }

        return from is { } one ? new TreeRange(one, one + 1) : throw Fault(text, at, "expected a number");
    }

    private static int? ParseNumber(string text, ref int at)
    {
        SkipSpace(text, ref at);
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return at == start ? null : int.TryParse(text.AsSpan(start, at - start), out var number) ? number : throw Fault(text, start, "the number is too large");
    }

    private static void Expect(string text, ref int at, char expected)
    {
        SkipSpace(text, ref at);
        if (at >= text.Length || text[at] != expected)
        {
            throw Fault(text, at, $"expected '{expected}'");
        }

        at++;
    }

    private static void SkipSpace(string text, ref int at)
    {
        while (at < text.Length && text[at] == ' ')
        {
            at++;
        }
    }

    private static FormatException Fault(string text, int at, string what) => new($"The tree expression '{text}' is wrong at column {at + 1}: {what}. Example: tree=jobs[name,color],views[name]{{0,5}}");
}

/// <param name="To">Not included.</param>
internal readonly record struct TreeRange(int From, int To)
{
    public static TreeRange All { get; } = new(0, int.MaxValue);

    public IReadOnlyList<object?> Of(IReadOnlyList<object?> list) => this == All ? list : [.. list.Skip(From).Take(Math.Max(0, To - From))];
}
