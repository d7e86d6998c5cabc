using System.Security.Cryptography;
using System.Text;
using Slipway.Controller.Agents;
using Slipway.Model.Operations;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

public sealed record AllocatorOptions
{
    /// <summary>What on-demand agents dial.</summary>
    public required Uri ControllerUrl { get; init; }

    /// <summary>Known to this server only; the secrets of on-demand nodes are derived from it, so that they hold over a restart without being stored.</summary>
    public required byte[] SecretKey { get; init; }

    /// <summary>How long a started agent may take to connect.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>After this a node may be removed by whoever finds it, where its cloud says nothing else.</summary>
    public TimeSpan NodeDeadline { get; init; } = TimeSpan.FromDays(2);

    /// <summary>Where pipelines work on a node that is made for the request; null: in a fresh directory.</summary>
    public Func<ExecutorRequest, NodeWorkspace>? WorkspaceOf { get; init; }

    internal DateTimeOffset DeadlineOf(NodeTemplate template, DateTimeOffset now)
    {
        var life = template.LongestLife ?? NodeDeadline;
        return life < DateTimeOffset.MaxValue - now ? now + life : DateTimeOffset.MaxValue;
    }

    internal string SecretOf(string node) => Convert.ToHexStringLower(HMACSHA256.HashData(SecretKey, Encoding.UTF8.GetBytes("agent:" + node)));
}

/// <summary>How a request and the nodes that were made for it find each other, over restarts too.</summary>
internal static class NodeNames
{
    public static string For(ICloud cloud, NodeTemplate template, ExecutorRequest request, int attempt) =>
        cloud.NameNode(template, request.Job, request.RunNumber, $"r{request.Run}e{request.Effect}-{attempt}");

    public static bool IsOf(this ObservedNode node, ExecutorRequest request) => node.Run == request.Run && node.Effect == request.Effect;
}

/// <summary>For operations that write nothing.</summary>
internal sealed class NoOutput : IAgentOutputSink
{
    public static NoOutput Instance { get; } = new();

    public ValueTask<long> GetConfirmedOffsetAsync(string operationId, CancellationToken cancellation) => ValueTask.FromResult(0L);

    public ValueTask<long> AppendAsync(string operationId, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => ValueTask.FromResult(offset + bytes.Length);

    public ValueTask<long> FlushAsync(string operationId, CancellationToken cancellation) => ValueTask.FromResult(0L);
}
