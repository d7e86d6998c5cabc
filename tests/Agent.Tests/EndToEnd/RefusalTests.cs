using System.Net.Sockets;
using System.Text;
using Slipway.Agent.Tests.Testing;
using Slipway.Protocol;

namespace Slipway.Agent.Tests.EndToEnd;

public sealed class RefusalTests : IAsyncLifetime
{
    private readonly KnownAgents _agents = new();
    private readonly string _root = Directory.CreateTempSubdirectory("slipway-refusal-test-").FullName;
    private ControllerHost _controller = null!;

    public async ValueTask InitializeAsync()
    {
        _agents.Add("known");
        _controller = await ControllerHost.StartAsync(_agents, new MemoryTransfers());
    }

    public async ValueTask DisposeAsync()
    {
        await _controller.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task An_unknown_name_is_refused_and_the_agent_says_to_check_the_name_and_where()
    {
        using var agent = Start("unknown", "whatever");

        Assert.Equal(3, await agent.WaitForExitAsync());

        Assert.Contains("No agent named 'unknown' is expected here. Check the name", agent.Log);
        Assert.Contains("/computer/", agent.Log);
    }

    [Fact]
    public async Task A_wrong_secret_is_refused_and_the_agent_says_to_check_the_secret_and_where()
    {
        using var agent = Start("known", "wrong");

        Assert.Equal(3, await agent.WaitForExitAsync());

        Assert.Contains("The secret of agent 'known' is wrong. Check it (-secret or JENKINS_SECRET)", agent.Log);
        Assert.Contains("/computer/known/", agent.Log);
        Assert.DoesNotContain(_agents.Add("known"), agent.Log);
    }

    [Fact]
    public async Task Jenkins_own_agent_is_told_which_program_to_start()
    {
        var answer = await AskAsync($"GET /wsagents/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nNode-Name: known\r\nSecret-Key: {_agents.Add("known")}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400", answer);
        Assert.Contains("start 'slipway-agent' instead of Jenkins' agent.jar", answer);
    }

    [Fact]
    public async Task An_agent_may_not_transfer_for_an_operation_that_it_was_not_given()
    {
        var answer = await AskAsync($"PUT /agents/transfer/r1-e1 HTTP/1.1\r\nHost: x\r\nNode-Name: known\r\nSecret-Key: {_agents.Add("known")}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 409", answer);
        Assert.Contains(AgentProtocol.RefusalHeader, answer);
    }

    [Fact]
    public async Task A_transfer_without_the_secret_is_refused()
    {
        var answer = await AskAsync("PUT /agents/transfer/r1-e1 HTTP/1.1\r\nHost: x\r\nNode-Name: known\r\nSecret-Key: guess\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 401", answer);
    }

    [Fact]
    public async Task A_working_directory_that_cannot_be_made_ends_the_agent_with_a_message_that_names_it()
    {
        var file = Path.Combine(_root, "file");
        await File.WriteAllTextAsync(file, "");
        using var agent = AgentProcess.Start(["-url", _controller.Url.ToString(), "-name", "known", "-secret", _agents.Add("known"), "-workDir", Path.Combine(file, "below")]);

        Assert.Equal(6, await agent.WaitForExitAsync());
        Assert.Contains($"The working directory '{file}/below' cannot be used", agent.Log);
    }

    private AgentProcess Start(string name, string secret) =>
        AgentProcess.Start(["-url", _controller.Url.ToString(), "-name", name, "-secret", secret, "-workDir", Path.Combine(_root, name)]);

    private async Task<string> AskAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_controller.Url.Host, _controller.Url.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        var answer = new StringBuilder();
        var buffer = new byte[8192];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        // The body's end is a line's end; a connection that stays open says nothing more.
        while (!answer.ToString().TrimEnd('0', '\r', '\n').Contains("\r\n\r\n", StringComparison.Ordinal) || !answer.ToString().EndsWith('\n'))
        {
            var length = await client.GetStream().ReadAsync(buffer, patience.Token);
            if (length == 0)
            {
                break;
            }

            answer.Append(Encoding.UTF8.GetString(buffer, 0, length));
        }

        return answer.ToString();
    }
}
