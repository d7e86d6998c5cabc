namespace Slipway.Jenkinsfile.Execution;

/// <summary>The container of a pod that scripts run in: what <c>container</c> provides.</summary>
/// <param name="Name">Its name in the pod.</param>
/// <param name="IsAgents">It is the one that the agent itself runs in.</param>
/// <param name="Shell">The program that scripts are given to; null for <c>sh</c>.</param>
/// <param name="Environment">The container's own environment.</param>
/// <param name="Problem">Why nothing can be run in it; null where all is well.</param>
internal sealed record ContainerPlace(string Name, bool IsAgents, string? Shell, IReadOnlyDictionary<string, string> Environment, string? Problem = null);
