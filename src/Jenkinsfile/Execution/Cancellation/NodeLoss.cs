namespace Slipway.Jenkinsfile.Execution.Cancellation;

/// <summary>A node went away under its work, or the infrastructure could not give one: what <c>retry(conditions: [agent()])</c> asks for.</summary>
/// <param name="Allocation">The id of the effect that allocated the node; null where there never was one.</param>
/// <param name="Node">Its name; null where there never was one.</param>
/// <param name="IsPod">It was a pod, or would have been one: nodes that were never there are a cloud's.</param>
/// <param name="IsInfrastructure">False where the pipeline itself is to blame: its pod had a deadline, or too little memory, and so would the next.</param>
internal sealed record NodeLoss(long? Allocation, string? Node, bool IsPod, bool IsInfrastructure)
{
    public static NodeLoss NeverThere { get; } = new(null, null, IsPod: true, IsInfrastructure: true);
}
