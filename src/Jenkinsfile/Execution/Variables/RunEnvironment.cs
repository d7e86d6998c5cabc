using Slipway.Model;
using Slipway.Model.Events;

namespace Slipway.Jenkinsfile.Execution.Variables;

/// <summary>
/// The variables of a run. From the bottom up: the agent's own environment, what the run itself says (build number, parameters, the job's and the server's settings), what the script
/// assigned through <c>env</c>, and the overlays of the blocks around a step.
/// </summary>
internal sealed class RunEnvironment
{
    private readonly SortedDictionary<string, string> _run;
    private readonly SortedDictionary<string, string?> _assigned = new(StringComparer.Ordinal);

    public RunEnvironment(RunProgram program) => _run = OfRun(program);

    /// <summary>What the script wrote with <c>env.X = …</c>: null hides the variable.</summary>
    public IReadOnlyDictionary<string, string?> Assigned => _assigned;

    public void Assign(string name, string? value) => _assigned[name] = value;

    /// <summary>Lays parameters into the run's own variables: those that the pipeline declares have their defaults from its first run on.</summary>
    public void SetParameter(ParameterValue parameter) => _run[parameter.Name] = parameter.Value;

    /// <summary>A variable as a script reads it through <c>env</c>; null where there is none.</summary>
    public string? Read(StepContext context, string name)
    {
        // Scripts read variables often; only an overlay that names this one, with all that its value may refer to, needs the whole environment.
        if (context.Environment.Any(o => Concerns(o, name)))
        {
            return Of(context).TryGetValue(name, out var overlaid) ? overlaid : null;
        }

        if (_assigned.TryGetValue(name, out var assigned))
        {
            return assigned;
        }

        return OfPlace(context).FirstOrDefault(v => v.Key == name).Value ?? _run.GetValueOrDefault(name) ?? context.OwnEnvironment?.GetValueOrDefault(name);
    }

    /// <summary>All variables as code at this place sees them.</summary>
    public SortedDictionary<string, string> Of(StepContext context)
    {
        var result = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (context.OwnEnvironment is { } own)
        {
            Copy(own, result);
        }

        AddRunVariables(context, result);
        return result;
    }

    /// <summary>What an operation adds to the environment of the agent, or of the container that it runs in, or takes from it (null).</summary>
    public SortedDictionary<string, string?> ForOperation(StepContext context)
    {
        context.RequireNode();
        var existing = context.OwnEnvironment!;
        var whole = Of(context);
        var result = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (name, value) in whole)
        {
            if (!existing.TryGetValue(name, out var own) || own != value)
            {
                result[name] = value;
            }
        }

        foreach (var name in existing.Keys.Where(n => !whole.ContainsKey(n)))
        {
            result[name] = null;
        }

        return result;
    }

    private void AddRunVariables(StepContext context, SortedDictionary<string, string> result)
    {
        Copy(_run, result);
        Copy(OfPlace(context), result);
        foreach (var (name, value) in _assigned)
        {
            if (value is null)
            {
                result.Remove(name);
            }
            else
            {
                result[name] = value;
            }
        }

        foreach (var overlay in context.Environment)
        {
            EnvironmentOverlay.Apply(result, overlay);
        }
    }

    /// <summary>What depends on where the code stands.</summary>
    private static IEnumerable<KeyValuePair<string, string>> OfPlace(StepContext context)
    {
        if (context.Run.State.DisplayName is { } displayName)
        {
            yield return new("BUILD_DISPLAY_NAME", displayName);
        }

        if (context.Node is { } node)
        {
            yield return new("NODE_NAME", node.Node);
            yield return new("NODE_LABELS", string.Join(' ', node.Labels));
            yield return new("EXECUTOR_NUMBER", node.Executor.ToString());
        }

        if (context.Node?.Pod is { } pod)
        {
            yield return new("POD_CONTAINER", context.Container?.Name ?? pod.AgentContainer);
        }

        if (context.PodTemplates is [.., var template])
        {
            yield return new("POD_LABEL", string.Join(" && ", LabelExpression.SplitLabels(template.Label)));
        }

        if (context.Workspace is { } workspace)
        {
            yield return new("WORKSPACE", workspace.Directory);
            yield return new("WORKSPACE_TMP", workspace.Temporary);
        }

        var stage = context.Stage;
        while (stage is { IsBranch: true })
        {
            stage = stage.Parent;
        }

        if (stage is not null)
        {
            yield return new("STAGE_NAME", stage.Name);
        }
    }

    private static bool Concerns(IReadOnlyDictionary<string, string?> overlay, string name) =>
        overlay.ContainsKey(name) || overlay.Keys.Any(k => k.Length > name.Length && k[name.Length] == '+' && k.StartsWith(name, StringComparison.Ordinal));

    private static SortedDictionary<string, string> OfRun(RunProgram program)
    {
        var path = JobPath.TryParse(program.Job, out var parsed, out _) ? parsed : JobPath.Root;
        var root = program.RootUrl.EndsWith('/') || program.RootUrl.Length == 0 ? program.RootUrl : program.RootUrl + "/";
        var jobUrl = root + path.ToUrlPath();
        var number = program.Number.ToString();
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["CI"] = "true",
            ["BUILD_NUMBER"] = number,
            ["BUILD_ID"] = number,
            ["BUILD_DISPLAY_NAME"] = "#" + number,
            ["BUILD_TAG"] = $"jenkins-{program.Job.Replace('/', '-')}-{number}",
            ["JOB_NAME"] = program.Job,
            ["JOB_BASE_NAME"] = path.Name,
        };
        if (root.Length > 0)
        {
            variables["JENKINS_URL"] = root;
            variables["HUDSON_URL"] = root;
            variables["JOB_URL"] = jobUrl;
            variables["JOB_DISPLAY_URL"] = jobUrl;
            variables["BUILD_URL"] = $"{jobUrl}{number}/";
            variables["RUN_DISPLAY_URL"] = $"{jobUrl}{number}/";
        }

        Copy(program.Environment, variables);
        foreach (var parameter in program.Parameters)
        {
            variables[parameter.Name] = parameter.Value;
        }

        return variables;
    }

    private static void Copy(IEnumerable<KeyValuePair<string, string>> from, SortedDictionary<string, string> to)
    {
        foreach (var (name, value) in from)
        {
            to[name] = value;
        }
    }
}
