using Slipway.Groovy.Runtime;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Execution.Variables;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Scripted;

/// <summary>Makes the value of <c>params</c>: a read-only map of the run's parameters.</summary>
internal static class ParamsObject
{
    public static GroovyMap Create(StepContext context) =>
        ScriptValues.ReadOnlyMapOf(context.Run.Parameters.All.Select(p => KeyValuePair.Create<string, object?>(p.Name, RunParameters.ToScript(p))));
}
