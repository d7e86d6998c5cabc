namespace Slipway.Jenkinsfile.Execution.Cancellation;

/// <summary>The infrastructure took a node away from its work, or could not give one: what <c>retry(conditions: [agent()])</c> asks for.</summary>
/// <param name="Allocation">The id of the effect that allocated the node; null where there never was one.</param>
/// <param name="Node">Its name; null where there never was one.</param>
/// <param name="IsPod">It was a pod, or would have been one: nodes that were never there are a cloud's.</param>
internal sealed record NodeLoss(long? Allocation, string? Node, bool IsPod)
{
    public static NodeLoss NeverThere { get; } = new(null, null, IsPod: true);
}
