using YamlDotNet.RepresentationModel;

namespace Slipway.Kubernetes.Connecting;

/// <summary>
/// Connections from kubeconfig files, as kubectl reads them: of several files the first that names a cluster, user, context or the current context counts; relative paths start at their
/// file's folder. Credential programs (<c>exec</c>) and providers are refused: a server must not depend on programs and logins of one person's machine.
/// </summary>
public static class Kubeconfig
{
    /// <summary>Files of <c>$KUBECONFIG</c>, else <c>~/.kube/config</c>.</summary>
    public static IReadOnlyList<string> DefaultFiles()
    {
        var listed = Environment.GetEnvironmentVariable("KUBECONFIG");
        return string.IsNullOrEmpty(listed)
            ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config")]
            : listed.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Reads the files that exist of those given.</summary>
    /// <param name="context">Null for the current context.</param>
    /// <exception cref="ClusterConnectionException">Every fault of the files that touches this context.</exception>
    public static ClusterConnection Load(IReadOnlyList<string> files, string? context = null)
    {
        var faults = new List<ConnectionFault>();
        var parsed = new List<KubeconfigFile>();
        foreach (var file in files.Where(File.Exists))
        {
            if (new CredentialReader(faults).Text(file, file, null, "kubeconfig") is { } text)
            {
                parsed.Add(KubeconfigFile.Parse(text, file, Path.GetDirectoryName(Path.GetFullPath(file)), faults));
            }
        }

        if (parsed.Count == 0 && faults.Count == 0)
        {
            faults.Add(new(string.Join(Path.PathSeparator, files), null, "kubeconfig", "no such file"));
        }

        return Connect(parsed, context, faults);
    }

    /// <summary>Reads a kubeconfig's text, such as that of a stored secret. It may name no files.</summary>
    public static ClusterConnection Parse(string text, string source, string? context = null)
    {
        var faults = new List<ConnectionFault>();
        return Connect([KubeconfigFile.Parse(text, source, null, faults)], context, faults);
    }

    private static ClusterConnection Connect(IReadOnlyList<KubeconfigFile> files, string? context, List<ConnectionFault> faults)
    {
        var connection = faults.Count > 0 && files.All(file => file.IsEmpty) ? null : ConnectContext(files, context, faults);
        return faults.Count > 0 ? throw new ClusterConnectionException(faults) : connection!;
    }

    private static ClusterConnection? ConnectContext(IReadOnlyList<KubeconfigFile> files, string? wanted, List<ConnectionFault> faults)
    {
        var current = files.Select(file => file.CurrentContext).FirstOrDefault(value => value is not null);
        var name = wanted ?? current?.Value;
        var first = files[0].Name;
        if (string.IsNullOrEmpty(name))
        {
            faults.Add(new(first, null, "current-context", $"is not set; contexts are {Names(files, "contexts")}. Set it, or name a context"));
            return null;
        }

        if (Find(files, "contexts", name) is not { } context)
        {
            faults.Add(new(current?.File ?? first, wanted is null ? current?.Line : null, "current-context", $"there is no context '{name}'; contexts are {Names(files, "contexts")}"));
            return null;
        }

        var cluster = Referenced(files, context, "cluster", "clusters", isRequired: true, faults);
        var user = Referenced(files, context, "user", "users", isRequired: false, faults);
        var builder = new ConnectionBuilder(faults);
        if (cluster is not null)
        {
            builder.ReadCluster(cluster);
        }

        if (user is not null)
        {
            builder.ReadUser(user);
        }

        return builder.Build(context.Text("namespace")?.Value, $"{context.File}, context {name}");
    }

    private static KubeconfigEntry? Referenced(IReadOnlyList<KubeconfigFile> files, KubeconfigEntry context, string key, string section, bool isRequired, List<ConnectionFault> faults)
    {
        var name = context.Text(key);
        if (string.IsNullOrEmpty(name?.Value))
        {
            if (isRequired)
            {
                faults.Add(context.Fault(key, $"is missing; {section} are {Names(files, section)}"));
            }

            return null;
        }

        var found = Find(files, section, name.Value);
        if (found is null)
        {
            faults.Add(context.Fault(key, $"there is none named '{name.Value}' under {section}; there are {Names(files, section)}"));
        }

        return found;
    }

    private static KubeconfigEntry? Find(IReadOnlyList<KubeconfigFile> files, string section, string name) =>
        files.SelectMany(file => file.Entries(section)).FirstOrDefault(entry => entry.Name == name);

    private static string Names(IReadOnlyList<KubeconfigFile> files, string section) =>
        files.SelectMany(file => file.Entries(section)).Select(entry => entry.Name).Distinct().ToList() is { Count: > 0 } names ? string.Join(", ", names) : "none";

    private sealed class ConnectionBuilder(List<ConnectionFault> faults)
    {
        private readonly CredentialReader _reader = new(faults);
        private Uri? _server;
        private Uri? _proxy;
        private string? _tlsServerName;
        private bool _skipTlsVerify;
        private System.Security.Cryptography.X509Certificates.X509Certificate2Collection? _authorities;
        private ClusterCredential _credential = ClusterCredential.None;

        public void ReadCluster(KubeconfigEntry cluster)
        {
            var server = cluster.Text("server");
            _server = _reader.Server(server?.Value, cluster.File, server?.Line ?? cluster.Line, cluster.Path("server"));
            _tlsServerName = cluster.Text("tls-server-name")?.Value;
            if (cluster.Text("proxy-url") is { Value.Length: > 0 } proxy)
            {
                _proxy = _reader.Proxy(proxy.Value, cluster.File, proxy.Line, cluster.Path("proxy-url"));
            }

            if (cluster.Text("insecure-skip-tls-verify") is { } skip && !bool.TryParse(skip.Value, out _skipTlsVerify))
            {
                faults.Add(cluster.Fault("insecure-skip-tls-verify", $"'{skip.Value}' is neither true nor false"));
            }

            if (Pem(cluster, "certificate-authority") is { } pem)
            {
                _authorities = _reader.Authorities(pem.Value, cluster.File, pem.Line, cluster.Path(pem.Key));
                if (_skipTlsVerify)
                {
                    faults.Add(cluster.Fault("insecure-skip-tls-verify", $"contradicts {pem.Key}: give one of them"));
                }
            }
        }

        public void ReadUser(KubeconfigEntry user)
        {
            Refuse(user, "exec", "credential programs are not run; give a token, tokenFile or client certificate of a service account instead");
            Refuse(user, "auth-provider", "credential providers are not supported (Kubernetes removed them); give a token, tokenFile or client certificate instead");
            Refuse(user, "username", "basic authentication is not supported (Kubernetes removed it); give a token, tokenFile or client certificate instead");
            Refuse(user, "as", "impersonation is not supported; give the credentials of the account itself");
            Refuse(user, "as-groups", "impersonation is not supported; give the credentials of the account itself");

            var tokenFile = user.Text("tokenFile") is { Value.Length: > 0 } file ? ResolvePath(user, file, "tokenFile") : null;
            if (tokenFile is not null)
            {
                _reader.Text(tokenFile, user.File, user.Text("tokenFile")!.Line, user.Path("tokenFile"));
            }

            var certificate = Pem(user, "client-certificate");
            var key = Pem(user, "client-key");
            ClusterCredential? read = null;
            if (certificate is not null && key is not null)
            {
                read = _reader.ClientCertificate(certificate.Value, key.Value, user.File, certificate.Line, user.Path(certificate.Key), user.Path(key.Key));
            }
            else if (user.Has("client-certificate") != user.Has("client-key"))
            {
                var missing = user.Has("client-certificate") ? "client-key" : "client-certificate";
                faults.Add(user.Fault(missing, "is missing: a client certificate and its key go together"));
            }

            _credential = new ClusterCredential
            {
                Token = user.Text("token") is { Value.Length: > 0 } token ? token.Value.Trim() : null,
                TokenFile = tokenFile,
                ClientCertificate = read?.ClientCertificate,
                Intermediates = read?.Intermediates,
            };
        }

        public ClusterConnection? Build(string? @namespace, string source) => _server is null
            ? null
            : new ClusterConnection
            {
                Server = _server,
                Namespace = string.IsNullOrEmpty(@namespace) ? null : @namespace,
                Authorities = _authorities,
                SkipTlsVerify = _skipTlsVerify,
                TlsServerName = _tlsServerName,
                Proxy = _proxy,
                Credential = _credential,
                Source = source,
            };

        private void Refuse(KubeconfigEntry entry, string key, string message)
        {
            if (entry.Contains(key))
            {
                faults.Add(entry.Fault(key, message));
            }
        }

        /// <summary>PEM text of <c>key-data</c> (base64) or of the file that <c>key</c> names; the former counts, as for kubectl.</summary>
        private PemText? Pem(KubeconfigEntry entry, string key)
        {
            if (entry.Text(key + "-data") is { Value.Length: > 0 } data)
            {
                return _reader.Base64(data.Value, entry.File, data.Line, entry.Path(key + "-data")) is { } text ? new PemText(text, data.Line, key + "-data") : null;
            }

            return entry.Text(key) is { Value.Length: > 0 } file && ResolvePath(entry, file, key) is { } path && _reader.Text(path, entry.File, file.Line, entry.Path(key)) is { } read
                ? new PemText(read, file.Line, key)
                : null;
        }

        private string? ResolvePath(KubeconfigEntry entry, KubeconfigValue value, string key)
        {
            if (entry.Folder is not null)
            {
                return Path.Combine(entry.Folder, value.Value);
            }

            faults.Add(entry.Fault(key, "a kubeconfig that is no file itself may name no files; put the content there (certificates as …-data in base64)"));
            return null;
        }

        private sealed record PemText(string Value, int Line, string Key);
    }
}

/// <summary>A text with its place.</summary>
internal sealed record KubeconfigValue(string Value, string File, int Line);

/// <summary>One file, as far as its shape can be read; what cannot be is a fault.</summary>
internal sealed class KubeconfigFile
{
    private readonly Dictionary<string, List<KubeconfigEntry>> _sections = [];

