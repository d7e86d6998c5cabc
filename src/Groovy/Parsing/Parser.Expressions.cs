using Slipway.Groovy.Lexing;
using Slipway.Groovy.Syntax;

namespace Slipway.Groovy.Parsing;

// Operators, from assignment down to casts. Precedences are those of Groovy 2.4, whose '**' binds to the left and whose 'as' stands among the comparisons.
internal sealed partial class Parser
{
    private const int Comparison = 8;
    private const int Multiplicative = 11;

    private Expression ParseExpression()
    {
        var outer = Enter();
        var expression = IsTupleAssignment() ? ParseTupleAssignment() : ParseAssignment();
        Leave(outer);
        return expression;
    }

    private Expression ParseAssignment()
    {
        var target = ParseConditional();
        if (!Kind.IsAssignment() || OnNewLine)
        {
            return target;
        }

        if (!IsAssignable(target))
        {
            throw Fault(
                Codes.NotAssignable,
                target is BinaryExpression or UnaryExpression or TernaryExpression
                    ? $"{Describe(_at)} needs a name, property or index on its left; to compare write '=='."
                    : $"{InGroovysWords(target)}{Describe(_at)} needs a name, property or index on its left, not this {NameOf(target)}.");
        }

        var @operator = CompoundOperator(Kind);
        _at++;
        var value = ParseCommandExpression();
        return new AssignmentExpression(target, @operator, value, SpanFrom(target));
    }

    private static bool IsAssignable(Expression target) => target switch
    {
        NameExpression { Name: not ("this" or "super") } or PropertyExpression or IndexExpression => true,
        ParenthesizedExpression inner => inner.Inner is NameExpression or PropertyExpression or IndexExpression,
        _ => false,
    };

    /// <summary>What Groovy itself says of an assignment to a constant: people search for it.</summary>
    private static string InGroovysWords(Expression target) =>
        target is LiteralExpression { Value: string text } ? $"[{text}] is a constant expression, but it should be a variable expression: " : "";

    private static string NameOf(Expression expression) => expression switch
    {
        LiteralExpression or GStringExpression => "literal",
        CallExpression => "call",
        ClosureExpression => "closure",
        ListExpression or MapExpression => "list or map (to assign to several names write (a, b) = list)",
        NameExpression name => $"'{name.Name}'",
        _ => "expression",
    };

    private static BinaryOperator? CompoundOperator(TokenKind kind) => kind switch
    {
        TokenKind.PlusAssign => BinaryOperator.Add,
        TokenKind.MinusAssign => BinaryOperator.Subtract,
        TokenKind.StarAssign => BinaryOperator.Multiply,
        TokenKind.DivideAssign => BinaryOperator.Divide,
        TokenKind.ModuloAssign => BinaryOperator.Modulo,
        TokenKind.PowerAssign => BinaryOperator.Power,
        TokenKind.ShiftLeftAssign => BinaryOperator.ShiftLeft,
        TokenKind.ShiftRightAssign => BinaryOperator.ShiftRight,
        TokenKind.ShiftRightUnsignedAssign => BinaryOperator.ShiftRightUnsigned,
        TokenKind.AndAssign => BinaryOperator.BitAnd,
        TokenKind.OrAssign => BinaryOperator.BitOr,
        TokenKind.XorAssign => BinaryOperator.BitXor,
        _ => null,
    };

    /// <summary>Whether <c>(name, name) =</c> stands here.</summary>
    private bool IsTupleAssignment()
    {
        var close = Kind == TokenKind.LeftParen ? _matches[_at] : 0;
        if (close == 0 || KindAt(close + 1) != TokenKind.Assign || (close - _at) % 2 != 0 || _tokens[close + 1].NewlineBefore)
        {
            return false;
        }

        for (var at = _at + 1; at < close; at += 2)
        {
            if (KindAt(at) != TokenKind.Identifier || (at + 1 < close && KindAt(at + 1) != TokenKind.Comma))
            {
                return false;
            }
        }

        return true;
    }

    private AssignmentExpression ParseTupleAssignment()
    {
        var start = _at++;
        var names = new List<Expression>();
        do
        {
            names.Add(new NameExpression(_tokens[_at].Text!, _tokens[_at].Span));
            _at += 2;
        }
        while (_tokens[_at - 1].Kind == TokenKind.Comma);
        var tuple = new TupleExpression(names, SpanFrom(start));
        _at++;
        var value = ParseCommandExpression();
        return new AssignmentExpression(tuple, null, value, SpanFrom(start));
    }

