using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Connecting;

namespace Slipway.Provisioning.Kubernetes.Checking;

/// <summary>A right that a cloud needs in each of its namespaces.</summary>
/// <param name="For">What does not work without it.</param>
/// <param name="IsRequired">Without it no agent comes to be; without the others something is missing.</param>
public sealed record RequiredRight(string Verb, string Resource, string? Subresource, string For, bool IsRequired)
{
    /// <summary>As RBAC names it: <c>pods/log</c>.</summary>
    public string Target => Subresource is null ? Resource : $"{Resource}/{Subresource}";
}

/// <summary>What a cloud needs to be allowed to do, and how to allow it.</summary>
public static class RequiredRights
{
    public static IReadOnlyList<RequiredRight> All { get; } =
    [
        .. new[] { "create", "get", "list", "watch", "delete" }.Select(verb => new RequiredRight(verb, "pods", null, "agents are pods", IsRequired: true)),
        new("patch", "pods", null, "pods are kept after their work (podRetention) and change hands (idleMinutes)", IsRequired: false),
        new("get", "pods", "log", "build logs say what a container wrote before it failed", IsRequired: false),
        new("create", "pods", "exec", "steps run in containers that run a program of their own", IsRequired: false),
        new("get", "pods", "exec", "steps run in containers that run a program of their own", IsRequired: false),
        new("list", "events", null, "build logs say what the cluster says", IsRequired: false),
        new("watch", "events", null, "build logs say what the cluster says", IsRequired: false),
        new("list", "resourcequotas", null, "this test tells how much of a quota is left", IsRequired: false),
        .. new[] { "create", "get", "list", "patch", "delete" }.Select(verb => new RequiredRight(verb, "persistentvolumeclaims", null, "pod templates ask for claims of their own (dynamicPVC)", IsRequired: false)),
    ];

    /// <summary>
    /// A Role with all of <see cref="All"/> and its binding, as YAML that <c>kubectl apply</c> takes. Always the whole: applying replaces the rules of a Role of that name, so that one with only what is missing would
    /// take away what was there.
    /// </summary>
    /// <param name="account">Whom to bind; see <see cref="AccountOf"/>. The binding bears its name, for the same reason.</param>
    public static string Yaml(string @namespace, RbacSubject account)
    {
        var yaml = new StringBuilder();
        yaml.Append("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: slipway-agents\n  namespace: ").Append(@namespace).Append("\nrules:\n");
        foreach (var group in All.GroupBy(right => right.Target))
        {
            yaml.Append("- apiGroups: [\"\"]\n  resources: [").Append(group.Key).Append("]\n  verbs: [").AppendJoin(", ", group.Select(right => right.Verb)).Append("]\n");
        }

        yaml.Append("---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: ").Append(BindingName(account)).Append("\n  namespace: ").Append(@namespace)
            .Append("\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: slipway-agents\nsubjects:\n");
        return yaml.Append(account.Namespace is { } space
            ? $"- kind: ServiceAccount\n  name: {account.Name}\n  namespace: {space}\n"
            : $"- kind: User\n  apiGroup: rbac.authorization.k8s.io\n  name: \"{JsonEncodedText.Encode(account.Name)}\"\n").ToString();
    }

    private static string BindingName(RbacSubject account)
    {
        var words = $"slipway-agents {account.Namespace} {account.Name}".ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : ' ');
        return string.Join('-', string.Concat(words).Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Whom the API server takes us for, as far as the credential itself says it.</summary>
    public static RbacSubject AccountOf(ClusterConnection connection)
    {
        var credential = connection.Credential;
        try
        {
            var token = credential.TokenFile is { } file ? File.ReadAllText(file).Trim() : credential.Token;
            if (token?.Split('.') is [_, var payload, _])
            {
                using var claims = JsonDocument.Parse(Base64(payload));
                if (claims.RootElement.TextAt("sub") is { } subject)
                {
                    return subject.Split(':') is ["system", "serviceaccount", var space, var name] ? new RbacSubject(name, space) : new RbacSubject(subject, null);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or JsonException)
        {
            // A token that says nothing of its owner.
        }

        return new RbacSubject(credential.ClientCertificate?.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } user ? user : "THE-CLOUDS-ACCOUNT", null);
    }

    private static byte[] Base64(string text)
    {
        var padded = text.Replace('-', '+').Replace('_', '/');
        return Convert.FromBase64String(padded.PadRight((padded.Length + 3) / 4 * 4, '='));
    }
}

/// <param name="Namespace">Of a service account; null for a user.</param>
public sealed record RbacSubject(string Name, string? Namespace);
