using Slipway.Feeds;
using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Lint;

namespace Slipway.Controller.Views;

internal sealed class ScriptChecks : IScriptChecks
{
    public ScriptCheck Check(string jenkinsfile)
    {
        var reading = PipelineLinter.Read(new SourceText("Jenkinsfile", jenkinsfile));
        return new ScriptCheck(
            reading.IsDeclarative,
            [.. reading.Diagnostics
                .Where(d => d.Severity == DiagnosticSeverity.Error)
                .Select(d => new ScriptFault(d.Position.Line, d.Position.Column, d.Message, d.Source.Line(d.Position.Line)))]);
    }
}