    private KubeconfigFile(string name) => Name = name;

    public string Name { get; }

    public KubeconfigValue? CurrentContext { get; private set; }

    public bool IsEmpty => _sections.Count == 0;

    public IReadOnlyList<KubeconfigEntry> Entries(string section) => _sections.GetValueOrDefault(section) ?? [];

    public static KubeconfigFile Parse(string text, string name, string? folder, List<ConnectionFault> faults)
    {
        var file = new KubeconfigFile(name);
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (YamlDotNet.Core.YamlException e)
        {
            // The parser's own words could quote a secret.
            faults.Add(new(name, (int)e.Start.Line, "kubeconfig", $"is not YAML (column {e.Start.Column})"));
            return file;
        }

        if (yaml.Documents.Count == 0)
        {
            return file;
        }

        if (yaml.Documents[0].RootNode is not YamlMappingNode root)
        {
            faults.Add(new(name, 1, "kubeconfig", "is not a mapping with clusters, users and contexts"));
            return file;
        }

        if (Child(root, "current-context") is YamlScalarNode { Value.Length: > 0 } current)
        {
            file.CurrentContext = new KubeconfigValue(current.Value, name, Line(current));
        }

        foreach (var (section, inner) in new[] { ("clusters", "cluster"), ("users", "user"), ("contexts", "context") })
        {
            file._sections[section] = ReadSection(root, section, inner, name, folder, faults);
        }

        return file;
    }

