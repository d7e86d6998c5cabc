using Slipway.Scenarios.Harness;

namespace Slipway.Cluster.Harness;

/// <summary>A server on this machine whose agents are pods of the cluster, in a namespace of its own.</summary>
internal sealed class ClusterServer : IAsyncDisposable
{
    private readonly string _directory;

    private ClusterServer(string directory, TestNamespace @namespace, ServerProcess server) => (_directory, Namespace, Server) = (directory, @namespace, server);

    public TestNamespace Namespace { get; }

    public ServerProcess Server { get; }

    public string ConfigFile => Path.Combine(_directory, "slipway.yaml");

    /// <param name="cloud">Lines of the cloud's configuration beside name, namespace and URL, each with its indentation from the cloud's level; <c>{agents}</c> stands for the address of the port for agents.</param>
    /// <param name="dialed">What agents dial instead of the server itself: given the server's port for agents, the port of what stands before it.</param>
    public static async Task<ClusterServer> StartAsync(string cloud = "", Func<int, int>? dialed = null)
    {
        var @namespace = await TestNamespace.CreateAsync();
        var directory = Directory.CreateTempSubdirectory("slipway-cluster-").FullName;
        var listen = ServerProcess.FreePort();
        var config = Path.Combine(directory, "slipway.yaml");
        await File.WriteAllTextAsync(config, Configuration(@namespace.Name, cloud.Replace("{agents}", $"{TestCluster.Host}:{listen}", StringComparison.Ordinal)));
        var server = await ServerProcess.StartAsync(
            Path.Combine(directory, "data"),
            "--config", config,
            "--local-agents", "0",
            "--agent-listen", $"{TestCluster.Host}:{listen}",
            "--agent-url", $"http://{TestCluster.Host}:{dialed?.Invoke(listen) ?? listen}/",
            "--agent-image", TestCluster.AgentImage);
        return new ClusterServer(directory, @namespace, server);
    }

    public static string Configuration(string @namespace, string cloud) => $"""
        jenkins:
          numExecutors: 0
          globalNodeProperties:
          - envVars:
              env:
              - key: GLOBAL
                value: GLOBAL
              - key: JAVA_HOME_X
                value: java-home-x
          clouds:
          - kubernetes:
              name: kubernetes
              namespace: {@namespace}
        {string.Join('\n', cloud.Split('\n').Select(line => "      " + line))}
        """;

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Namespace.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
