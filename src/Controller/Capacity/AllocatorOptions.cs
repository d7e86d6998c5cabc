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

    /// <summary>After this a node may be removed by whoever finds it.</summary>
    public TimeSpan NodeDeadline { get; init; } = TimeSpan.FromDays(2);

    /// <summary>Where pipelines work on a node that is made for the request; null: in a fresh directory.</summary>
    public Func<ExecutorRequest, NodeWorkspace>? WorkspaceOf { get; init; }

    internal string SecretOf(string node) => Convert.ToHexStringLower(HMACSHA256.HashData(SecretKey, Encoding.UTF8.GetBytes("agent:" + node)));
}

/// <summary>Names of on-demand nodes: made of run and effect, so that a restart finds them again; valid as host names, and told apart by attempt.</summary>
internal static class NodeNames
{
    public static string PrefixFor(string cloud, ExecutorRequest request) => $"{cloud}-{Slug(request.Job.Name)}-r{request.Run}e{request.Effect}-";

    public static string For(string cloud, ExecutorRequest request, int attempt) => PrefixFor(cloud, request) + attempt;

    private static string Slug(string name)
    {
        var slug = new string([.. name.ToLowerInvariant().Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) ? c : '-')]).Trim('-');
        return slug.Length == 0 ? "job" : slug[..Math.Min(slug.Length, 24)].Trim('-');
    }
}

/// <summary>For operations that write nothing.</summary>
internal sealed class NoOutput : IAgentOutputSink
{
    public static NoOutput Instance { get; } = new();

    public ValueTask<long> GetConfirmedOffsetAsync(string operationId, CancellationToken cancellation) => ValueTask.FromResult(0L);

    public ValueTask<long> AppendAsync(string operationId, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => ValueTask.FromResult(offset + bytes.Length);

    public ValueTask<long> FlushAsync(string operationId, CancellationToken cancellation) => ValueTask.FromResult(0L);
}
