using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Slipway.Groovy.Lexing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Parsing;

/// <summary>
/// Recursive descent over the token list of one file. Every decision is made by looking ahead over tokens (brackets are skipped in one step), nothing is parsed
/// twice; so time is linear. A fault is thrown as <see cref="SyntaxFault"/> after it was reported, and caught by the nearest list of statements or members,
/// which goes on behind it.
/// </summary>
internal sealed partial class Parser
{
    private readonly SourceText _source;
    private readonly Token[] _tokens;
    private readonly int[] _matches;
    private readonly DiagnosticSink _sink;
    private readonly ParserLimits _limits;
    private int _at;
    private int _depth;

    /// <summary>How deep the tree built last is, seen from the construct that is being read: see <see cref="Enter"/>.</summary>
    private int _height;

    public Parser(SourceText source, TokenList tokens, DiagnosticSink sink, ParserLimits limits)
    {
        _source = source;
        _tokens = tokens.Tokens;
        _matches = tokens.Matches;
        _sink = sink;
        _limits = limits;
    }

    private TokenKind Kind => _tokens[_at].Kind;

    /// <summary>Whether the current token is the first on its line (line ends inside brackets do not count).</summary>
    private bool OnNewLine => _tokens[_at].NewlineBefore;

    private TokenKind Peek(int distance) => KindAt(_at + distance);

    // The list ends with EndOfFile, which no lookahead goes past by more than a few tokens.
    private TokenKind KindAt(int index) => index < _tokens.Length ? _tokens[index].Kind : TokenKind.EndOfFile;

    private Span SpanFrom(int firstToken) => new(_tokens[firstToken].Start, Math.Max(_tokens[firstToken].Start, _tokens[Math.Max(_at - 1, 0)].End));

    private Span SpanFrom(Node first) => new(first.Span.Start, _tokens[_at - 1].End);

    private bool Accept(TokenKind kind)
    {
        if (Kind != kind)
        {
            return false;
        }

        _at++;
        return true;
    }

    private bool AcceptOnLine(TokenKind kind) => !OnNewLine && Accept(kind);

    private void Expect(TokenKind kind, string what)
    {
        if (!Accept(kind))
        {
            throw Fault(Codes.UnexpectedToken, $"Expected {what}, but found {Describe(_at)}.");
        }
    }

    private string ExpectName(string what)
    {
        if (Kind == TokenKind.Identifier)
        {
            return _tokens[_at++].Text!;
        }

        var hint = Kind.IsKeyword() ? " (a reserved word; choose another name)" : "";
        throw Fault(Codes.MissingName, $"Expected {what}, but found {Describe(_at)}{hint}.");
    }

    /// <summary>Consumes what closes the bracket at token <paramref name="opening"/>.</summary>
    private void ExpectClosing(int opening, TokenKind closing, string inside)
    {
        if (Accept(closing))
        {
            return;
        }

        if (_matches[opening] == 0)
        {
            throw FaultAt(opening, Codes.NotClosed, $"The {Describe(opening)} opened here is never closed; expected {Spell(closing)} or a ',' before {Describe(_at)}{Where(_at)}.");
        }

        if (Kind == TokenKind.Arrow)
        {
            throw Fault(Codes.NotInGroovy24, "Groovy 2.4 has no lambdas; write a closure: { x -> … }.");
        }

        var hint = KindAt(_at - 1) == TokenKind.Identifier && EndsValue(Kind) && KindAt(_at - 2) is TokenKind.Comma or TokenKind.LeftBracket
            ? " (or is a ':' missing between a name and its value?)"
            : "";
        throw FaultOfNameBehindNumber() ?? Fault(Codes.MissingSeparator, $"Expected ',' or {Spell(closing)} {inside}, but found {Describe(_at)}{hint}.");
    }

    private SyntaxFault? FaultOfNameBehindNumber() =>
        Kind == TokenKind.Identifier && _tokens[_at - 1].Kind is TokenKind.IntegerLiteral or TokenKind.DecimalLiteral && _tokens[_at - 1].End == _tokens[_at].Start
            ? FaultAt(
                _at - 1,
                Codes.BadNumber,
                $"'{_tokens[_at - 1].Text}{_tokens[_at].Text}' is neither a number nor a name: a name cannot begin with a digit, and a text needs quotes.")
            : null;