    /// <summary><c>a ? b : c</c> and <c>a ?: b</c>; both signs may begin a line.</summary>
    private Expression ParseConditional()
    {
        var condition = ParseBinary(1);
        if (Kind == TokenKind.Elvis)
        {
            _at++;
            var fallback = ParseConditionalBranch();
            return new ElvisExpression(condition, fallback, SpanFrom(condition));
        }

        if (Kind != TokenKind.Question)
        {
            return condition;
        }

        var question = _at++;
        var then = ParseExpression();
        if (!Accept(TokenKind.Colon))
        {
            throw Fault(
                Codes.UnexpectedToken,
                $"Expected ':' and the other value of the '?' in line {_source.PositionOf(_tokens[question].Start).Line}, but found {Describe(_at)}; a command in it needs parentheses: a ? f(x) : y.");
        }

        var otherwise = ParseConditionalBranch();
        return new TernaryExpression(condition, then, otherwise, SpanFrom(condition));
    }

    private Expression ParseConditionalBranch()
    {
        var outer = Enter();
        var expression = ParseConditional();
        Leave(outer);
        return expression;
    }

    private static (BinaryOperator Operator, int Precedence) BinaryOperatorOf(TokenKind kind) => kind switch
    {
        TokenKind.Or => (BinaryOperator.Or, 1),
        TokenKind.And => (BinaryOperator.And, 2),
        TokenKind.Bar => (BinaryOperator.BitOr, 3),
        TokenKind.Caret => (BinaryOperator.BitXor, 4),
        TokenKind.Ampersand => (BinaryOperator.BitAnd, 5),
        TokenKind.Find => (BinaryOperator.Find, 6),
        TokenKind.Match => (BinaryOperator.Match, 6),
        TokenKind.Equal => (BinaryOperator.Equal, 7),
        TokenKind.NotEqual => (BinaryOperator.NotEqual, 7),
        TokenKind.Identical => (BinaryOperator.Identical, 7),
        TokenKind.NotIdentical => (BinaryOperator.NotIdentical, 7),
        TokenKind.Compare => (BinaryOperator.Compare, 7),
        TokenKind.Less => (BinaryOperator.Less, Comparison),
        TokenKind.LessOrEqual => (BinaryOperator.LessOrEqual, Comparison),
        TokenKind.Greater => (BinaryOperator.Greater, Comparison),
        TokenKind.GreaterOrEqual => (BinaryOperator.GreaterOrEqual, Comparison),
        TokenKind.In => (BinaryOperator.In, Comparison),
        TokenKind.InstanceOf => (BinaryOperator.InstanceOf, Comparison),
        TokenKind.ShiftLeft => (BinaryOperator.ShiftLeft, 9),
        TokenKind.ShiftRight => (BinaryOperator.ShiftRight, 9),
        TokenKind.ShiftRightUnsigned => (BinaryOperator.ShiftRightUnsigned, 9),
        TokenKind.Plus => (BinaryOperator.Add, 10),
        TokenKind.Minus => (BinaryOperator.Subtract, 10),
        TokenKind.Star => (BinaryOperator.Multiply, Multiplicative),
        TokenKind.Slash => (BinaryOperator.Divide, Multiplicative),
        TokenKind.Percent => (BinaryOperator.Modulo, Multiplicative),
        _ => (default, 0),
    };

    /// <summary>Operators of at least the given precedence, by climbing. One that is not at the end of its line ends the expression.</summary>
    private Expression ParseBinary(int lowest)
    {
        var outer = _height;
        _height = 0;
        var left = lowest > Multiplicative ? ParsePower() : ParseSigned();
        var highest = int.MaxValue;
        while (!OnNewLine)
        {
            var kind = Kind;
            if (kind is TokenKind.As or TokenKind.Range or TokenKind.RangeExclusive or TokenKind.Not)
            {
                var next = ParseSpecialOperator(kind, left, lowest, ref highest);
                if (next is null)
                {
                    break;
                }

                left = next;
                continue;
            }

            var (@operator, precedence) = BinaryOperatorOf(kind);
            if (precedence == 0 || precedence < lowest || precedence > highest || (kind.IsKeyword() && Peek(1) == TokenKind.Colon))
            {
                break;
            }

            _at++;
            if (@operator == BinaryOperator.InstanceOf)
            {
                left = ParseInstanceOf(@operator, left);
                highest = Comparison - 1;
                continue;
            }

            // Comparisons do not chain.
            highest = precedence == Comparison ? Comparison - 1 : highest;
            var right = ParseBinary(precedence + 1);
            left = new BinaryExpression(@operator, left, right, SpanFrom(left));
            Deepen();
        }

        _height = Math.Max(outer, _height);
        return left;
    }

