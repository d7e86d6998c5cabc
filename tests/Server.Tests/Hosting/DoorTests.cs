using System.Net;
using System.Net.Sockets;
using Slipway.Server.Settings;

namespace Slipway.Server.Tests.Hosting;

public sealed class DoorTests
{
    [Fact]
    public async Task The_agents_port_answers_agents_alone()
    {
        await using var server = await RunningServer.StartAsync(s => s with { AgentListen = "127.0.0.1:0" });
        using var door = new HttpClient { BaseAddress = new Uri($"http://{server.Server.AgentDoor}/") };

        Assert.Equal(HttpStatusCode.NotFound, (await door.GetAsync("", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await door.GetAsync("api/json", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await door.GetAsync("wsagentsandmore", TestContext.Current.CancellationToken)).StatusCode);
        var socket = await door.GetAsync("wsagents/", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, socket.StatusCode);
        Assert.Contains("for agents only", await socket.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal("ok\n", await door.GetStringAsync("healthz", TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.OK, (await server.Http.GetAsync("api/json", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task Agents_are_told_their_port_as_Jenkins_does()
    {
        await using var server = await RunningServer.StartAsync(s => s with { AgentListen = "127.0.0.1:0" });

        using var answer = await server.Http.GetAsync("tcpSlaveAgentListener/", TestContext.Current.CancellationToken);

        Assert.Equal($"{server.Server.AgentDoor!.Port}", Assert.Single(answer.Headers.GetValues("X-Jenkins-JNLP-Port")));
    }

    [Fact]
    public async Task Without_such_a_port_that_is_said()
    {
        await using var server = await RunningServer.StartAsync();

        using var answer = await server.Http.GetAsync("tcpSlaveAgentListener/", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("--agent-listen", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_in_use_is_told_by_the_option_it_comes_from()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();

        var fault = await Assert.ThrowsAsync<SettingsException>(() => RunningServer.StartAsync(s => s with { AgentListen = taken.LocalEndPoint!.ToString() }));

        Assert.Contains("--agent-listen", Assert.Single(fault.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probes_answer_without_a_login_and_everything_else_asks_for_one()
    {
        await using var server = await RunningServer.StartAsync(s => s with { RequireLogin = true });

        Assert.Equal("ok\n", await server.TextAsync("healthz"));
        Assert.Equal("ok\n", await server.TextAsync("readyz"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Http.GetAsync("api/json", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task A_server_that_cannot_store_is_not_ready()
    {
        await using var server = await RunningServer.StartAsync();

        // A directory of the probe's name refuses the write, for root too.
        Directory.CreateDirectory(Path.Combine(server.DataDirectory, "readyz.probe"));
        using var answer = await server.Http.GetAsync("readyz", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.StartsWith("storage: ", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal("ok\n", await server.TextAsync("healthz"));
    }
}
