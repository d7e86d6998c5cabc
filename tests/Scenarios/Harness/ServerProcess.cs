using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace Slipway.Scenarios.Harness;

/// <summary>The server as users run it: a process of its own with a data directory, killed and started again at will, spoken to through its HTTP API.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly StringBuilder _said = new();
    private readonly string _data;
    private readonly string[] _options;
    private Process? _process;

    private ServerProcess(string data, int port, string[] options)
    {
        _data = data;
        _options = options;
        Url = new Uri($"http://127.0.0.1:{port}/");
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromSeconds(1) }) { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(30) };
    }

    public Uri Url { get; }

    public HttpClient Http { get; }

    public int ProcessId => _process!.Id;

    /// <summary>What the process printed, for messages of failing tests.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    public static Task<ServerProcess> StartAsync(string data, params string[] options) => StartAsync(data, FreePort(), options);

    public static async Task<ServerProcess> StartAsync(string data, int port, params string[] options)
    {
        var server = new ServerProcess(data, port, options);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts the process, and waits for nothing.</summary>
    public void Launch()
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (IEnumerable<string>)[Programs.Cli, "server", "--data", _data, "--listen", $"127.0.0.1:{Url.Port}", "--agent", Programs.Agent, "--allow-local-repositories", .. _options])
        {
            start.ArgumentList.Add(argument);
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += Note;
        _process.ErrorDataReceived += Note;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public async Task StartAgainAsync()
    {
        Launch();
        await Eventually.TrueAsync("the server answers", async () =>
        {
            Assert.False(_process!.HasExited, "The server ended: " + Said);
            try
            {
                using var answer = await Http.GetAsync("login");
                return answer.StatusCode == HttpStatusCode.OK;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    /// <summary>kill -9: no goodbye, nothing flushed.</summary>
    public void Kill()
    {
        _process!.Kill(entireProcessTree: false);

        // With a limit, for then it does not wait for the end of the output too: an agent that was just being started may hold that open.
        Assert.True(_process.WaitForExit(TimeSpan.FromSeconds(30)), "The server did not end by SIGKILL.");
    }

    public async Task CreateJobAsync(string name, string script)
    {
        var config = new XElement(
            "flow-definition",
            new XElement("definition", new XAttribute("class", "org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition"), new XElement("script", script)));
        using var answer = await Http.PostAsync($"createItem?name={name}", new StringContent(config.ToString(SaveOptions.DisableFormatting), Encoding.UTF8, "application/xml"));
        Assert.True(answer.IsSuccessStatusCode, $"createItem: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    public async Task BuildAsync(string job)
    {
        using var answer = await Http.PostAsync($"job/{job}/build", null);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    /// <summary>The run's JSON; null where there is no such run yet, or the server is away.</summary>
    public async Task<JsonElement?> FindRunAsync(string job, int number)
    {
        try
        {
            using var answer = await Http.GetAsync($"job/{job}/{number}/api/json");
            return answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<JsonElement>() : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public async Task<string> ReadConsoleAsync(string job, int number) => await Http.GetStringAsync($"job/{job}/{number}/consoleText");

    /// <summary>Waits for the run's end, and gives its result.</summary>
    public async Task<string> WaitForResultAsync(string job, int number)
    {
        string? result = null;
        await Eventually.TrueAsync($"{job} #{number} has ended", async () =>
        {
            if (await FindRunAsync(job, number) is { } run && !run.GetProperty("building").GetBoolean())
            {
                result = run.GetProperty("result").GetString();
            }

            return result is not null;
        });
        return result!;
    }

    public ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(TimeSpan.FromSeconds(30));
        }

        _process?.Dispose();
        return ValueTask.CompletedTask;
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Note(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not null)
        {
            lock (_said)
            {
                _said.AppendLine(line.Data);
            }
        }
    }
}
