using Slipway.Model;

namespace Slipway.Jenkinsfile.Execution.Variables;

/// <summary>The parameters of a run: those it was given, and the defaults of those that the pipeline declares and nobody gave.</summary>
internal sealed class RunParameters
{
    private readonly Dictionary<string, ParameterValue> _values = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];

    public RunParameters(IReadOnlyList<ParameterValue> given)
    {
        foreach (var parameter in given)
        {
            Add(parameter);
        }
    }

    public IEnumerable<ParameterValue> All => _order.Select(n => _values[n]);

    public ParameterValue? Find(string name) => _values.GetValueOrDefault(name);

    /// <summary>False where the run has a value for it already.</summary>
    public bool Add(ParameterValue parameter)
    {
        if (!_values.TryAdd(parameter.Name, parameter))
        {
            return false;
        }

        _order.Add(parameter.Name);
        return true;
    }

    /// <summary>As a script sees it: booleans are booleans, all else is text.</summary>
    public static object ToScript(ParameterValue parameter) =>
        parameter.Type == ParameterType.Boolean ? string.Equals(parameter.Value, "true", StringComparison.OrdinalIgnoreCase) : parameter.Value;
}
