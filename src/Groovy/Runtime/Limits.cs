namespace Slipway.Groovy.Runtime;

/// <summary>What one run may use. A passed limit ends the run with an error that no catch clause sees, except call depth, which is Java's StackOverflowError.</summary>
public sealed record Limits
{
    /// <summary>The longest text that one value may have, in characters; a guard against a single operation that fills memory.</summary>
    internal const int LargestText = 128 * 1024 * 1024;

    public static readonly Limits Default = new();

    /// <summary>Instructions of all fibers together; loops and calls count, straight code is bounded by its length.</summary>
    public long Instructions { get; init; } = long.MaxValue;

    /// <summary>Calls inside calls.</summary>
    public int CallDepth { get; init; } = 4000;

    /// <summary>Bytes that the values of a run may take together, as far as the interpreter can see them.</summary>
    public long Memory { get; init; } = 512L * 1024 * 1024;

    /// <summary>How long a fiber may compute without waiting for anything.</summary>
    public TimeSpan Computation { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How long one search with a regular expression may take.</summary>
    public TimeSpan RegexMatch { get; init; } = TimeSpan.FromSeconds(10);
}
