using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Controller.Agents;
using Slipway.Model.Operations;

namespace Slipway.Agent.Tests.Testing;

/// <summary>A controller's agent side on a real socket. What survives its restart (agents, output, files) is held outside, as a store would.</summary>
internal sealed class ControllerHost : IAsyncDisposable
{
    private readonly WebApplication _application;

    private ControllerHost(WebApplication application, AgentHub hub, Uri url)
    {
        _application = application;
        Hub = hub;
        Url = url;
    }

    public AgentHub Hub { get; }

    public Uri Url { get; }

    public static async Task<ControllerHost> StartAsync(IAgentDirectory directory, IAgentTransferHandler transfers, AgentHubOptions? options = null, int port = 0, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        builder.WebHost.UseShutdownTimeout(TimeSpan.FromMilliseconds(100));
        var application = builder.Build();
        var hub = new AgentHub(directory, transfers, options ?? new AgentHubOptions(), TimeProvider.System, application.Services.GetRequiredService<ILogger<AgentHub>>());
        application.UseWebSockets();
        application.MapAgents(hub);
        await application.StartAsync();
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new ControllerHost(application, hub, new Uri(address));
    }

    public async ValueTask DisposeAsync()
    {
        await Hub.DisposeAsync();
        await _application.DisposeAsync();
    }
}

/// <summary>The agents that may connect.</summary>
internal sealed class KnownAgents : IAgentDirectory
{
    private readonly ConcurrentDictionary<string, string> _secrets = new();

    public string Add(string name) => _secrets.GetOrAdd(name, _ => AgentSecret.Create());

    public void Remove(string name) => _secrets.TryRemove(name, out _);

    public ValueTask<ExpectedAgent?> FindAsync(string name, CancellationToken cancellation) =>
        ValueTask.FromResult(_secrets.TryGetValue(name, out var secret) ? new ExpectedAgent(name, AgentSecret.Hash(secret)) : null);
}

/// <summary>Keeps output in memory, exactly as appended; fails the test on a gap. Can be told to lag or to break.</summary>
internal sealed class MemorySink : IAgentOutputSink
{
    private readonly Dictionary<string, MemoryStream> _output = [];
    private readonly Dictionary<string, long> _durable = [];
    private int _failures;

    /// <summary>How many of the next appends fail.</summary>
    public void FailNext(int count) => Interlocked.Exchange(ref _failures, count);

    public string Text(string operationId)
    {
        lock (_output)
        {
            return System.Text.Encoding.UTF8.GetString(Bytes(operationId));
        }
    }

    public byte[] Bytes(string operationId)
    {
        lock (_output)
        {
            return _output.TryGetValue(operationId, out var stream) ? stream.ToArray() : [];
        }
    }

    public ValueTask<long> GetConfirmedOffsetAsync(string operationId, CancellationToken cancellation)
    {
        lock (_output)
        {
            // What was not durable is lost with a controller that goes away.
            var durable = _durable.GetValueOrDefault(operationId);
            if (_output.TryGetValue(operationId, out var stream))
            {
                stream.SetLength(durable);
            }

            return ValueTask.FromResult(durable);
        }
    }

    public ValueTask<long> AppendAsync(string operationId, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (Interlocked.Decrement(ref _failures) >= 0)
        {
            throw new IOException("The disk of the test is full.");
        }

        lock (_output)
        {
            if (!_output.TryGetValue(operationId, out var stream))
            {
                _output[operationId] = stream = new MemoryStream();
            }

            if (stream.Length != offset)
            {
                throw new InvalidOperationException($"Output of {operationId} was appended at {offset} and stands at {stream.Length}.");
            }

            stream.Position = stream.Length;
            stream.Write(bytes.Span);
            return ValueTask.FromResult(_durable.GetValueOrDefault(operationId));
        }
    }

    public ValueTask<long> FlushAsync(string operationId, CancellationToken cancellation)
    {
        lock (_output)
        {
            _durable[operationId] = _output.TryGetValue(operationId, out var stream) ? stream.Length : 0;
            return ValueTask.FromResult(_durable[operationId]);
        }
    }
}

/// <summary>Keeps archives in memory, by name.</summary>
internal sealed class MemoryTransfers : IAgentTransferHandler
{
    public ConcurrentDictionary<string, byte[]> Archives { get; } = new();

    public async Task ReceiveAsync(AgentTransfer transfer, UploadFiles upload, Stream archive, CancellationToken cancellation)
    {
        if (upload.Name == "refused")
        {
            throw new AgentTransferException("The stash 'refused' is too large for this job.");
        }

        var copy = new MemoryStream();
        await archive.CopyToAsync(copy, cancellation);
        Archives[upload.Name] = copy.ToArray();
    }

    public async Task SendAsync(AgentTransfer transfer, DownloadFiles download, Stream archive, CancellationToken cancellation)
    {
        if (!Archives.TryGetValue(download.Stash, out var bytes))
        {
            throw new AgentTransferException($"No such saved stash '{download.Stash}'");
        }

        await archive.WriteAsync(bytes, cancellation);
    }
}
