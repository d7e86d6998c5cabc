using System.Text.Json.Serialization;
using Slipway.Model.Operations;

namespace Slipway.Protocol;

/// <summary>What the controller says to an agent.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Welcome), "welcome")]
[JsonDerivedType(typeof(RunOperation), "run")]
[JsonDerivedType(typeof(ConfirmOutput), "confirm")]
[JsonDerivedType(typeof(CancelOperation), "cancel")]
[JsonDerivedType(typeof(ForgetOperation), "forget")]
[JsonDerivedType(typeof(ReleaseAllocation), "release")]
public abstract record ControllerMessage;

/// <summary>The answer to <see cref="Hello"/>.</summary>
/// <param name="Version">The version that both will speak.</param>
/// <param name="OutputWindow">Bytes of one operation's output that may be under way without being confirmed.</param>
/// <param name="CancelGraceSeconds">Between SIGTERM and SIGKILL.</param>
public sealed record Welcome(int Version, int OutputWindow, int CancelGraceSeconds) : ControllerMessage;

/// <summary>Start this operation; or, if you have it, go on with it. Either way send its output from <paramref name="OutputOffset"/>, and its result. May be said again at any time to go back to an offset.</summary>
public sealed record RunOperation(string OperationId, string Allocation, long OutputOffset, AgentOperation Operation) : ControllerMessage;

/// <summary>Output below the offset is durable.</summary>
/// <param name="Window">From now on so many bytes may be under way for this operation; null leaves it as it is.</param>
public sealed record ConfirmOutput(string OperationId, long Offset, int? Window = null) : ControllerMessage;

/// <summary>End the operation. It still answers with <see cref="OperationReport"/>.</summary>
public sealed record CancelOperation(string OperationId) : ControllerMessage;

/// <summary>The result is durable: delete what you keep. An operation that still runs is ended first.</summary>
public sealed record ForgetOperation(string OperationId) : ControllerMessage;

/// <summary>The allocation is over: end its operations and every process that carries its cookie (in other containers of its pod too), free its workspaces, and answer with <see cref="AllocationReleased"/>.</summary>
/// <param name="DeletesWorkspaces">The node goes to somebody else: what the allocation's workspaces hold is deleted.</param>
public sealed record ReleaseAllocation(string Allocation, bool DeletesWorkspaces = false) : ControllerMessage;
