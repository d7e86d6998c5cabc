using System.Net;
using System.Net.Sockets;
using Slipway.Server.Hosting;
using Slipway.Server.Settings;

namespace Slipway.Cli.Tests.Commands;

public sealed class ServerCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-server-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_port_that_another_program_listens_on_is_said_and_nothing_starts()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = other.LocalEndpoint.ToString()!;

        var (exitCode, output, errors) = await SlipwayProgram.RunAsync(_directory, "server", "--data", "data", "--listen", address);

        Assert.Contains(address + " cannot be used", errors, StringComparison.Ordinal);
        Assert.Equal("", output);
        Assert.Equal(2, exitCode);
    }

    [Fact]
    public async Task A_port_that_another_server_listens_on_is_said_and_nothing_starts()
    {
        var settings = new ServerSettings { DataDirectory = Path.Combine(_directory, "first"), Listen = "127.0.0.1:0", LocalAgents = 0 };
        await using var first = await SlipwayServer.StartAsync(settings, new ServerExtras(), TestContext.Current.CancellationToken);

        var (exitCode, _, errors) = await SlipwayProgram.RunAsync(_directory, "server", "--data", "second", "--local-agents", "0", "--listen", first.Url.Authority);

        Assert.Contains(first.Url.Authority + " cannot be used", errors, StringComparison.Ordinal);
        Assert.Equal(2, exitCode);
    }

    [Theory]
    [InlineData("--agent", "/no/such/agent", "--agent (SLIPWAY_AGENT) names '/no/such/agent', which does not exist")]
    [InlineData("--local-agents", "-3", "--local-agents (SLIPWAY_LOCAL_AGENTS) is -3")]
    [InlineData("--data", "", "--data (SLIPWAY_DATA) is empty")]
    [InlineData("--listen", "here", "--listen (SLIPWAY_LISTEN) is 'here'")]
    [InlineData("--root-url", "ci", "--root-url (SLIPWAY_ROOT_URL) is 'ci'")]
    [InlineData("--agent-env", "TOKEN,A=1", "--agent-env (SLIPWAY_AGENT_ENV) names 'A=1'")]
    public async Task A_setting_that_cannot_be_used_is_named_as_it_is_written(string option, string value, string told)
    {
        var (exitCode, _, errors) = await SlipwayProgram.RunAsync(_directory, "server", option, value);

        Assert.Contains(told, errors, StringComparison.Ordinal);
        Assert.Equal(2, exitCode);
    }
}
