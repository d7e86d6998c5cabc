using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Protocol;

/// <summary>The messages as JSON. A context of its own rather than the model's, so that the agent's binary holds no more than it speaks.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(ControllerMessage))]
[JsonSerializable(typeof(AgentMessage))]
public sealed partial class ProtocolJson : JsonSerializerContext;
