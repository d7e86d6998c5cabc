using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Slipway.Model;

/// <summary>Reads label expressions by recursive descent; nesting is bounded, so that no text can exhaust the stack.</summary>
internal ref struct LabelExpressionParser
{
    private const int DeepestNesting = 200;
    private const int LongestText = 16 * 1024;

    private readonly string _text;
    private int _position;
    private int _depth;
    private int _operators;
    private LabelFault? _fault;

    private LabelExpressionParser(string text) => _text = text;

    public static bool TryParse(string text, [NotNullWhen(true)] out LabelExpression? expression, [NotNullWhen(false)] out LabelFault? fault)
    {
        if (text.Length > LongestText)
        {
            expression = null;
            fault = new LabelFault(text[..40] + "…", LongestText + 1, $"it is longer than {LongestText} characters. Shorten it.");
            return false;
        }

        var parser = new LabelExpressionParser(text);
        expression = parser.ReadIff();
        if (expression is not null && parser.Peek() != '\0')
        {
            parser.Fail(parser.Peek() == ')'
                ? "')' closes nothing. Remove it, or open it with '('."
                : $"expected an operator before '{parser.Rest()}'. Join labels with '&&' (all of them) or '||' (any of them).");
        }

        fault = parser._fault;
        expression = fault is null ? expression : null;
        return fault is null;
    }

    /// <summary>True for a label that needs no quotes.</summary>
    public static bool IsPlain(string label)
    {
        for (var index = 0; index < label.Length; index++)
        {
            if (!IsLabelPart(label, index))
            {
                return false;
            }
        }

        return label.Length > 0;
    }

    private static bool IsLabelPart(string text, int index) => text[index] switch
    {
        '&' or '|' or '!' or '(' or ')' or '<' or '>' or '"' => false,
        '-' => index + 1 >= text.Length || text[index + 1] != '>',
        var character => !char.IsWhiteSpace(character) && !char.IsControl(character),
    };

    private LabelExpression? ReadIff()
    {
        var left = ReadImplies();
        while (left is not null && Take("<->"))
        {
            left = ReadImplies() is { } right ? new LabelExpression.Iff(left, right) : null;
        }

        return left;
    }

    private LabelExpression? ReadImplies()
    {
        var left = ReadOr();
        while (left is not null && Take("->"))
        {
            left = ReadOr() is { } right ? new LabelExpression.Implies(left, right) : null;
        }

        return left;
    }

    private LabelExpression? ReadOr()
    {
        var left = ReadAnd();
        while (left is not null && Take("||"))
        {
            left = ReadAnd() is { } right ? new LabelExpression.Or(left, right) : null;
        }

        return left;
    }

    private LabelExpression? ReadAnd()
    {
        var left = ReadNot();
        while (left is not null && Take("&&"))
        {
            left = ReadNot() is { } right ? new LabelExpression.And(left, right) : null;
        }

        return left;
    }

    private LabelExpression? ReadNot()
    {
        if (!Take("!"))
        {
            return ReadPrimary();
        }

        if (++_depth > DeepestNesting)
        {
            return Fail($"it nests deeper than {DeepestNesting} levels. Simplify it.");
        }

        var operand = ReadNot();
        _depth--;
        return operand is null ? null : new LabelExpression.Not(operand);
    }

    private LabelExpression? ReadPrimary()
    {
        switch (Peek())
        {
            case '\0':
                return Fail(_text.Trim().Length == 0 ? "it is empty. Name a label." : "it ends where a label is expected. Add one, or remove the operator before it.");
            case '(':
                return ReadParenthesized();
            case '"':
                return ReadQuoted();
            case ')':
                return Fail("expected a label before ')'.");
            case '&' or '|' or '<' or '>':
                return Fail($"expected a label before '{Rest()}'. The operators are '&&', '||', '!', '->' and '<->'.");
        }

        var start = _position;
        while (_position < _text.Length && IsLabelPart(_text, _position))
        {
            _position++;
        }

        return _position == start ? Fail($"expected a label before '{Rest()}'.") : new LabelExpression.Label(_text[start.._position]);
    }

    private LabelExpression? ReadParenthesized()
    {
        var open = _position++;
        if (++_depth > DeepestNesting)
        {
            return Fail($"it nests deeper than {DeepestNesting} levels. Simplify it.");
        }

        var inner = ReadIff();
        _depth--;
        if (inner is null || Take(")"))
        {
            return inner;
        }

        return Peek() == '\0'
            ? Fail($"the '(' of column {open + 1} is never closed. Add ')'.")
            : Fail($"expected an operator or ')' before '{Rest()}'. Join labels with '&&' (all of them) or '||' (any of them).");
    }

    private LabelExpression? ReadQuoted()
    {
        var open = _position++;
        var label = new StringBuilder();
        for (; _position < _text.Length; _position++)
        {
            var character = _text[_position];
            if (character == '\\' && _position + 1 < _text.Length)
            {
                label.Append(_text[++_position]);
            }
            else if (character != '"')
            {
                label.Append(character);
            }
            else if (label.Length == 0)
            {
                return Fail("a label in quotes is empty. Name one.", open);
            }
            else
            {
                _position++;
                return new LabelExpression.Label(label.ToString());
            }
        }

        return Fail($"the quote of column {open + 1} is never closed. Add '\"'.");
    }

    private char Peek()
    {
        while (_position < _text.Length && char.IsWhiteSpace(_text[_position]))
        {
            _position++;
        }

        return _position < _text.Length ? _text[_position] : '\0';
    }

    private bool Take(string token)
    {
        Peek();
        if (!_text.AsSpan(_position).StartsWith(token, StringComparison.Ordinal))
        {
            return false;
        }

        // A chain of operators makes a tree as deep as it is long, which later walks recurse into.
        if (token != ")" && ++_operators > 1000)
        {
            Fail("it has more than 1000 operators. Simplify it.");
        }

        _position += token.Length;
        return true;
    }

    private readonly string Rest()
    {
        var rest = _text[_position..];
        var end = rest.IndexOf(' ', StringComparison.Ordinal);
        rest = end > 0 ? rest[..end] : rest;
        return rest.Length > 30 ? rest[..30] + "…" : rest;
    }

    private LabelExpression? Fail(string message, int? position = null)
    {
        _fault ??= new LabelFault(_text, (position ?? _position) + 1, message);
        return null;
    }
}
