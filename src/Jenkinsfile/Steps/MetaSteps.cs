using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Steps.Binding;

namespace Slipway.Jenkinsfile.Steps;

/// <summary>The old forms that name a class: <c>step([$class: 'ArtifactArchiver', …])</c>, <c>wrap([$class: 'AnsiColorBuildWrapper']) { … }</c>.</summary>
internal static class MetaSteps
{
    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        new()
        {
            Name = "step",
            Summary = "Calls the step that stands for a class: step([$class: 'JUnitResultArchiver', testResults: '…']).",
            Parameters = [StepParameter.Any("delegate").Required()],
            Main = "delegate",
            Run = DelegateAsync,
        },
        new()
        {
            Name = "wrap",
            Summary = "Calls the block step that stands for a class: wrap([$class: 'TimestamperBuildWrapper']) { … }.",
            Parameters = [StepParameter.Any("delegate").Required()],
            Main = "delegate",
            Block = StepBlock.Required,
            Run = DelegateAsync,
        },
    ];

    private static Task<object?> DelegateAsync(StepCall call)
    {
        if (!ScriptValues.IsMap(call.Arguments.Any("delegate"), out var map) || !map.TryGetValue("$class", out var named) || !ScriptValues.IsText(named, out var @class))
        {
            throw Failures.IllegalArgument($"{call.Definition.Name} expects a map with $class, such as {call.Definition.Name}([$class: 'ArtifactArchiver', artifacts: '*.jar']).");
        }

        var target = call.Run.Steps.FindByClass(@class) ?? throw Failures.Unsupported(
            $"{call.Definition.Name}: the class '{@class}' is not known.{DidYouMean.Hint(@class, StepCatalog.All.SelectMany(s => s.Classes))} Known: {string.Join(", ", StepCatalog.All.SelectMany(s => s.Classes).Order())}.");
        return StepRunner.InvokeAsync(call.Context, target, [], map.Where(e => e.Key != "$class").ToDictionary(e => e.Key, e => e.Value), call.Body);
    }
}
