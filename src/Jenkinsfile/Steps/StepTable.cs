using Slipway.Jenkinsfile.Execution;

namespace Slipway.Jenkinsfile.Steps;

/// <summary>The steps of one run.</summary>
internal sealed class StepTable(IReadOnlyList<StepDefinition> steps)
{
    private readonly Dictionary<string, StepDefinition> _byName = steps.ToDictionary(s => s.Name, StringComparer.Ordinal);
    private int _calls;

    /// <summary>The option <c>parallelsAlwaysFailFast</c> of a Declarative pipeline.</summary>
    public bool ParallelsAlwaysFailFast { get; set; }

    public IReadOnlyList<string> Names { get; } = [.. steps.Where(s => s.Refused is null).Select(s => s.Name).Order(StringComparer.Ordinal)];

    public StepDefinition? Find(string name) => _byName.GetValueOrDefault(name);

    public StepDefinition? FindByClass(string @class)
    {
        var simple = @class[(@class.LastIndexOf('.') + 1)..];
        return steps.FirstOrDefault(s => s.Classes.Contains(simple));
    }

    public void CountCall(int limit)
    {
        if (++_calls > limit)
        {
            throw Failures.IllegalState($"The run has taken {limit} steps, which is the limit. A loop that calls a step without end is the usual cause; raise the limit only if it is not.");
        }
    }
}
