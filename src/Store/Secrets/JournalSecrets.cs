using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;

namespace Slipway.Store.Secrets;

/// <summary>
/// Which records bring a password into a journal. From such a record on, all of the run's records are sealed: the password can be in every one of them, as a variable of a step,
/// in a command, in what a command printed. The same holds for a pod that has values of Kubernetes Secrets among its variables. Pure.
/// </summary>
public static class JournalSecrets
{
    public static bool AreIn(RunEvent record) => record switch
    {
        RunStarted { Program.Parameters: var parameters } => AreIn(parameters),
        EffectRequested { Request: BuildJob build } => AreIn(build.Parameters),
        EffectCompleted { Result: NodeAllocated { Pod.SecretVariables.Count: > 0 } } => true,
        JobPropertiesDeclared { Parameters: { } declared } => declared.Any(d => d is PasswordParameter { DefaultValue.Length: > 0 }),
        _ => false,
    };

    private static bool AreIn(IReadOnlyList<ParameterValue> parameters) => parameters.Any(p => p is { Type: ParameterType.Password, Value.Length: > 0 });
}
