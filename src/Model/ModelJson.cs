using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;

namespace Slipway.Model;

/// <summary>How the model's records are written as JSON, in the journal and on the wire. Source-generated: the agent is compiled ahead of time.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(RunEvent))]
[JsonSerializable(typeof(JobDefinition))]
[JsonSerializable(typeof(Effect))]
[JsonSerializable(typeof(EffectResult))]
[JsonSerializable(typeof(AgentOperation))]
[JsonSerializable(typeof(OperationResult))]
[JsonSerializable(typeof(IReadOnlyList<ParameterDefinition>))]
[JsonSerializable(typeof(IReadOnlyList<ParameterValue>))]
[JsonSerializable(typeof(IReadOnlyList<RunCause>))]
public sealed partial class ModelJson : JsonSerializerContext;
