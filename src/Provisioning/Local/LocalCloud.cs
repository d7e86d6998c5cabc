using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Slipway.Model;

namespace Slipway.Provisioning.Local;

/// <summary>
/// Nodes that are processes of this machine. A node is a directory with a record, a log and a workspace, and an agent that runs in a session of its own: it outlives the server,
/// and the next start of the server finds it by the record. Unlike pods, agents share the machine with the server and each other: this cloud isolates nothing.
/// </summary>
public sealed class LocalCloud : ICloud
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(500);

    private readonly LocalCloudOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LocalCloud> _logger;
    private readonly ConcurrentDictionary<string, LocalNode> _nodes = new(StringComparer.Ordinal);
    private readonly Lock _admission = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;

    public LocalCloud(LocalCloudOptions options, TimeProvider time, ILogger<LocalCloud> logger)
    {
        _options = options with { Directory = Path.GetFullPath(options.Directory), AgentProgram = Path.GetFullPath(options.AgentProgram) };
        _time = time;
        _logger = logger;
    }

    public event Action<NodeFailure>? NodeFailed;

    public event Action<NodeProgress>? NodeProgressed;

    public event Action? CapacityChanged;

    public string Name => _options.Name;

    public string Kind => "local";

    public IReadOnlyList<NodeTemplate> Templates => _options.Templates;

    public IReadOnlyList<ObservedNode> Nodes => [.. _nodes.Values.Select(node => node.Observe())];

    public string NameNode(NodeTemplate template, JobPath job, int runNumber, string seed) => $"{Name}-{Slug(job.Name)}-{seed}";

    public Task StartAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(_options.Directory);
        foreach (var directory in Directory.EnumerateDirectories(_options.Directory))
        {
            var node = LocalNode.Find(directory, _time);
            _nodes[node.Name] = node;
            _logger.LogInformation("Found node {Node} of an earlier start; its agent is {State}.", node.Name, node.IsAlive ? "running" : "gone");
        }

        _watching = WatchAsync();
        return Task.CompletedTask;
    }

    public string? WhyNotNow(NodeTemplate template)
    {
        if (_nodes.Count >= _options.MaxNodes)
        {
            return $"the cloud '{Name}' runs its {_options.MaxNodes} agents at most";
        }

        return template.MaxNodes is { } limit && _nodes.Values.Count(node => node.Template == template.Name) >= limit
            ? $"the template '{template.Name}' of the cloud '{Name}' runs its {limit} agents at most"
            : null;
    }

    public async Task<NodeStart> StartNodeAsync(NodeRequest request, CancellationToken cancellation)
    {
        if (!IsDirectoryName(request.NodeName))
        {
            throw new ArgumentException($"'{request.NodeName}' cannot name a node: it becomes a directory's name.", nameof(request));
        }

        var directory = Path.Combine(_options.Directory, request.NodeName);
        if (_nodes.TryGetValue(request.NodeName, out var earlier))
        {
            if (earlier.IsAlive)
            {
                return new NodeStart.Started(earlier.Name, earlier.Observe().Agent);
            }

            // Its agent is gone, or the server died before it was started: nothing would ever connect under this name.
            await RemoveAsync(earlier, cancellation);
        }

        LocalNode node;
        lock (_admission)
        {
            if (WhyNotNow(request.Template) is { } reason)
            {
                return new NodeStart.AtCapacity(reason);
            }

            node = LocalNode.Plan(directory, request, _time);
            if (!_nodes.TryAdd(node.Name, node))
            {
                return new NodeStart.Failed(new NodeFailure(
                    node.Name, NodeFailureReason.Storage, $"the node's directory '{directory}' is left from an earlier agent and cannot be removed. See the server's log.", IsInfrastructure: true, MayRetry: true));
            }
        }

        try
        {
            cancellation.ThrowIfCancellationRequested();
            node.Create();
            NodeProgressed?.Invoke(new NodeProgress(node.Name, "created", _time.GetUtcNow(), null));
            node.StartAgent(_options, request);
            NodeProgressed?.Invoke(new NodeProgress(node.Name, "started", _time.GetUtcNow(), null));
            return new NodeStart.Started(node.Name, node.Observe().Agent);
        }
        catch (Exception exception)
        {
            await RemoveAsync(node, CancellationToken.None);
            if (exception is OperationCanceledException)
            {
                throw;
            }

            _logger.LogError(exception, "Node {Node} could not be started.", node.Name);
            return new NodeStart.Failed(Describe(exception, node));
        }
    }

    public async Task StopNodeAsync(string nodeName, CancellationToken cancellation)
    {
        if (_nodes.TryGetValue(nodeName, out var node))
        {
            await RemoveAsync(node, cancellation);
        }
    }

    private async Task RemoveAsync(LocalNode node, CancellationToken cancellation)
    {
        await node.EndAsync(_options.StopGrace, cancellation);
        if (await node.TryDeleteAsync(_logger, cancellation))
        {
            _nodes.TryRemove(node.Name, out _);
            CapacityChanged?.Invoke();
        }
    }

    /// <summary>Sees agents end that should not have, and nodes that outlived their deadline. Processes of an earlier server are not our children, so their end is looked for.</summary>
    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(WatchInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                foreach (var node in _nodes.Values)
                {
                    await WatchAsync(node);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops; agents go on.
        }
    }

    private async Task WatchAsync(LocalNode node)
    {
        if (node.TryNoticeEnd())
        {
            NodeFailed?.Invoke(new NodeFailure(
                node.Name, NodeFailureReason.AgentEnded, $"the agent's process {node.ProcessId} ended{node.LastWords()}", IsInfrastructure: true, MayRetry: true));
        }
        else if (node.Deadline < _time.GetUtcNow() && node.TryNoticeDeadline())
        {
            NodeFailed?.Invoke(new NodeFailure(node.Name, NodeFailureReason.Deadline, $"the node has outlived its deadline of {node.Deadline:u} and is removed", IsInfrastructure: true, MayRetry: false));
            await RemoveAsync(node, _stopping.Token);
        }
    }

    private NodeFailure Describe(Exception exception, LocalNode node) => exception switch
    {
        IOException or UnauthorizedAccessException => new NodeFailure(
            node.Name, NodeFailureReason.Storage, $"the node's directory '{node.Directory}' cannot be made: {exception.Message} Check the disk's space and who owns the directory.", IsInfrastructure: true, MayRetry: true),
        _ => new NodeFailure(
            node.Name, NodeFailureReason.CannotStart, $"the agent '{_options.AgentProgram}' cannot be started: {exception.Message}. Build it by './dev agent', or name another one in the cloud's settings.", IsInfrastructure: true, MayRetry: false),
    };

    private static string Slug(string name)
    {
        var slug = new string([.. name.ToLowerInvariant().Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) ? c : '-')]).Trim('-');
        return slug.Length == 0 ? "job" : slug[..Math.Min(slug.Length, 24)].Trim('-');
    }

    private static bool IsDirectoryName(string name) =>
        name.Length is > 0 and <= 100 && name[0] != '.' && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.');

    /// <summary>Stops watching. Nodes and agents stay: the next start finds them.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching;
        _stopping.Dispose();
    }
}
