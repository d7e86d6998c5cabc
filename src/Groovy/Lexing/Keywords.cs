using System.Collections.Frozen;

namespace Slipway.Groovy.Lexing;

/// <summary>The reserved words of Groovy 2.4.</summary>
internal static class Keywords
{
    private const int LongestKeyword = 12;

    // By name, not by value: the marks of the ranges share their values with the keywords at their ends.
    private static readonly FrozenDictionary<string, TokenKind> ByText = Enum.GetNames<TokenKind>()
        .Where(name => !name.StartsWith("First", StringComparison.Ordinal) && !name.StartsWith("Last", StringComparison.Ordinal))
        .Select(name => (Text: name.ToLowerInvariant(), Kind: Enum.Parse<TokenKind>(name)))
        .Where(keyword => keyword.Kind.IsKeyword())
        .ToFrozenDictionary(keyword => keyword.Text, keyword => keyword.Kind, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, TokenKind>.AlternateLookup<ReadOnlySpan<char>> BySpan = ByText.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The keyword's kind, or <see cref="TokenKind.Identifier"/>.</summary>
    public static TokenKind KindOf(ReadOnlySpan<char> text) =>
        text.Length is >= 2 and <= LongestKeyword && char.IsAsciiLetterLower(text[0]) && BySpan.TryGetValue(text, out var kind) ? kind : TokenKind.Identifier;
}
