using Slipway.Jenkinsfile.Declarative.Execution;
using Slipway.Jenkinsfile.Scripted;
using Slipway.Jenkinsfile.Steps.Pods;
using Slipway.Jenkinsfile.Steps.Scm;

namespace Slipway.Jenkinsfile.Steps;

/// <summary>All steps, by explicit table: what runs can call, what lint checks against, and what the compatibility list shows.</summary>
public static class StepCatalog
{
    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        .. BasicSteps.All,
        .. ErrorSteps.All,
        RetryStep.Definition,
        TimeoutStep.Definition,
        StageStep.Definition,
        ParallelStep.Definition,
        .. NodeSteps.All,
        .. ShellSteps.All,
        PodTemplateStep.Definition,
        .. ContainerSteps.All,
        .. FileSteps.All,
        .. EnvironmentSteps.All,
        .. CheckoutSteps.All,
        .. StashSteps.All,
        .. PublishSteps.All,
        BuildStep.Definition,
        .. CoordinationSteps.All,
        PropertiesStep.Definition,
        LoadStep.Definition,
        .. MetaSteps.All,
        ScriptStep.Definition,
        ValidateStep.Definition,
        .. RefusedSteps.All,
    ];

    public static StepDefinition? Find(string name) => All.FirstOrDefault(s => s.Name == name);
}
