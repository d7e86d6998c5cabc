using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Slipway.Cluster.Harness;
using Slipway.Scenarios.Harness;

namespace Slipway.Cluster.Deployment;

/// <summary>The server as <c>kubectl apply -k deploy/overlays/test</c> installs it: once for all tests here, removed at their end.</summary>
public sealed class InstalledServer : IAsyncLifetime
{
    internal const string ServerNamespace = "slipway";
    internal const string AgentNamespace = "slipway-agents";
    private const string Volume = "/var/lib/testkube/volumes/slipway";
    private static readonly Uri Address = new("http://10.96.80.80:8080/");
    private static readonly string Overlay = Path.Combine(Checkout(), "deploy", "overlays", "test");
    private string? _absent;

    internal HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(2), PooledConnectionLifetime = TimeSpan.FromSeconds(1) }) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };

    public async ValueTask InitializeAsync()
    {
        _absent = TestCluster.Absence ?? await LookAsync();
        if (_absent is not null)
        {
            return;
        }

        await RemoveAsync();
        await TestCluster.KubectlAsync("apply", "-k", Overlay);
        await AwaitReadyAsync();
        await LogInAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_absent is null)
        {
            await RemoveAsync();
        }
    }

    /// <summary>Skips the test where the installation cannot be made.</summary>
    internal void Require() => Assert.SkipWhen(_absent is not null, _absent ?? "");

    internal static async Task AwaitReadyAsync() => await TestCluster.KubectlAsync("-n", ServerNamespace, "rollout", "status", "statefulset/slipway", "--timeout=180s");

    internal async Task CreateJobAsync(string name, string script)
    {
        var config = new XElement(
            "flow-definition",
            new XElement("definition", new XAttribute("class", "org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition"), new XElement("script", script)));
        using var content = new StringContent(config.ToString(SaveOptions.DisableFormatting), Encoding.UTF8, "application/xml");
        using var answer = await Http.PostAsync($"createItem?name={name}", content);
        Assert.True(answer.IsSuccessStatusCode, $"createItem: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    internal async Task BuildAsync(string job)
    {
        using var answer = await Http.PostAsync($"job/{job}/build", null);
        Assert.True(answer.IsSuccessStatusCode, $"build: {answer.StatusCode}");
    }

    /// <summary>The console so far; empty while there is none, or nobody to ask.</summary>
    internal async Task<string> ReadConsoleAsync(string job, int number)
    {
        try
        {
            using var answer = await Http.GetAsync($"job/{job}/{number}/consoleText");
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : "";
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return "";
        }
    }

    /// <summary>The run's end must be a success; otherwise its console is in the failure's message.</summary>
    internal async Task SucceedsAsync(string job, int number)
    {
        var result = await WaitForResultAsync(job, number);
        Assert.True(result == "SUCCESS", $"{job} #{number} is {result}:\n{await ReadConsoleAsync(job, number)}");
    }

    private async Task<string> WaitForResultAsync(string job, int number)
    {
        string? result = null;
        await Eventually.TrueAsync($"{job} #{number} has ended", async () =>
        {
            try
            {
                using var answer = await Http.GetAsync($"job/{job}/{number}/api/json");
                result = answer.IsSuccessStatusCode && await answer.Content.ReadFromJsonAsync<JsonElement>() is var run && !run.GetProperty("building").GetBoolean() ? run.GetProperty("result").GetString() : null;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                result = null;
            }

            return result is not null;
        });
        return result!;
    }

    internal static async Task<JsonElement[]> AgentPodsAsync()
    {
        using var list = JsonDocument.Parse(await TestCluster.KubectlAsync("-n", AgentNamespace, "get", "pods", "-o", "json"));
        return [.. list.RootElement.GetProperty("items").EnumerateArray().Select(p => p.Clone())];
    }

    internal static async Task NoAgentIsLeftAsync() => await Eventually.TrueAsync("no agent's pod is left", async () => (await AgentPodsAsync()).Length == 0);

    // As programs do it: a crumb for the password, and with it a token, which needs neither.
    private async Task LogInAsync()
    {
        var password = (await TestCluster.KubectlAsync("-n", ServerNamespace, "exec", "slipway-0", "--", "cat", "/var/lib/slipway/secrets/initialAdminPassword")).Trim();
        using var handler = new SocketsHttpHandler { UseCookies = true };
        using var first = new HttpClient(handler) { BaseAddress = Address };
        first.DefaultRequestHeaders.Authorization = Basic(password);
        var crumb = await first.GetFromJsonAsync<JsonElement>("crumbIssuer/api/json");
        first.DefaultRequestHeaders.Add(crumb.GetProperty("crumbRequestField").GetString()!, crumb.GetProperty("crumb").GetString());
        using var name = new FormUrlEncodedContent(new Dictionary<string, string> { ["newTokenName"] = "tests" });
        using var answer = await first.PostAsync("me/descriptorByName/jenkins.security.ApiTokenProperty/generateNewToken", name);
        Assert.True(answer.IsSuccessStatusCode, $"generateNewToken: {answer.StatusCode}");
        var token = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Http.DefaultRequestHeaders.Authorization = Basic(token.GetProperty("data").GetProperty("tokenValue").GetString()!);
    }

    private static AuthenticationHeaderValue Basic(string secret) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("admin:" + secret)));

    private static async Task<string?> LookAsync()
    {
        if (!Directory.Exists(Volume))
        {
            return $"the overlay for tests is made for the cluster of this machine, whose volume {Volume} is not here; ./dev cluster up makes it";
        }

        using var nodes = JsonDocument.Parse(await TestCluster.KubectlAsync("get", "nodes", "-o", "json"));
        const string image = "docker.io/slipway/server:test";
        var known = nodes.RootElement.GetProperty("items").EnumerateArray()
            .SelectMany(n => n.GetProperty("status").GetProperty("images").EnumerateArray().SelectMany(i => i.GetProperty("names").EnumerateArray().Select(name => name.GetString())));
        if (!known.Contains(image))
        {
            return $"the cluster's node does not have the image {image}; ./dev images server --load brings it";
        }

        var (code, _, errors) = await TestCluster.TryKubectlAsync(null, "kustomize", Overlay);
        return code == 0 ? null : $"this kubectl cannot read the overlay (1.21 or later can): {errors.Trim()}";
    }

    private static async Task RemoveAsync()
    {
        await TestCluster.TryKubectlAsync(null, "delete", "-k", Overlay, "--ignore-not-found", "--timeout=120s");
        foreach (var entry in new DirectoryInfo(Volume).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo { LinkTarget: null } directory)
            {
                directory.Delete(recursive: true);
            }
            else
            {
                entry.Delete();
            }
        }
    }

    private static string Checkout()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Slipway.slnx")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("These tests run from a checkout.");
    }
}
