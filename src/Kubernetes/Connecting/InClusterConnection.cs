namespace Slipway.Kubernetes.Connecting;

/// <summary>The connection that a pod has by its service account.</summary>
public static class InClusterConnection
{
    public const string ServiceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>Whether this process runs in a pod that was given a service account.</summary>
    public static bool IsAvailable(string folder = ServiceAccountFolder) =>
        Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is { Length: > 0 } && File.Exists(Path.Combine(folder, "token"));

    /// <exception cref="ClusterConnectionException">This is no pod, or its service account is not mounted.</exception>
    public static ClusterConnection Connect() =>
        Connect(Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST"), Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_PORT"), ServiceAccountFolder);

    internal static ClusterConnection Connect(string? host, string? port, string folder)
    {
        var faults = new List<ConnectionFault>();
        var reader = new CredentialReader(faults);
        if (string.IsNullOrEmpty(host))
        {
            faults.Add(new(null, null, "KUBERNETES_SERVICE_HOST", "is not set: this process does not run in a pod. Give a server address or a kubeconfig"));
        }

        if (!string.IsNullOrEmpty(port) && !ushort.TryParse(port, out _))
        {
            faults.Add(new(null, null, "KUBERNETES_SERVICE_PORT", $"'{port}' is not a port"));
        }

        var tokenFile = Path.Combine(folder, "token");
        var authorityFile = Path.Combine(folder, "ca.crt");
        reader.Text(tokenFile, null, null, "service account token (automountServiceAccountToken)");
        var authorities = reader.Text(authorityFile, null, null, "service account CA") is { } pem ? reader.Authorities(pem, authorityFile, null, "service account CA") : null;
        var namespaceFile = Path.Combine(folder, "namespace");
        if (faults.Count > 0)
        {
            throw new ClusterConnectionException(faults);
        }

        var bracketed = host!.Contains(':') ? $"[{host}]" : host;
        return new ClusterConnection
        {
            Server = new Uri($"https://{bracketed}:{(string.IsNullOrEmpty(port) ? "443" : port)}/"),
            Namespace = File.Exists(namespaceFile) ? File.ReadAllText(namespaceFile).Trim() : null,
            Authorities = authorities,
            Credential = new ClusterCredential { TokenFile = tokenFile },
            Source = "the pod's service account",
        };
    }
}
