using Slipway.Jenkinsfile.Declarative.Model;

namespace Slipway.Jenkinsfile.Declarative.Execution;

/// <summary>One combination of axis values.</summary>
internal sealed record MatrixCell(IReadOnlyList<(string Axis, string Value)> Values)
{
    public string Name => "Matrix - " + string.Join(", ", Values.Select(v => $"{v.Axis} = '{v.Value}'"));

    public StageDefinition AsStage(MatrixSection matrix) => new(
        Name, matrix.Span, matrix.Agent, matrix.Environment, matrix.When, matrix.Input, matrix.Tools, matrix.Options, FailFast: false,
        Steps: null, matrix.Stages, Parallel: null, Matrix: null, matrix.Post, matrix.Span);
}

internal static class MatrixCells
{
    /// <summary>All cells but the excluded ones; the first axis changes fastest.</summary>
    public static IReadOnlyList<MatrixCell> Of(MatrixSection matrix)
    {
        IReadOnlyList<MatrixCell> cells = [new MatrixCell([])];
        foreach (var axis in matrix.Axes)
        {
            cells = [.. axis.Values.SelectMany(value => cells.Select(cell => new MatrixCell([.. cell.Values, (axis.Name, value)])))];
        }

        return [.. cells.Where(cell => !matrix.Excludes.Any(exclude => exclude.All(axis => Matches(cell, axis))))];
    }

    private static bool Matches(MatrixCell cell, MatrixAxis axis) => cell.Values.Any(v => v.Axis == axis.Name && axis.Values.Contains(v.Value) != axis.IsInverse);
}