    /// <summary>Ranges, <c>as</c>, <c>!in</c> and <c>!instanceof</c>; null where the operator does not belong to this level.</summary>
    private Expression? ParseSpecialOperator(TokenKind kind, Expression left, int lowest, ref int highest)
    {
        if (kind is TokenKind.Range or TokenKind.RangeExclusive)
        {
            if (lowest > 9 || highest < 9)
            {
                return null;
            }

            _at++;
            var to = ParseBinary(10);
            Deepen();
            return new RangeExpression(left, to, kind == TokenKind.RangeExclusive, SpanFrom(left));
        }

        if (lowest > Comparison || highest < Comparison || (kind == TokenKind.As && Peek(1) == TokenKind.Colon))
        {
            return null;
        }

        Deepen();
        switch (kind)
        {
            case TokenKind.As:
                _at++;
                highest = Comparison - 1;
                return new CastExpression(ParseType(), left, true, SpanFrom(left));
            case TokenKind.Not when Peek(1) == TokenKind.In:
                _at += 2;
                highest = Comparison - 1;
                var right = ParseBinary(Comparison + 1);
                return new BinaryExpression(BinaryOperator.NotIn, left, right, SpanFrom(left));
            case TokenKind.Not when Peek(1) == TokenKind.InstanceOf:
                _at += 2;
                highest = Comparison - 1;
                return ParseInstanceOf(BinaryOperator.NotInstanceOf, left);
            default:
                return null;
        }
    }

    private BinaryExpression ParseInstanceOf(BinaryOperator @operator, Expression left)
    {
        var type = ParseType();
        Deepen();
        return new BinaryExpression(@operator, left, new TypeExpression(type, type.Span), SpanFrom(left));
    }

    // ---- signs, powers, casts ----

    private static UnaryOperator? SignOf(TokenKind kind) => kind switch
    {
        TokenKind.Minus => UnaryOperator.Negate,
        TokenKind.Plus => UnaryOperator.Plus,
        TokenKind.PlusPlus => UnaryOperator.PreIncrement,
        TokenKind.MinusMinus => UnaryOperator.PreDecrement,
        _ => null,
    };

    /// <summary>A sign binds looser than '**' where it begins an operand of '+' or '*' (<c>-2 ** 2</c> is -4) …</summary>
    private Expression ParseSigned()
    {
        if (SignOf(Kind) is not { } sign)
        {
            return ParsePowersOf(ParseUnaryWithoutSign());
        }

        var outer = Enter();
        var start = _at++;
        var operand = ParseSigned();
        Leave(outer);
        return ApplySign(sign, operand, start);
    }

    /// <summary>… but tighter to the right of '*', '/' and '%'.</summary>
    private Expression ParsePower() => ParsePowersOf(ParseUnary());

    private Expression ParsePowersOf(Expression left)
    {
        while (Kind == TokenKind.StarStar && !OnNewLine)
        {
            _at++;
            var right = ParseUnary();
            left = new BinaryExpression(BinaryOperator.Power, left, right, SpanFrom(left));
            Deepen();
        }

        return left;
    }

    private Expression ParseUnary()
    {
        if (SignOf(Kind) is not { } sign)
        {
            return ParseUnaryWithoutSign();
        }

        var outer = Enter();
        var start = _at++;
        var operand = ParseUnary();
        Leave(outer);
        return ApplySign(sign, operand, start);
    }