    private string Where(int token) => KindAt(token) == TokenKind.EndOfFile ? "" : $" in line {_source.PositionOf(_tokens[token].Start).Line}";

    /// <summary>
    /// Begins a construct that can stand in itself. Returns what <see cref="Leave"/> must be given back. Two things are bounded: how deep the parser recurses,
    /// and how deep the tree becomes, which chains such as <c>a + b + c</c> and <c>a.b().c()</c> deepen without any recursion.
    /// </summary>
    private int Enter()
    {
        if (++_depth > _limits.MaxNesting || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw TooDeep($"This is nested more than {_limits.MaxNesting} levels deep; move inner parts into methods of their own.");
        }

        var outer = _height;
        _height = 0;
        return outer;
    }

    private void Leave(int outer)
    {
        _depth--;
        Deepen();
        _height = Math.Max(outer, _height);
    }

    /// <summary>One more level of tree over what was read since the construct began.</summary>
    private void Deepen()
    {
        if (++_height > _limits.MaxTreeDepth)
        {
            throw TooDeep($"This expression is a chain of more than {_limits.MaxTreeDepth} parts; split it, or collect the parts in a list.");
        }
    }

    private ParsingEnded TooDeep(string message)
    {
        _sink.Error(Codes.TooDeep, message, _tokens[_at].Span);
        return new ParsingEnded();
    }

    // ---- faults ----

    private SyntaxFault Fault(string code, string message) => FaultAt(_at, code, message);

    private SyntaxFault FaultAt(int token, string code, string message)
    {
        Report(token, code, message);
        return new SyntaxFault();
    }

    private void Report(int token, string code, string message)
    {
        if (!IsConsequence(token))
        {
            _sink.Error(code, message, _tokens[token].Span);
        }

        if (_sink.IsFull)
        {
            throw new ParsingEnded();
        }
    }

    /// <summary>Whether a fault at a token only follows from one already reported: a broken literal on its line, or one that swallowed the rest of the file.</summary>
    private bool IsConsequence(int token) =>
        _sink.Count > 0
        && (_sink.HasErrorOnLine(_source.PositionOf(_tokens[token].Start).Line)
            || _tokens[token].Kind == TokenKind.Bad
            || (_tokens[token].Kind == TokenKind.EndOfFile && (_sink.Has(Codes.UnclosedString) || _sink.Has(Codes.UnclosedComment))));

    /// <summary>The fault was reported; the nearest list goes on behind it.</summary>
    [SuppressMessage("Design", "CA1064", Justification = "Never leaves the parser.")]
    private sealed class SyntaxFault : Exception;

    /// <summary>There is no sense in reading on.</summary>
    [SuppressMessage("Design", "CA1064", Justification = "Never leaves the parser.")]
    private sealed class ParsingEnded : Exception;

    private string Describe(int index)
    {
        ref readonly var token = ref _tokens[index];
        switch (token.Kind)
        {
            case TokenKind.EndOfFile:
                return "the end of the file";
            case TokenKind.String:
                return "the string " + Shorten(_source.Text[token.Start..token.End]);
            case TokenKind.GStringStart or TokenKind.GStringMiddle or TokenKind.GStringEnd:
                return "the string " + Shorten(_source.Text[token.Start..token.End] + "…");
            default:
                return "'" + Shorten(_source.Text[token.Start..token.End]) + "'";
        }
    }

    private static string Shorten(string text)
    {
        const int Longest = 30;
        var line = text.AsSpan().IndexOfAny('\r', '\n');
        text = line >= 0 ? text[..line] + "…" : text;
        return text.Length <= Longest ? text : text[..(Longest - 1)] + "…";
    }

    private static string Spell(TokenKind kind) => kind switch
    {
        TokenKind.RightParen => "')'",
        TokenKind.RightBracket => "']'",
        TokenKind.RightBrace => "'}'",
        _ => kind.ToString(),
    };
}
