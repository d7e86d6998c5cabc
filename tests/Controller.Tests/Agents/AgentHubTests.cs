using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Controller.Agents;
using Slipway.Model.Operations;
using Slipway.Protocol;

namespace Slipway.Controller.Tests.Agents;

public sealed class AgentHubTests : IAgentDirectory, IAgentOutputSink, IAgentTransferHandler, IAsyncLifetime
{
    private static readonly RunShell Script = new("true", false, null);

    private readonly string _secret = AgentSecret.Create();
    private readonly MemoryStream _output = new();
    private WebApplication _application = null!;
    private AgentHub _hub = null!;
    private Uri _url = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _application = builder.Build();
        _hub = new AgentHub(this, this, new AgentHubOptions { OutputWindow = 1000, CancelGrace = TimeSpan.FromMilliseconds(50), CancelMargin = TimeSpan.FromMilliseconds(50) }, TimeProvider.System, NullLogger<AgentHub>.Instance);
        _application.UseWebSockets();
        _application.MapAgents(_hub);
        await _application.StartAsync();
        _url = new Uri(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _application.DisposeAsync();
    }

    [Fact]
    public async Task An_operation_waits_for_its_agent_and_is_sent_with_the_offset_of_the_log()
    {
        _output.Write("before"u8);
        var running = RunAsync("e1");

        using var agent = await ConnectAsync();

        Assert.Equal(("e1", "a1", 6L), await agent.ReceiveAsync<RunOperation>() is var run ? (run.OperationId, run.Allocation, run.OutputOffset) : default);
        await agent.SendOutputAsync("e1", 6, " after"u8);
        await agent.SendAsync(new OperationReport("e1", 12, new ShellEnded(0, null)));
        Assert.Equal(new ShellEnded(0, null), await running);
        Assert.Equal("before after", Output);
    }

    [Fact]
    public async Task Output_is_confirmed_when_it_is_durable()
    {
        var running = RunAsync("e1");
        using var agent = await ConnectAsync();
        await agent.ReceiveAsync<RunOperation>();

        await agent.SendOutputAsync("e1", 0, "hello"u8);

        Assert.Equal(5, (await agent.ReceiveAsync<ConfirmOutput>()).Offset);
        Assert.False(running.IsCompleted);
    }

    [Fact]
    public async Task Output_that_comes_twice_or_overlaps_is_taken_once()
    {
        var running = RunAsync("e1");
        using var agent = await ConnectAsync();
        await agent.ReceiveAsync<RunOperation>();

        await agent.SendOutputAsync("e1", 0, "hello"u8);
        await agent.SendOutputAsync("e1", 0, "hello"u8);
        await agent.SendOutputAsync("e1", 3, "lo world"u8);
        await agent.SendAsync(new OperationReport("e1", 11, new OperationDone()));

        Assert.IsType<OperationDone>(await running);
        Assert.Equal("hello world", Output);
    }

    [Fact]
    public async Task Output_that_is_missing_is_asked_for_again_and_a_result_does_not_count_before_it()
    {
        var running = RunAsync("e1");
        using var agent = await ConnectAsync();
        await agent.ReceiveAsync<RunOperation>();

        await agent.SendOutputAsync("e1", 0, "one "u8);
        await agent.SendOutputAsync("e1", 9, "three"u8);
        await agent.SendAsync(new OperationReport("e1", 14, new OperationDone()));
        Assert.Equal(4, (await agent.ReceiveAsync<RunOperation>()).OutputOffset);
        Assert.False(running.IsCompleted);

        await agent.SendOutputAsync("e1", 4, "two  three"u8);
        await agent.SendAsync(new OperationReport("e1", 14, new OperationDone()));
        await running;
        Assert.Equal("one two  three", Output);
    }

