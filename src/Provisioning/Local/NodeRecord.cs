using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Provisioning.Local;

/// <summary>
/// What the local cloud knows of a node, in <c>node.json</c> in the node's directory: enough for a later life of the server to find the agent, or what is left of it.
/// </summary>
/// <param name="ProcessId">Zero until the agent was started.</param>
/// <param name="ProcessStart">The process's start in clock ticks since boot: a process id alone may be someone else's by now.</param>
/// <param name="Boot">The machine's boot that the two belong to.</param>
internal sealed record NodeRecord(
    string NodeName,
    string Template,
    long? Run,
    string Job,
    DateTimeOffset Created,
    DateTimeOffset Deadline,
    int ProcessId,
    long ProcessStart,
    string Boot,
    long Effect = 0)
{
    private const string FileName = "node.json";

    /// <summary>Null when there is none, or a damaged one.</summary>
    public static NodeRecord? TryRead(string directory)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(directory, FileName)), NodeRecordJson.Default.NodeRecord);
        }
        catch (Exception exception) when (exception is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whole or not at all: written beside and renamed.</summary>
    public void Write(string directory)
    {
        var draft = Path.Combine(directory, FileName + ".tmp");
        File.WriteAllBytes(draft, JsonSerializer.SerializeToUtf8Bytes(this, NodeRecordJson.Default.NodeRecord));
        File.Move(draft, Path.Combine(directory, FileName), overwrite: true);
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(NodeRecord))]
internal sealed partial class NodeRecordJson : JsonSerializerContext;