    private Expression ApplySign(UnaryOperator sign, Expression operand, int start)
    {
        var span = SpanFrom(start);
        if (sign is UnaryOperator.Negate or UnaryOperator.Plus && operand is LiteralExpression && _at == start + 2
            && KindAt(start + 1) is TokenKind.IntegerLiteral or TokenKind.DecimalLiteral)
        {
            return Number(start + 1, sign == UnaryOperator.Negate, span);
        }

        if (sign is UnaryOperator.PreIncrement or UnaryOperator.PreDecrement && !IsAssignable(operand))
        {
            throw FaultAt(start, Codes.NotAssignable, $"{Describe(start)} needs a name, property or index, not this {NameOf(operand)}.");
        }

        return new UnaryExpression(sign, operand, span);
    }

    private Expression ParseUnaryWithoutSign()
    {
        if (Kind is TokenKind.Not or TokenKind.Tilde)
        {
            var outer = Enter();
            var start = _at++;
            var operand = ParseUnary();
            Leave(outer);
            return new UnaryExpression(_tokens[start].Kind == TokenKind.Not ? UnaryOperator.Not : UnaryOperator.BitNot, operand, SpanFrom(start));
        }

        return IsCast(out var isBuiltIn) ? ParseCast(isBuiltIn) : ParsePostfix();
    }

    /// <summary>
    /// Whether <c>(Type)</c> and a value behind it stand here. Groovy takes whatever looks like a cast for one: <c>(a)(b)</c> and <c>(a)[b]</c> too. Only
    /// a sign behind the parenthesis makes it an operand, unless the type can be nothing but a type.
    /// </summary>
    private bool IsCast(out bool isBuiltIn)
    {
        isBuiltIn = Peek(1).IsBuiltInType();
        if (Kind != TokenKind.LeftParen || !(isBuiltIn || Peek(1) == TokenKind.Identifier))
        {
            return false;
        }

        var close = SkipType(_at + 1);
        if (close < 0 || KindAt(close) != TokenKind.RightParen)
        {
            return false;
        }

        var next = KindAt(close + 1);
        if (_tokens[close + 1].NewlineBefore)
        {
            return false;
        }

        if (next == TokenKind.LeftParen)
        {
            return IsSingleValue(close + 1);
        }

        return next is TokenKind.Identifier or TokenKind.IntegerLiteral or TokenKind.DecimalLiteral or TokenKind.String or TokenKind.GStringStart
                or TokenKind.LeftBracket or TokenKind.LeftBrace or TokenKind.New or TokenKind.This or TokenKind.Super
                or TokenKind.True or TokenKind.False or TokenKind.Null or TokenKind.Tilde
            || next.IsBuiltInType()
            || (next == TokenKind.Not && KindAt(close + 2) is not (TokenKind.In or TokenKind.InstanceOf))
            || (isBuiltIn && SignOf(next) is not null);
    }

    /// <summary>Whether the parentheses hold one value, so that <c>(a)(b)</c> is a cast; <c>(a)()</c> and <c>(a)(b, c)</c> are calls.</summary>
    private bool IsSingleValue(int open)
    {
        var close = _matches[open];
        if (close <= open + 1 || KindAt(open + 1) == TokenKind.Star)
        {
            return false;
        }

        for (var at = open + 1; at < close; at = _matches[at] > at ? _matches[at] + 1 : at + 1)
        {
            if (KindAt(at) == TokenKind.Comma || (at == open + 1 && KindAt(at + 1) == TokenKind.Colon))
            {
                return false;
            }
        }

        return true;
    }

    private CastExpression ParseCast(bool isBuiltIn)
    {
        var outer = Enter();
        var start = _at++;
        var type = ParseType();
        _at++;
        var value = isBuiltIn ? ParseUnary() : ParseUnaryWithoutSign();
        Leave(outer);
        return new CastExpression(type, value, false, SpanFrom(start));
    }

    private Expression ParsePostfix()
    {
        var start = _at;
        var operand = ParsePath();
        if (Kind is not (TokenKind.PlusPlus or TokenKind.MinusMinus) || OnNewLine)
        {
            return operand;
        }

        if (!IsAssignable(operand))
        {
            throw Fault(Codes.NotAssignable, $"{Describe(_at)} needs a name, property or index before it, not this {NameOf(operand)}.");
        }

        var @operator = Kind == TokenKind.PlusPlus ? UnaryOperator.PostIncrement : UnaryOperator.PostDecrement;
        _at++;
        Deepen();
        return new UnaryExpression(@operator, operand, SpanFrom(start));
    }
}
