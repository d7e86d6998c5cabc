using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Lexing;

/// <summary>One token with its place.</summary>
/// <param name="NewlineBefore">A line end that can end a statement stands before it; line ends inside parentheses and brackets do not count.</param>
/// <param name="Text">The name, the digits with their suffix, or the string's value with escapes resolved; null for everything else.</param>
internal readonly record struct Token(TokenKind Kind, bool NewlineBefore, int Start, int End, string? Text)
{
    public Span Span => new(Start, End);
}

/// <summary>A file as tokens, closed by <see cref="TokenKind.EndOfFile"/>.</summary>
/// <param name="Matches">For each opening bracket, brace, parenthesis or <see cref="TokenKind.GStringStart"/> the index of what closes it, else 0. This is what keeps lookahead cheap.</param>
internal sealed record TokenList(Token[] Tokens, int Count, int[] Matches);