    [Fact]
    public async Task An_agent_that_ignores_the_window_is_disconnected()
    {
        _appendGate = new TaskCompletionSource();
        _ = RunAsync("e1");
        using var agent = await ConnectAsync();
        await agent.ReceiveAsync<RunOperation>();

        for (var offset = 0; offset < 6000; offset += 500)
        {
            await agent.SendOutputAsync("e1", offset, new byte[500]);
        }

        while (await agent.ReceiveAsync() is not null)
        {
        }

        Assert.Equal(AgentCloseStatus.ProtocolError, (int?)agent.CloseStatus);
        _appendGate.SetResult();
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 9, 1, 2 })]
    [InlineData(new byte[] { 1, (byte)'{' })]
    [InlineData(new byte[] { 2, 200, 1 })]
    [InlineData(new byte[] { 2, 2, (byte)'.', (byte)'.', 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 2, 1, (byte)'a', 0, 0, 0, 0, 0, 0, 0, 255 })]
    public async Task Bytes_that_are_no_message_end_the_connection_and_nothing_else(byte[] frame)
    {
        using var agent = await ConnectAsync();

        await agent.SendAsync(frame);

        while (await agent.ReceiveAsync() is not null)
        {
        }

        Assert.Equal(AgentCloseStatus.ProtocolError, (int?)agent.CloseStatus);
        using var again = await ConnectAsync();
    }

    [Fact]
    public async Task Output_and_results_of_operations_that_were_not_given_count_for_nothing()
    {
        var running = RunAsync("e1");
        using var agent = await ConnectAsync();
        await agent.ReceiveAsync<RunOperation>();

        await agent.SendOutputAsync("e2", 0, "forged"u8);
        await agent.SendAsync(new OperationReport("e2", 0, new OperationDone()));
        await agent.SendAsync(new OperationReport("e1", 0, new OperationDone()));

        await running;
        Assert.Equal("", Output);
    }

    [Fact]
    public async Task A_cancelled_operation_whose_agent_says_nothing_is_called_cancelled_and_forgotten()
    {
        using var cancel = new CancellationTokenSource();
        var running = RunAsync("e1", cancel.Token);
        using var agent = await ConnectAsync();
        await agent.ReceiveAsync<RunOperation>();

        await cancel.CancelAsync();

        Assert.Equal("e1", (await agent.ReceiveAsync<CancelOperation>()).OperationId);
        Assert.IsType<OperationCancelled>(await running);
        Assert.Equal("e1", (await agent.ReceiveAsync<ForgetOperation>()).OperationId);
    }

    [Fact]
    public async Task An_operation_cancelled_before_its_agent_ever_came_is_not_sent_to_it()
    {
        using var cancel = new CancellationTokenSource();
        var running = RunAsync("e1", cancel.Token);
        await cancel.CancelAsync();
        Assert.IsType<OperationCancelled>(await running);

        using var agent = await ConnectAsync();
        _ = RunAsync("e2");

        Assert.Equal("e2", (await agent.ReceiveAsync<RunOperation>()).OperationId);
    }

    [Fact]
    public async Task What_ended_while_the_agent_was_away_is_made_up_for_when_it_is_back()
    {
        var running = RunAsync("e1");
        using (var agent = await ConnectAsync())
        {
            await agent.ReceiveAsync<RunOperation>();
            await agent.SendAsync(new OperationReport("e1", 0, new OperationDone()));
            await running;
        }

        await DisconnectedAsync();
        _hub.Acknowledge("n1", "e1");
        await _hub.ReleaseAsync("n1", "a1", default);

        using var back = await FakeAgent.ConnectAsync(_url, "n1", _secret, allocations: ["a1"], operations: ["e1"]);
        Assert.Equal("e1", Assert.IsType<ForgetOperation>(await back.ReceiveAsync()).OperationId);
        Assert.Equal("a1", Assert.IsType<ReleaseAllocation>(await back.ReceiveAsync()).Allocation);
    }

    [Fact]
    public async Task An_operation_that_was_let_go_carries_on_at_its_agent_and_is_picked_up_by_who_asks_again()
    {
        using var life = new CancellationTokenSource();
        var first = _hub.RunAsync(new AgentWork("n1", "e1", "a1", Script, this) { LetGo = life.Token }, default);
        using var agent = await ConnectAsync();
        await agent.ReceiveAsync<RunOperation>();
        await agent.SendOutputAsync("e1", 0, "one "u8);
        await agent.ReceiveAsync<ConfirmOutput>();

        await life.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        var second = RunAsync("e1");

        Assert.Equal(4, Assert.IsType<RunOperation>(await agent.ReceiveAsync()).OutputOffset);
        await agent.SendOutputAsync("e1", 4, "two"u8);
        await agent.SendAsync(new OperationReport("e1", 7, new OperationDone()));
        Assert.IsType<OperationDone>(await second);
        Assert.Equal("one two", Output);
    }

    [Fact]
    public async Task Releasing_waits_for_the_agents_word()
    {
        using var agent = await ConnectAsync();
        var releasing = _hub.ReleaseAsync("n1", "a1", default);
        Assert.Equal("a1", (await agent.ReceiveAsync<ReleaseAllocation>()).Allocation);
        Assert.False(releasing.IsCompleted);

        await agent.SendAsync(new AllocationReleased("a1"));

        await releasing.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task States_are_told_in_order()
    {
        var states = new List<AgentConnectionState>();
        _hub.Changed += state =>
        {
            lock (states)
            {
                states.Add(state.Connection);
            }
        };
        var waiting = _hub.WaitConnectedAsync("n1", default);
        Assert.Equal(AgentConnectionState.Awaited, Assert.Single(_hub.Agents).Connection);

        using (await ConnectAsync())
        {
            Assert.Equal("/work", (await waiting).WorkDirectory);
        }

        await DisconnectedAsync();
        _hub.MarkLost("n1", "gone");
        await Assert.ThrowsAsync<AgentLostException>(() => _hub.WaitConnectedAsync("n1", default));
        lock (states)
        {
            Assert.Equal([AgentConnectionState.Connected, AgentConnectionState.Disconnected, AgentConnectionState.Lost], states);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_lost_node_should_have_done_fails_and_says_whether_the_infrastructure_is_to_blame(bool isInfrastructure)
    {
        var pending = RunAsync("op");
        _hub.MarkLost("n1", "over its deadline", isInfrastructure);
        OperationFailed[] failures = [Assert.IsType<OperationFailed>(await pending), Assert.IsType<OperationFailed>(await RunAsync("later"))];

        Assert.All(failures, f => Assert.Equal((isInfrastructure, true), (f.IsInfrastructure, f.IsNodeLost)));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("")]
    public async Task An_id_that_could_not_be_a_directorys_name_is_refused(string id) => await Assert.ThrowsAsync<ArgumentException>(() => RunAsync(id));

    private TaskCompletionSource? _appendGate;

    private string Output
    {
        get
        {
            lock (_output)
            {
                return Encoding.UTF8.GetString(_output.ToArray());
            }
        }
    }

    private Task<FakeAgent> ConnectAsync() => FakeAgent.ConnectAsync(_url, "n1", _secret);

    private Task<OperationResult> RunAsync(string id, CancellationToken cancellation = default) => _hub.RunAsync(new AgentWork("n1", id, "a1", Script, this), cancellation);

    private async Task DisconnectedAsync()
    {
        var patience = DateTime.UtcNow.AddSeconds(30);
        while (_hub.Agents.Single().Connection != AgentConnectionState.Disconnected)
        {
            Assert.True(DateTime.UtcNow < patience, "The hub did not notice that the agent was gone.");
            await Task.Yield();
        }
    }

    public ValueTask<ExpectedAgent?> FindAsync(string name, CancellationToken cancellation) => ValueTask.FromResult(name == "n1" ? new ExpectedAgent(name, AgentSecret.Hash(_secret)) : null);

    public ValueTask<long> GetConfirmedOffsetAsync(string operationId, CancellationToken cancellation) => ValueTask.FromResult(_output.Length);

    public async ValueTask<long> AppendAsync(string operationId, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (_appendGate is { } gate)
        {
            await gate.Task;
        }

        lock (_output)
        {
            Assert.Equal(_output.Length, offset);
            _output.Write(bytes.Span);
            return _output.Length;
        }
    }

    public ValueTask<long> FlushAsync(string operationId, CancellationToken cancellation) => ValueTask.FromResult(_output.Length);

    public Task ReceiveAsync(AgentTransfer transfer, UploadFiles upload, Stream archive, CancellationToken cancellation) => Task.CompletedTask;

    public Task SendAsync(AgentTransfer transfer, DownloadFiles download, Stream archive, CancellationToken cancellation) => Task.CompletedTask;
}
