namespace Slipway.Jenkinsfile.Execution;

/// <summary>The controller stopped working for this run (it is shutting down, or its store failed). The run is not over: a later execution goes on from its journal.</summary>
public sealed class RunSuspendedException(Exception cause) : Exception($"The run was suspended: {cause.Message}", cause);
