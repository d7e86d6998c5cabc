namespace Slipway.Model;

/// <summary>A pod template that a pipeline brings along: a <c>podTemplate</c> block or <c>agent { kubernetes { … } }</c>. It holds for the <c>node</c> blocks inside of it and for nobody else.</summary>
/// <param name="Name">Unique within the run; what templates further in inherit from by <c>inheritFrom</c>.</param>
/// <param name="Label">What <c>node</c> asks for to get a pod of it.</param>
/// <param name="Cloud">The cloud by its name; null for the first that makes pods and admits the job.</param>
/// <param name="Settings">
/// A JSON object of the template's fields, in the form that Configuration as Code gives them: <c>{"containers":[{"name":"maven","image":"…"}],"volumes":[{"emptyDirVolume":{"mountPath":"/x"}}],
/// "podRetention":"never","yaml":"…"}</c>. A value that a pipeline writes as a call (<c>hostPathVolume(…)</c>) is an object with that one key.
/// Beside those <c>defaultContainer</c>: a container that the pod has to have.
/// </param>
public sealed record DeclaredPodTemplate(string Name, string Label, string? Cloud, string Settings);

/// <summary>The pod that a node is.</summary>
/// <param name="AgentContainer">Where steps run that name no container.</param>
/// <param name="Containers">All of them, in the pod's order.</param>
public sealed record NodePod(string Cloud, string Namespace, string Name, string AgentContainer, IReadOnlyList<string> Containers)
{
    /// <summary>Names of variables, by container, whose values come from a Secret and must not appear in logs. Names only: a pod's settings hold no value of a Secret.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> SecretVariables { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}
