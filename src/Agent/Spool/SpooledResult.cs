using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Model.Operations;

namespace Slipway.Agent.Spool;

/// <param name="OutputLength">How much output there must be.</param>
/// <param name="CapturedEncoding">Where standard output was captured: what its bytes mean.</param>
internal sealed record SpooledResult(long OutputLength, OperationResult Result, string? CapturedEncoding = null);

/// <summary>What a supervisor is told on its standard input; never on disk, for it holds secrets.</summary>
internal sealed record SupervisedOperation(string AllocationCookie, AgentOperation Operation, AgentOrigin Origin, int CancelGraceSeconds);

/// <summary>Who does the operation: what a supervisor needs of the agent's settings.</summary>
/// <param name="InPlaceWorkspace">A directory that belongs to someone; see the workspaces.</param>
/// <param name="Detour">Where to connect to instead of the URL's host and port.</param>
/// <param name="Pod">The pod that the agent runs in; null outside of one.</param>
internal sealed record AgentOrigin(
    string NodeName,
    string Secret,
    string ControllerUrl,
    string? InPlaceWorkspace,
    string? CertificateFile,
    bool TrustAnyCertificate,
    IReadOnlyList<string> Headers,
    Connection.Detour? Detour = null,
    Containers.Pod? Pod = null);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(SpooledResult))]
[JsonSerializable(typeof(SupervisedOperation))]
[JsonSerializable(typeof(Workspaces.WorkspaceLease))]
internal sealed partial class SpoolJson : JsonSerializerContext;
