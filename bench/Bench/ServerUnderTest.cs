using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace Slipway.Bench;

/// <summary>A server process with a fresh data directory.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _directory;

    private ServerUnderTest(Process process, string directory, int port)
    {
        _process = process;
        _directory = directory;
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = TimeSpan.FromMinutes(5) };
    }

    public HttpClient Http { get; }

    public TimeSpan StartTime { get; private set; }

    public static async Task<ServerUnderTest> StartAsync(BenchContext context, int agents = 20, string? configuration = null)
    {
        var directory = context.NewDirectory();
        var port = FreePort();
        var start = new ProcessStartInfo("dotnet", [context.Cli, "server", "--data", directory, "--listen", $"127.0.0.1:{port}", "--agent", context.Agent, "--local-agents", $"{agents}", .. await ConfigureAsync(context, configuration)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var clock = Stopwatch.StartNew();
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new ServerUnderTest(process, directory, port);
        while (!await server.AnswersAsync())
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"The server ended with code {process.ExitCode}.");
            }

            await Task.Delay(2);
        }

        server.StartTime = clock.Elapsed;
        return server;
    }

    public async Task CreateJobAsync(string name, string script, string? parameter = null)
    {
        var parameters = parameter is null ? null : new XElement("properties", new XElement("hudson.model.ParametersDefinitionProperty", new XElement("parameterDefinitions",
            new XElement("hudson.model.StringParameterDefinition", new XElement("name", parameter), new XElement("defaultValue", "")))));
        var config = new XElement("flow-definition", parameters, new XElement("definition", new XAttribute("class", "org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition"), new XElement("script", script)));
        using var answer = await Http.PostAsync($"createItem?name={name}", new StringContent(config.ToString(SaveOptions.DisableFormatting), Encoding.UTF8, "application/xml"));
        answer.EnsureSuccessStatusCode();
    }

    public async Task TriggerAsync(string job, string? parameters = null)
    {
        using var answer = await Http.PostAsync(parameters is null ? $"job/{job}/build?delay=0sec" : $"job/{job}/buildWithParameters?delay=0sec&{parameters}", null);
        if (answer.StatusCode != HttpStatusCode.Created)
        {
            throw new InvalidOperationException($"build: {answer.StatusCode}");
        }
    }

    /// <summary>Waits for a run's end.</summary>
    public async Task WaitForEndAsync(string job, int number)
    {
        while (!await HasEndedAsync(job, number))
        {
            await Task.Delay(2);
        }
    }

    /// <summary>Waits until an on-demand node is there that nobody uses.</summary>
    public async Task WaitForIdleNodeAsync()
    {
        while (!(await Http.GetStringAsync("computer/api/json?tree=computer[idle,offline]")).Contains("\"idle\":true", StringComparison.Ordinal))
        {
            await Task.Delay(2);
        }
    }

    /// <summary>Seconds that each link of the start-up chain has taken so far, all nodes together.</summary>
    public async Task<Dictionary<string, double>> ReadStartupAsync() => (await ReadMetricsAsync())
        .Where(line => line.StartsWith("slipway_node_startup_seconds_sum", StringComparison.Ordinal))
        .ToDictionary(line => line.Split("link=\"")[1].Split('"')[0], ValueOf);

    /// <summary>The sum over all series of a counter or gauge.</summary>
    public async Task<double> ReadMetricAsync(string name) => (await ReadMetricsAsync()).Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length..] is ['_', 't', 'o', 't', 'a', 'l', ..] or ['{', ..] or [' ', ..]).Sum(ValueOf);

    private async Task<string[]> ReadMetricsAsync() => (await Http.GetStringAsync("prometheus/")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static double ValueOf(string line) => double.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<string[]> ConfigureAsync(BenchContext context, string? configuration)
    {
        if (configuration is null)
        {
            return [];
        }

        var file = Path.Combine(context.NewDirectory(), "slipway.yaml");
        await File.WriteAllTextAsync(file, configuration);
        var port = FreePort();
        return ["--config", file, "--agent-listen", $"{Pods.ClusterUnderTest.Host}:{port}", "--agent-url", $"http://{Pods.ClusterUnderTest.Host}:{port}/"];
    }

    public async Task<bool> IsQueueEmptyAsync() => (await Http.GetFromJsonAsync<JsonElement>("queue/api/json?tree=items[id]")).GetProperty("items").GetArrayLength() == 0;

    public async Task<bool> HasEndedAsync(string job, int number)
    {
        using var answer = await Http.GetAsync($"job/{job}/{number}/api/json?tree=building,result");
        return answer.IsSuccessStatusCode && !(await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("building").GetBoolean();
    }

    /// <summary>Resident memory of the server's own process, in MiB.</summary>
    public double ResidentMiB()
    {
        var line = File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;
    }

    /// <summary>Processor time that the server's own process has used.</summary>
    public TimeSpan ProcessorTime()
    {
        _process.Refresh();
        return _process.TotalProcessorTime;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        try
        {
            Directory.Delete(_directory, recursive: true);
        }
        catch (IOException)
        {
            // An agent is still going away; the directory for temporary files is cleared by the system.
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var answer = await Http.GetAsync("login");
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
