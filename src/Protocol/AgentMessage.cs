using System.Text.Json.Serialization;
using Slipway.Model.Operations;

namespace Slipway.Protocol;

/// <summary>What an agent says to the controller. Output travels beside these messages, in frames of its own.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Hello), "hello")]
[JsonDerivedType(typeof(OperationReport), "report")]
[JsonDerivedType(typeof(AllocationReleased), "released")]
public abstract record AgentMessage;

/// <summary>The first message of a connection.</summary>
/// <param name="Instance">Random, new with every start of the agent's program: tells a second agent under the same name from the same one that came back.</param>
/// <param name="Allocations">What it holds workspaces, processes or results for.</param>
/// <param name="Operations">What it has, running or ended.</param>
public sealed record Hello(
    int Version,
    string AgentVersion,
    string Instance,
    string OperatingSystem,
    string Architecture,
    string HostName,
    int ProcessId,
    string WorkDirectory,
    IReadOnlyList<string> Allocations,
    IReadOnlyList<string> Operations) : AgentMessage
{
    /// <summary>How long ago its program was started, in milliseconds; null where it cannot tell. In a pod that is when its container was, which the cluster itself tells late and by the second.</summary>
    public long? AgeMilliseconds { get; init; }
}

/// <summary>An operation ended. Said after all of its output was sent, and again on every connection until <see cref="ForgetOperation"/>.</summary>
/// <param name="OutputLength">The length of its whole output.</param>
public sealed record OperationReport(string OperationId, long OutputLength, OperationResult Result) : AgentMessage;

public sealed record AllocationReleased(string Allocation) : AgentMessage;
