namespace Slipway.Model;

public enum TestStatus
{
    Passed,
    Failed,
    Skipped,
}

public sealed record TestSummary(int Total, int Failed, int Skipped, TimeSpan Duration);
