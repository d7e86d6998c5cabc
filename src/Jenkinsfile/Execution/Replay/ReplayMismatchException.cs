namespace Slipway.Jenkinsfile.Execution.Replay;

/// <summary>The script, run again, asked for something else than its journal says it did. The run cannot go on: nothing tells which of the two is right.</summary>
internal sealed class ReplayMismatchException(string message) : Exception(message);