    private static List<KubeconfigEntry> ReadSection(YamlMappingNode root, string section, string inner, string file, string? folder, List<ConnectionFault> faults)
    {
        var entries = new List<KubeconfigEntry>();
        switch (Child(root, section))
        {
            case null or YamlScalarNode { Value: null or "" or "null" or "~" }:
                return entries;
            case YamlSequenceNode sequence:
                foreach (var (node, index) in sequence.Select((node, index) => (node, index)))
                {
                    if (node is not YamlMappingNode entry || Child(entry, "name") is not YamlScalarNode { Value.Length: > 0 } name)
                    {
                        faults.Add(new(file, Line(node), $"{section}[{index}].name", "is missing"));
                    }
                    else if (Child(entry, inner) is var body && body is not (YamlMappingNode or null or YamlScalarNode { Value: null or "" or "null" or "~" }))
                    {
                        faults.Add(new(file, Line(body), $"{section}[{name.Value}].{inner}", "is not a mapping"));
                    }
                    else
                    {
                        entries.Add(new KubeconfigEntry(file, folder, section, inner, name.Value, Line(node), body as YamlMappingNode));
                    }
                }

                return entries;
            case var other:
                faults.Add(new(file, Line(other), section, "is not a list"));
                return entries;
        }
    }

    internal static YamlNode? Child(YamlMappingNode node, string key) => node.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null;

    internal static int Line(YamlNode node) => (int)node.Start.Line;
}

/// <summary>A cluster, user or context.</summary>
internal sealed class KubeconfigEntry(string file, string? folder, string section, string inner, string name, int line, YamlMappingNode? body)
{
    public string File => file;
    public string? Folder => folder;
    public string Name => name;
    public int Line => line;

    public KubeconfigValue? Text(string key) =>
        body is not null && KubeconfigFile.Child(body, key) is YamlScalarNode { Value: not null } scalar && !(scalar.Style == YamlDotNet.Core.ScalarStyle.Plain && scalar.Value is "null" or "~")
            ? new KubeconfigValue(scalar.Value!, file, KubeconfigFile.Line(scalar))
            : null;

    public bool Contains(string key) => body is not null && KubeconfigFile.Child(body, key) is { } node && node is not YamlScalarNode { Value: null or "" or "null" or "~" };

    /// <summary>As a file or as data.</summary>
    public bool Has(string key) => Contains(key) || Contains(key + "-data");

    public string Path(string key) => $"{section}[{name}].{inner}.{key}";

    public ConnectionFault Fault(string key, string message) =>
        new(file, body is not null && KubeconfigFile.Child(body, key) is { } node ? KubeconfigFile.Line(node) : line, Path(key), message);
}
