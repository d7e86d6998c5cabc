using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Agent.Containers;

// What an agent and the shim of a container say to each other: docs/formats/container-shim.md is the contract, and changes with these records.

[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(StartProcess), "start")]
[JsonDerivedType(typeof(SignalProcess), "signal")]
[JsonDerivedType(typeof(SignalStrays), "strays")]
[JsonDerivedType(typeof(SignalDescendants), "descendants")]
[JsonDerivedType(typeof(DeleteTree), "delete")]
[JsonDerivedType(typeof(DescribeContainer), "describe")]
internal abstract record ShimRequest
{
    public const int Newest = 1;

    public int Version { get; init; } = Newest;
}

/// <summary>Starts a process in a session of its own. The connection is its life line: when it closes, the process is ended.</summary>
/// <param name="Program">Looked up in the container's <c>PATH</c> when it holds no slash.</param>
/// <param name="Environment">Put over the container's own; null removes a variable.</param>
/// <param name="AgentWorkDirectory">Where the agent sees the workspace's volume: what lies below in directory and arguments is put where the container sees it.</param>
/// <param name="Descriptors">For the process's 0, 1, 2 …: a number among the descriptors that came with this message, or -1 for <c>/dev/null</c>.</param>
internal sealed record StartProcess(
    string Program,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string?> Environment,
    string Directory,
    string AgentWorkDirectory,
    IReadOnlyList<int> Descriptors) : ShimRequest;

/// <summary>To the process group of this connection's process, and to whatever carries its operation's cookie.</summary>
internal sealed record SignalProcess(int Signal) : ShimRequest;

/// <summary>To every process of the container with that variable in its environment. Signal 0 only counts.</summary>
internal sealed record SignalStrays(string Variable, string Value, int Signal) : ShimRequest;

/// <summary>To every process that descends from the shim, whatever it made of its environment. Signal 0 only counts.</summary>
internal sealed record SignalDescendants(int Signal) : ShimRequest;

/// <summary>Deletes a workspace in which the container's user has left what the agent's may not delete.</summary>
internal sealed record DeleteTree(string Path, string AgentWorkDirectory) : ShimRequest;

internal sealed record DescribeContainer : ShimRequest;

[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ProcessStarted), "started")]
[JsonDerivedType(typeof(ProcessNotStarted), "notStarted")]
[JsonDerivedType(typeof(ProcessEnded), "ended")]
[JsonDerivedType(typeof(RequestDone), "done")]
[JsonDerivedType(typeof(ContainerDescription), "description")]
[JsonDerivedType(typeof(ShimRefusal), "refused")]
internal abstract record ShimAnswer;

internal sealed record ProcessStarted(int ProcessId) : ShimAnswer;

/// <param name="Error">The system's error number.</param>
/// <param name="MissingDirectory">The directory is not there, as the container sees it; null when it is.</param>
internal sealed record ProcessNotStarted(int Error, string? MissingDirectory) : ShimAnswer;

/// <param name="Code">128 and the signal's number for a signal, as shells count.</param>
/// <param name="HitMemoryLimit">The container has reached its memory limit meanwhile, and the kernel has ended a process of it.</param>
internal sealed record ProcessEnded(int Code, bool HitMemoryLimit = false) : ShimAnswer;

/// <param name="Count">How many processes it was.</param>
internal sealed record RequestDone(int Count) : ShimAnswer;

internal sealed record ContainerDescription(IReadOnlyDictionary<string, string> Environment, int UserId, string Directory, string? WorkDirectory, string Version) : ShimAnswer;

internal sealed record ShimRefusal(string Message) : ShimAnswer;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(ShimRequest))]
[JsonSerializable(typeof(ShimAnswer))]
internal sealed partial class ShimJson : JsonSerializerContext;
