using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Declarative.Model;
using Slipway.Jenkinsfile.Declarative.Reading;
using Slipway.Jenkinsfile.Declarative.Validation;
using Slipway.Jenkinsfile.Lint;

namespace Slipway.Jenkinsfile.Declarative;

/// <summary>A script with the Declarative pipelines found in it; none of them means that it is a scripted pipeline.</summary>
/// <param name="Diagnostics">Every fault of the pipelines' structure. A script with an error must not be run.</param>
public sealed record DeclarativeScript(ScriptNode Script, IReadOnlyList<DeclarativePipeline> Pipelines, IReadOnlyList<Diagnostic> Diagnostics)
{
    public bool IsDeclarative => Pipelines.Count > 0;

    public bool IsValid => Diagnostics.All(d => d.Severity != DiagnosticSeverity.Error);

    public static DeclarativeScript Read(ScriptNode script, LintOptions? options = null)
    {
        var faults = new FaultList(script.Source);
        var pipelines = new PipelineReader(faults).Read(script);
        var names = ScriptNames.Of(script, pipelines, options ?? LintOptions.Default);
        foreach (var pipeline in pipelines)
        {
            new Support(faults).Check(pipeline);
            new StepCheck(faults, names).Check(pipeline);
            new ScriptedCheck(faults, names).CheckBlocks(pipeline);
        }

        new ScriptedCheck(faults, names).CheckScript(script);

        return new DeclarativeScript(script, pipelines, faults.Items);
    }
}
