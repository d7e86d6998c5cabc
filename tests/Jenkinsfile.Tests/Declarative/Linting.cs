using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Lint;

namespace Slipway.Jenkinsfile.Tests.Declarative;

/// <summary>Lints texts; <c>STEPS</c> stands for the smallest list of stages.</summary>
internal static class Linting
{
    public static IReadOnlyList<Diagnostic> Check(string script) =>
        PipelineLinter.Check(new SourceText("Jenkinsfile", script.Replace("STEPS", "stages { stage('a') { steps { echo 'x' } } }")));

    /// <summary>Each fault as <c>line:column message</c>.</summary>
    public static string[] Faults(string script) => [.. Check(script).Select(d => $"{d.Position.Line}:{d.Position.Column} {d.Message}")];
}
