using System.Diagnostics;
using Slipway.Agent.Containers;
using Slipway.Agent.Processes;
using Slipway.Agent.Tests.Testing;

namespace Slipway.Agent.Tests.Containers;

/// <summary>The shim by itself, and its installation.</summary>
public sealed class ShimTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("slipway-agent-test-").FullName;

    private string Socket => Path.Combine(_root, "c.sock");

    [Fact]
    public async Task Detached_it_returns_once_it_listens_and_a_second_one_leaves_it_alone()
    {
        var (first, _) = await RunAsync(["shim", "--socket", Socket, "--detach"]);
        var (second, _) = await RunAsync(["shim", "--socket", Socket]);

        Assert.Equal((0, 0), (first, second));
        Assert.Equal((UnixFileMode)0x1B6, File.GetUnixFileMode(Socket));
        Assert.IsType<ContainerDescription>(Ask(new DescribeContainer()));

        // It is never a stray of its own.
        Assert.Equal(0, Assert.IsType<RequestDone>(Ask(new SignalStrays("TEST_MARK", _root, Native.SIGTERM))).Count);
        Assert.Equal(1, ProcessCookies.Signal("TEST_MARK", _root, Native.SIGTERM));
        await AgentFixture.UntilAsync(() => ShimSocket.TryConnect(Socket, out var error) is null && error == Native.ECONNREFUSED, "the shim ended");
    }

    [Fact]
    public async Task What_an_earlier_shim_left_behind_is_replaced()
    {
        await RunAsync(["shim", "--socket", Socket, "--detach"]);
        ProcessCookies.Signal("TEST_MARK", _root, Native.SIGKILL);
        await AgentFixture.UntilAsync(() => ShimSocket.TryConnect(Socket, out _) is null, "the shim ended");

        var (code, _) = await RunAsync(["shim", "--socket", Socket, "--detach"]);

        Assert.Equal(0, code);
        Assert.IsType<ContainerDescription>(Ask(new DescribeContainer()));
    }

    [Theory]
    [InlineData(1, "the directory '/no/such' does not exist", "--socket", "/no/such/c.sock", "--detach")]
    [InlineData(1, "the directory '/no/such' does not exist", "--socket", "/no/such/c.sock")]
    [InlineData(2, "needs --socket PATH")]
    [InlineData(2, "--workdir takes an absolute path, not 'here'", "--socket", "/tmp/c.sock", "--workdir", "here")]
    [InlineData(2, "does not know '--frobnicate'", "--frobnicate")]
    public async Task What_it_cannot_do_it_says(int code, string message, params string[] options)
    {
        var (exit, error) = await RunAsync(["shim", .. options]);

        Assert.Equal(code, exit);
        Assert.Contains(message, error);
    }

    [Fact]
    public async Task A_version_that_it_does_not_know_is_refused_in_words()
    {
        await RunAsync(["shim", "--socket", Socket, "--detach"]);

        Assert.Contains("version 99", Assert.IsType<ShimRefusal>(Ask(new DescribeContainer { Version = 99 })).Message);
    }

    [Theory]
    [InlineData("/w/ws/x", "/w", "/v", "/v/ws/x")]
    [InlineData("/w", "/w", "/v", "/v")]
    [InlineData("/world", "/w", "/v", "/world")]
    [InlineData("/w/ws", "/w", "/w", "/w/ws")]
    [InlineData("/w/ws", "/w", null, "/w/ws")]
    [InlineData("-xe", "/w", "/v", "-xe")]
    public void A_path_below_the_agents_work_directory_is_put_where_the_container_has_it(string path, string agents, string? own, string expected) =>
        Assert.Equal(expected, ShimSettings.Translate(path, agents, own));

    [Fact]
    public async Task Installed_it_is_there_whole_and_becomes_what_follows()
    {
        Assert.SkipUnless(File.Exists(ContainerShellTests.NativeProgram), "The native agent is not built: ./dev agent");

        var (code, _) = await RunAsync(["install", _root, "--", "sh", "-c", "exit 9"], ContainerShellTests.NativeProgram);
        var (version, _) = await RunAsync(["install", _root, "--", "slipway-agent", "-version"], ContainerShellTests.NativeProgram);

        Assert.Equal((9, 0), (code, version));
        Assert.Equal((UnixFileMode)0x1ED, File.GetUnixFileMode(Path.Combine(_root, "slipway-agent")));
        Assert.Equal(await File.ReadAllBytesAsync(ContainerShellTests.NativeProgram), await File.ReadAllBytesAsync(Path.Combine(_root, "slipway-agent")));
        Assert.Single(Directory.GetFileSystemEntries(_root));
    }

    [Theory]
    [InlineData(1, "cannot be copied to '/no/such/slipway-agent'", "install", "/no/such")]
    [InlineData(2, "takes one directory", "install")]
    [InlineData(2, "takes one directory", "install", "/tmp", "sh")]
    public async Task What_cannot_be_installed_is_told(int code, string message, params string[] arguments)
    {
        Assert.SkipUnless(File.Exists(ContainerShellTests.NativeProgram), "The native agent is not built: ./dev agent");

        var (exit, error) = await RunAsync(arguments, ContainerShellTests.NativeProgram);

        Assert.Equal(code, exit);
        Assert.Contains(message, error);
    }

    [Fact]
    public async Task A_program_that_is_not_there_after_installing_is_named_with_exit_code_127()
    {
        Assert.SkipUnless(File.Exists(ContainerShellTests.NativeProgram), "The native agent is not built: ./dev agent");

        var (exit, error) = await RunAsync(["install", _root, "--", "no-such-program"], ContainerShellTests.NativeProgram);

        Assert.Equal(127, exit);
        Assert.Contains("'no-such-program' cannot be started after installing", error);
    }

    public void Dispose()
    {
        ProcessCookies.Signal("TEST_MARK", _root, Native.SIGKILL);
        Directory.Delete(_root, recursive: true);
    }

    private ShimAnswer? Ask(ShimRequest request)
    {
        using var socket = ShimSocket.TryConnect(Socket, out _)!;
        return socket.Ask(request, TimeSpan.FromSeconds(10));
    }

    private async Task<(int Code, string Error)> RunAsync(string[] arguments, string? program = null)
    {
        using var process = TestContainer.Launch([.. program is null ? TestContainer.Program : [program], .. arguments], new Dictionary<string, string> { ["TEST_MARK"] = _root });
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return (process.ExitCode, await error);
    }
}
