using System.Diagnostics.CodeAnalysis;

namespace Slipway.Model;

/// <summary>
/// A question about a node's labels, in Jenkins' grammar. From loosest to tightest: <c>&lt;-&gt;</c>, <c>-&gt;</c>, <c>||</c>, <c>&amp;&amp;</c>, <c>!</c>, then parentheses and labels.
/// A label may stand in quotes; outside of them it holds no space and none of <c>&amp; | ! ( ) &lt; &gt; "</c>. Immutable; equal when written alike.
/// </summary>
public abstract record LabelExpression
{
    private protected LabelExpression()
    {
    }

    private protected abstract int Precedence { get; }

    /// <summary>True for a node that carries the labels which <paramref name="carries"/> affirms.</summary>
    public abstract bool Matches(Func<string, bool> carries);

    /// <summary>True for a node with exactly these labels (case matters, as in Jenkins).</summary>
    public bool Matches(IReadOnlyCollection<string> labels) => Matches(labels.Contains);

    /// <summary>Every label that the expression names, each once, in order of appearance.</summary>
    public IReadOnlyList<string> Labels
    {
        get
        {
            var labels = new List<string>();
            Collect(labels);
            return labels;
        }
    }

    private protected abstract void Collect(List<string> labels);

    /// <exception cref="FormatException">The text is not an expression; the message names the column and says what to write.</exception>
    public static LabelExpression Parse(string text) =>
        TryParse(text, out var expression, out var fault) ? expression : throw new FormatException(fault.ToString());

    public static bool TryParse(string text, [NotNullWhen(true)] out LabelExpression? expression, [NotNullWhen(false)] out LabelFault? fault) =>
        LabelExpressionParser.TryParse(text, out expression, out fault);

    /// <summary>Splits the labels of a node or template, which are separated by spaces.</summary>
    public static IReadOnlyList<string> SplitLabels(string? labels) =>
        labels is null ? [] : labels.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The expression in the fewest parentheses; parsing it gives an equal one.</summary>
    public sealed override string ToString() => Write();

    private protected abstract string Write();

    private protected string Within(LabelExpression operand, bool tighter) =>
        operand.Precedence > Precedence || (!tighter && operand.Precedence == Precedence) ? operand.Write() : $"({operand.Write()})";

    public sealed record Label(string Name) : LabelExpression
    {
        private protected override int Precedence => 5;

        public override bool Matches(Func<string, bool> carries) => carries(Name);

        private protected override void Collect(List<string> labels)
        {
            if (!labels.Contains(Name))
            {
                labels.Add(Name);
            }
        }

        private protected override string Write() =>
            LabelExpressionParser.IsPlain(Name) ? Name : '"' + Name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"';
    }

    public sealed record Not(LabelExpression Operand) : LabelExpression
    {
        private protected override int Precedence => 4;

        public override bool Matches(Func<string, bool> carries) => !Operand.Matches(carries);

        private protected override void Collect(List<string> labels) => Operand.Collect(labels);

        private protected override string Write() => "!" + Within(Operand, tighter: false);
    }

    public sealed record And(LabelExpression Left, LabelExpression Right) : LabelExpression
    {
        private protected override int Precedence => 3;

        public override bool Matches(Func<string, bool> carries) => Left.Matches(carries) && Right.Matches(carries);

        private protected override void Collect(List<string> labels) => CollectBoth(Left, Right, labels);

        private protected override string Write() => $"{Within(Left, tighter: false)} && {Within(Right, tighter: true)}";
    }

    public sealed record Or(LabelExpression Left, LabelExpression Right) : LabelExpression
    {
        private protected override int Precedence => 2;

        public override bool Matches(Func<string, bool> carries) => Left.Matches(carries) || Right.Matches(carries);

        private protected override void Collect(List<string> labels) => CollectBoth(Left, Right, labels);

        private protected override string Write() => $"{Within(Left, tighter: false)} || {Within(Right, tighter: true)}";
    }

    public sealed record Implies(LabelExpression Left, LabelExpression Right) : LabelExpression
    {
        private protected override int Precedence => 1;

        public override bool Matches(Func<string, bool> carries) => !Left.Matches(carries) || Right.Matches(carries);

        private protected override void Collect(List<string> labels) => CollectBoth(Left, Right, labels);

        private protected override string Write() => $"{Within(Left, tighter: false)} -> {Within(Right, tighter: true)}";
    }

    public sealed record Iff(LabelExpression Left, LabelExpression Right) : LabelExpression
    {
        private protected override int Precedence => 0;

        public override bool Matches(Func<string, bool> carries) => Left.Matches(carries) == Right.Matches(carries);

        private protected override void Collect(List<string> labels) => CollectBoth(Left, Right, labels);

        private protected override string Write() => $"{Within(Left, tighter: false)} <-> {Within(Right, tighter: true)}";
    }

    private static void CollectBoth(LabelExpression left, LabelExpression right, List<string> labels)
    {
        left.Collect(labels);
        right.Collect(labels);
    }
}

/// <summary>Why a text is not a label expression.</summary>
/// <param name="Column">Counts from one.</param>
public sealed record LabelFault(string Text, int Column, string Message)
{
    public override string ToString() => $"The label expression '{Text}' is wrong at column {Column}: {Message}";
}
