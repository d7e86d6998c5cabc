using System.Diagnostics;
using System.Text.Json;

namespace Slipway.Cluster.Harness;

/// <summary>The real Kubernetes that these tests run on: that of <c>$KUBECONFIG</c>, else the one that <c>./dev cluster up</c> makes. Without one, tests are skipped with a line that says so.</summary>
internal static class TestCluster
{
    private const string OfThisMachine = "/var/lib/testkube/admin.kubeconfig";
    private static readonly Lazy<string?> Absent = new(Look);

    public static string Kubeconfig { get; } = Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } named ? named : OfThisMachine;

    /// <summary>This machine as pods see it.</summary>
    public static string Host { get; } = Environment.GetEnvironmentVariable("SLIPWAY_TEST_HOST") is { Length: > 0 } named ? named : "10.88.0.1";

    /// <summary>The image that agents come from, as the cluster's nodes know it.</summary>
    public static string AgentImage { get; private set; } = Environment.GetEnvironmentVariable("SLIPWAY_AGENT_IMAGE") ?? "";

    /// <summary>Skips the test where there is no cluster that could run it.</summary>
    public static void Require() => Assert.SkipWhen(Absent.Value is not null, Absent.Value ?? "");

    /// <summary>Why there is no cluster; null where there is one.</summary>
    public static string? Absence => Absent.Value;

    /// <summary>Runs kubectl, and gives what it prints.</summary>
    public static async Task<string> KubectlAsync(params string[] arguments)
    {
        var (code, output, errors) = await TryKubectlAsync(null, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"kubectl {string.Join(' ', arguments)}: {errors}");
    }

    public static async Task ApplyAsync(string yaml)
    {
        var (code, _, errors) = await TryKubectlAsync(yaml, "apply", "-f", "-");
        Assert.True(code == 0, errors);
    }

    public static async Task<(int ExitCode, string Output, string Errors)> TryKubectlAsync(string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["KUBECONFIG"] = Kubeconfig;
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
        }

        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }

    private static string? Look()
    {
        // The servers that these tests start find the cluster as any program does.
        Environment.SetEnvironmentVariable("KUBECONFIG", Kubeconfig);
        if (!File.Exists(Kubeconfig))
        {
            return $"no cluster: {Kubeconfig} does not exist; ./dev cluster up makes one, or set KUBECONFIG";
        }

        try
        {
            var (code, output, errors) = TryKubectlAsync(null, "--request-timeout=5s", "get", "nodes", "-o", "json").GetAwaiter().GetResult();
            if (code != 0)
            {
                return $"no cluster: {Kubeconfig} leads to none that answers: {errors.Trim()}";
            }

            using var nodes = JsonDocument.Parse(output);
            var images = nodes.RootElement.GetProperty("items").EnumerateArray()
                .SelectMany(n => n.GetProperty("status").TryGetProperty("images", out var list) ? list.EnumerateArray().SelectMany(i => i.GetProperty("names") is { ValueKind: JsonValueKind.Array } names ? names.EnumerateArray().Select(name => name.GetString()) : []) : []);
            if (AgentImage.Length == 0 && images.FirstOrDefault(i => i!.StartsWith("docker.io/slipway/agent:", StringComparison.Ordinal)) is { } loaded)
            {
                AgentImage = loaded;
            }

            return nodes.RootElement.GetProperty("items").GetArrayLength() == 0 ? "no cluster: it has no node"
                : AgentImage.Length == 0 ? "the cluster's nodes do not have the agent's image; ./dev images agent --load brings it, or name one with SLIPWAY_AGENT_IMAGE" : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "no cluster can be used: kubectl is not installed (Debian's package kubernetes-client)";
        }
    }
}

/// <summary>A namespace of a test's own, removed with everything in it.</summary>
internal sealed class TestNamespace : IAsyncDisposable
{
    private TestNamespace(string name) => Name = name;

    public string Name { get; }

    public static async Task<TestNamespace> CreateAsync()
    {
        TestCluster.Require();
        var name = $"slipway-test-{Guid.NewGuid():N}"[..24];
        await TestCluster.KubectlAsync("create", "namespace", name);
        return new TestNamespace(name);
    }

    public Task<string> KubectlAsync(params string[] arguments) => TestCluster.KubectlAsync(["-n", Name, .. arguments]);

    public async Task<JsonElement[]> PodsAsync()
    {
        using var list = JsonDocument.Parse(await KubectlAsync("get", "pods", "-o", "json"));
        return [.. list.RootElement.GetProperty("items").EnumerateArray().Select(p => p.Clone())];
    }

    public async ValueTask DisposeAsync() => await TestCluster.TryKubectlAsync(null, "delete", "namespace", Name, "--wait=false");
}
