using System.Text;
using Slipway.Groovy.Syntax;

namespace Slipway.Jenkinsfile.Lint;

/// <summary>The faults of a script as Jenkins prints them into the log of a run that could not start: what people and tools search logs for.</summary>
public static class CompilationErrors
{
    /// <summary>The name that Jenkins gives to every Jenkinsfile.</summary>
    private const string ScriptName = "WorkflowScript";

    public static string Render(IReadOnlyList<Diagnostic> diagnostics)
    {
        var errors = diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        var text = new StringBuilder("org.codehaus.groovy.control.MultipleCompilationErrorsException: startup failed:\n");
        foreach (var error in errors)
        {
            var at = error.Position;
            text.Append(ScriptName).Append(": ").Append(at.Line).Append(": ").Append(error.Message).Append(" @ line ").Append(at.Line).Append(", column ").Append(at.Column).Append(".\n");
            var line = error.Source.Line(at.Line);
            text.Append("   ").Append(line).Append('\n').Append("   ");
            for (var i = 0; i < at.Column - 1 && i < line.Length; i++)
            {
                text.Append(line[i] == '\t' ? '\t' : ' ');
            }

            text.Append("^\n\n");
        }

        return text.Append(errors.Count).Append(errors.Count == 1 ? " error\n" : " errors\n").ToString();
    }
}
