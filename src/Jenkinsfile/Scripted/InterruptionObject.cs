using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Execution.Cancellation;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model;

namespace Slipway.Jenkinsfile.Scripted;

/// <summary>What a caught <c>FlowInterruptedException</c> says: scripts ask for <c>e.causes</c> to tell a timeout from a user.</summary>
internal sealed class InterruptionObject(Interruption interruption) : HostObject
{
    public override string TypeName => "org.jenkinsci.plugins.workflow.steps.FlowInterruptedException";

    protected override IReadOnlyList<string> Properties => ["causes", "result"];

    protected override bool TryGet(string name, StepContext context, out object? value)
    {
        value = name switch
        {
            "causes" => ScriptValues.ListOf(interruption.Causes.Select(cause => new InterruptionCauseObject(cause))),
            "result" => interruption.Result.ToJenkins(),
            _ => null,
        };
        return Properties.Contains(name);
    }
}

/// <summary>One of the causes, as a <c>jenkins.model.CauseOfInterruption</c>.</summary>
internal sealed class InterruptionCauseObject(InterruptionCause cause) : HostObject
{
    public override string TypeName => cause.Class;

    protected override IReadOnlyList<string> Properties => ["shortDescription", "user"];

    public override string ToString() => cause.Description;

    protected override bool TryGet(string name, StepContext context, out object? value)
    {
        value = name == "user" ? cause.User : cause.Description;
        return Properties.Contains(name);
    }
}
