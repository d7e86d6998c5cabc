using FsCheck;
using FsCheck.Fluent;

namespace Slipway.Model.Tests.Labels;

public sealed class LabelExpressionTests
{
    [Theory]
    [InlineData("linux", true)]
    [InlineData("windows", false)]
    [InlineData("!windows", true)]
    [InlineData("linux && docker", true)]
    [InlineData("linux&&windows", false)]
    [InlineData("windows || docker", true)]
    [InlineData("windows -> docker", true)]
    [InlineData("linux -> windows", false)]
    [InlineData("linux <-> docker", true)]
    [InlineData("linux <-> windows", false)]
    [InlineData("(windows || linux) && docker", true)]
    [InlineData("windows && linux || docker", true)]
    [InlineData("windows && (linux || docker)", false)]
    [InlineData("!windows && docker", true)]
    [InlineData("!(windows || docker)", false)]
    [InlineData("!!linux", true)]
    [InlineData("\"big iron\"", true)]
    [InlineData("linux-x64.v1_2", true)]
    [InlineData("Linux", false)]
    public void An_expression_asks_a_nodes_labels(string text, bool matches) =>
        Assert.Equal(matches, LabelExpression.Parse(text).Matches(["linux", "docker", "big iron", "linux-x64.v1_2"]));

    [Theory]
    [InlineData("a||b&&c", "a || b && c")]
    [InlineData("(a||b)&&c", "(a || b) && c")]
    [InlineData("a->b||c", "a -> b || c")]
    [InlineData("(a->b)->c", "a -> b -> c")]
    [InlineData("a->(b->c)", "a -> (b -> c)")]
    [InlineData("a<->b->c", "a <-> b -> c")]
    [InlineData("!(a)", "!a")]
    [InlineData("!(a&&b)", "!(a && b)")]
    [InlineData("\"a b\" && \"plain\"", "\"a b\" && plain")]
    [InlineData("a->b", "a -> b")]
    [InlineData("a-b", "a-b")]
    public void Operators_bind_as_in_Jenkins(string text, string written) => Assert.Equal(written, LabelExpression.Parse(text).ToString());

    [Theory]
    [InlineData("", 1, "it is empty. Name a label.")]
    [InlineData("a b", 3, "expected an operator before 'b'. Join labels with '&&' (all of them) or '||' (any of them).")]
    [InlineData("a &&", 5, "it ends where a label is expected. Add one, or remove the operator before it.")]
    [InlineData("a & b", 3, "expected an operator before '&'. Join labels with '&&' (all of them) or '||' (any of them).")]
    [InlineData("(a || b", 8, "the '(' of column 1 is never closed. Add ')'.")]
    [InlineData("a)", 2, "')' closes nothing. Remove it, or open it with '('.")]
    [InlineData("\"a", 3, "the quote of column 1 is never closed. Add '\"'.")]
    [InlineData("|| a", 1, "expected a label before '||'. The operators are '&&', '||', '!', '->' and '<->'.")]
    [InlineData("a && \"\"", 6, "a label in quotes is empty. Name one.")]
    public void A_wrong_expression_is_refused_with_its_column_and_a_cure(string text, int column, string message)
    {
        Assert.False(LabelExpression.TryParse(text, out _, out var fault));

        Assert.Equal((column, message), (fault.Column, fault.Message));
    }

    [Fact]
    public void Nesting_and_length_are_bounded_so_that_no_text_exhausts_the_stack()
    {
        Assert.False(LabelExpression.TryParse(new string('(', 10_000), out _, out _));
        Assert.False(LabelExpression.TryParse(new string('!', 10_000) + "a", out _, out _));
        Assert.False(LabelExpression.TryParse(new string('a', 100_000), out _, out _));
        Assert.False(LabelExpression.TryParse(string.Join("&&", Enumerable.Repeat("a", 4000)), out _, out _));
    }

    [Fact]
    public void Written_and_parsed_again_every_expression_is_the_same() =>
        Prop.ForAll(Expressions().ToArbitrary(), expression => LabelExpression.Parse(expression.ToString()).Equals(expression)).QuickCheckThrowOnFailure();

    [Fact]
    public void No_text_makes_the_parser_throw() =>
        Prop.ForAll(Gen.Elements("a", "b ", "&&", "||", "!", "->", "<->", "(", ")", "\"", "-", "<", "\\", " ").ArrayOf().ToArbitrary(), pieces =>
        {
            var text = string.Concat(pieces);
            return LabelExpression.TryParse(text, out var expression, out var fault) ? expression is not null : fault.Column >= 1 && fault.Column <= text.Length + 1;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_labels_of_an_expression_are_named_once_each() => Assert.Equal(["a", "b", "c d"], LabelExpression.Parse("a && !b || a -> \"c d\"").Labels);

    private static Gen<LabelExpression> Expressions() => Gen.Sized(size => Expressions(Math.Min(size, 20)));

    private static Gen<LabelExpression> Expressions(int size)
    {
        var label = Gen.Elements("a", "linux-x64", "with space", "a\"b", "back\\slash", "->", "!x").Select(name => (LabelExpression)new LabelExpression.Label(name));
        if (size <= 1)
        {
            return label;
        }

        var smaller = Expressions(size / 2);
        var pair = from left in smaller from right in smaller select (left, right);
        return Gen.OneOf(
            label,
            smaller.Select(operand => (LabelExpression)new LabelExpression.Not(operand)),
            pair.Select(sides => (LabelExpression)new LabelExpression.And(sides.left, sides.right)),
            pair.Select(sides => (LabelExpression)new LabelExpression.Or(sides.left, sides.right)),
            pair.Select(sides => (LabelExpression)new LabelExpression.Implies(sides.left, sides.right)),
            pair.Select(sides => (LabelExpression)new LabelExpression.Iff(sides.left, sides.right)));
    }
}
