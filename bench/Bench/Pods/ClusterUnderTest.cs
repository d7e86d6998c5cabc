using System.Diagnostics;

namespace Slipway.Bench.Pods;

/// <summary>The real Kubernetes of <c>$KUBECONFIG</c> (or the one that <c>./dev cluster up</c> makes), and a namespace of this measurement's own.</summary>
internal sealed class ClusterUnderTest : IAsyncDisposable
{
    private const string OfThisMachine = "/var/lib/testkube/admin.kubeconfig";

    private ClusterUnderTest(string @namespace) => Namespace = @namespace;

    public static string Kubeconfig { get; } = Environment.GetEnvironmentVariable("KUBECONFIG") is { Length: > 0 } named ? named : OfThisMachine;

    /// <summary>This machine as pods see it.</summary>
    public static string Host { get; } = Environment.GetEnvironmentVariable("SLIPWAY_TEST_HOST") is { Length: > 0 } named ? named : "10.88.0.1";

    public static bool IsThere => File.Exists(Kubeconfig);

    public string Namespace { get; }

    public static async Task<ClusterUnderTest> CreateAsync()
    {
        var cluster = new ClusterUnderTest($"slipway-bench-{Guid.NewGuid():N}"[..24]);
        await KubectlAsync(null, "create", "namespace", cluster.Namespace);
        return cluster;
    }

    public static async Task<string> KubectlAsync(string? input, params string[] arguments)
    {
        using var process = Start(arguments);
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
        }

        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"kubectl {string.Join(' ', arguments)}: {await errors}");
    }

    /// <summary>A kubectl that goes on until it is disposed.</summary>
    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("kubectl") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["KUBECONFIG"] = Kubeconfig;
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    public async ValueTask DisposeAsync() => await KubectlAsync(null, "delete", "namespace", Namespace, "--wait=false");
}
