using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kubernetes.Http;

namespace Slipway.Kubernetes.Api;

/// <summary>Asking about the cluster and our rights in it.</summary>
public sealed partial class KubernetesClient
{
    private static readonly ResourceType AccessReviews = new("authorization.k8s.io", "v1", "selfsubjectaccessreviews", IsNamespaced: false);
    private static readonly ResourceType RulesReviews = new("authorization.k8s.io", "v1", "selfsubjectrulesreviews", IsNamespaced: false);

    /// <summary>Asks for the version, and measures what that tells: how long it took, and how far the server's clock is from ours.</summary>
    public async Task<ClusterProbe> ProbeAsync(CancellationToken cancellation)
    {
        var subject = new RequestSubject("get", "version");
        var since = Stopwatch.GetTimestamp();
        var response = await _transport.SendAsync(new ApiRequest(HttpMethod.Get, "version", subject), cancellation);
        var took = Stopwatch.GetElapsedTime(since);
        using var document = Parse(subject, response.Body);
        var json = document.RootElement;
        var version = new ServerVersion(json.TextAt("major") ?? "", json.TextAt("minor") ?? "", json.TextAt("gitVersion") ?? "", json.TextAt("platform") ?? "");
        if (version.GitVersion.Length == 0)
        {
            throw KubernetesException.NoAnswer(subject, "it answers, but is no Kubernetes API server: it tells no version of one.", isTransient: false, isOutcomeUnknown: false, cause: null);
        }

        return new ClusterProbe(version, took, response.ServerDate is { } theirs ? ClockDifference(theirs, Time.GetUtcNow() - (took / 2)) : null);
    }

    /// <summary>Groups with versions that the server serves, as in <c>apiVersion</c>: <c>v1</c>, <c>batch/v1</c>; a group's preferred version first.</summary>
    public async Task<IReadOnlyList<string>> ListApiVersionsAsync(CancellationToken cancellation)
    {
        var versions = new List<string>();
        using (var core = await GetDocumentAsync("api", new RequestSubject("get", "api"), cancellation))
        {
            versions.AddRange(core.RootElement.ItemsAt("versions").Select(version => version.GetString()!));
        }

        using var groups = await GetDocumentAsync("apis", new RequestSubject("get", "apis"), cancellation);
        foreach (var group in groups.RootElement.ItemsAt("groups"))
        {
            var preferred = group.TextAt("preferredVersion", "groupVersion");
            var served = group.ItemsAt("versions").Select(version => version.TextAt("groupVersion")).OfType<string>();
            versions.AddRange(served.OrderByDescending(version => version == preferred));
        }

        return versions;
    }

    /// <summary>Resources of one group version, without subresources; none where the server does not serve it.</summary>
    public async Task<IReadOnlyList<ServedResource>> ListResourcesAsync(string apiVersion, CancellationToken cancellation)
    {
        var slash = apiVersion.IndexOf('/');
        var (groupName, version) = slash < 0 ? ("", apiVersion) : (apiVersion[..slash], apiVersion[(slash + 1)..]);
        try
        {
            using var document = await GetDocumentAsync(slash < 0 ? $"api/{version}" : $"apis/{groupName}/{version}", new RequestSubject("get", "resources of " + apiVersion), cancellation);
            return
            [
                .. from resource in document.RootElement.ItemsAt("resources")
                   let plural = resource.TextAt("name") ?? ""
                   where !plural.Contains('/')
                   select new ServedResource(
                       new ResourceType(groupName, version, plural, resource.FlagAt("namespaced") ?? false), resource.TextAt("kind") ?? "", [.. resource.ItemsAt("verbs").Select(verb => verb.GetString()!)]),
            ];
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return [];
        }
    }

    /// <summary>Whether we may do one thing.</summary>
    public async Task<AccessAnswer> CanAsync(AccessQuestion question, CancellationToken cancellation)
    {
        var attributes = new JsonObject { ["verb"] = question.Verb, ["group"] = question.Group, ["resource"] = question.Resource };
        foreach (var (key, value) in new[] { ("subresource", question.Subresource), ("namespace", question.Namespace), ("name", question.Name) })
        {
            if (value is not null)
            {
                attributes[key] = value;
            }
        }

        var answer = await CreateAsync(AccessReviews, null, Review("SelfSubjectAccessReview", new JsonObject { ["resourceAttributes"] = attributes }), cancellation);
        return new AccessAnswer(answer.Json.FlagAt("status", "allowed") ?? false, answer.Json.TextAt("status", "reason") ?? "", answer.Json.TextAt("status", "evaluationError"));
    }

    /// <summary>What we may do in a namespace, as far as the server's authorizers can list it.</summary>
    public async Task<AccessRules> ListRulesAsync(string @namespace, CancellationToken cancellation)
    {
        var answer = await CreateAsync(RulesReviews, null, Review("SelfSubjectRulesReview", new JsonObject { ["namespace"] = @namespace }), cancellation);
        var rules = answer.Json.ItemsAt("status", "resourceRules").Select(rule => new AccessRule(Texts(rule, "verbs"), Texts(rule, "apiGroups"), Texts(rule, "resources"), Texts(rule, "resourceNames")));
        return new AccessRules([.. rules], answer.Json.FlagAt("status", "incomplete") ?? false, answer.Json.TextAt("status", "evaluationError"));
    }

    /// <summary>The server's date has whole seconds: a difference below one is none.</summary>
    private static TimeSpan ClockDifference(DateTimeOffset theirs, DateTimeOffset ours)
    {
        var difference = theirs - ours;
        return difference > TimeSpan.Zero ? difference : difference > TimeSpan.FromSeconds(-1) ? TimeSpan.Zero : difference + TimeSpan.FromSeconds(1);
    }

    private async Task<JsonDocument> GetDocumentAsync(string path, RequestSubject subject, CancellationToken cancellation) =>
        Parse(subject, (await _transport.SendAsync(new ApiRequest(HttpMethod.Get, path, subject), cancellation)).Body);

    private static JsonObject Review(string kind, JsonObject spec) => new() { ["apiVersion"] = "authorization.k8s.io/v1", ["kind"] = kind, ["metadata"] = new JsonObject(), ["spec"] = spec };

    private static IReadOnlyList<string> Texts(JsonElement json, string name) => [.. json.ItemsAt(name).Select(item => item.GetString() ?? "")];
}

public sealed record ServerVersion(string Major, string Minor, string GitVersion, string Platform);

/// <param name="RoundTrip">Includes opening the connection, if this was the first request.</param>
/// <param name="ClockDifference">Positive: the server's clock is ahead of ours. Null where its answer had no date (a proxy).</param>
public sealed record ClusterProbe(ServerVersion Version, TimeSpan RoundTrip, TimeSpan? ClockDifference);

/// <param name="Verbs">What the resource supports, not what we may do.</param>
public sealed record ServedResource(ResourceType Type, string Kind, IReadOnlyList<string> Verbs);

/// <param name="Group">Empty for the core group.</param>
/// <param name="Namespace">Null: in all namespaces.</param>
public sealed record AccessQuestion(string Verb, string Resource, string? Namespace = null, string Group = "", string? Subresource = null, string? Name = null);

/// <param name="Reason">The authorizer's words; may be empty.</param>
/// <param name="EvaluationError">What kept the authorizer from a sure answer.</param>
public sealed record AccessAnswer(bool IsAllowed, string Reason, string? EvaluationError);

public sealed record AccessRule(IReadOnlyList<string> Verbs, IReadOnlyList<string> Groups, IReadOnlyList<string> Resources, IReadOnlyList<string> Names);

/// <param name="IsIncomplete">There may be rights that are not listed (authorizers such as webhooks list none): ask <see cref="KubernetesClient.CanAsync"/> for what seems missing.</param>
public sealed record AccessRules(IReadOnlyList<AccessRule> Rules, bool IsIncomplete, string? EvaluationError)
{
    /// <summary>Whether a listed rule allows it for every name (or for the name asked for).</summary>
    public bool Allows(AccessQuestion question)
    {
        var resource = question.Subresource is null ? question.Resource : $"{question.Resource}/{question.Subresource}";
        return Rules.Any(rule =>
            Matches(rule.Verbs, question.Verb)
            && Matches(rule.Groups, question.Group)
            && (Matches(rule.Resources, resource) || (question.Subresource is not null && rule.Resources.Contains("*/" + question.Subresource)))
            && (rule.Names.Count == 0 || (question.Name is not null && rule.Names.Contains(question.Name))));
    }

    private static bool Matches(IReadOnlyList<string> allowed, string wanted) => allowed.Contains("*") || allowed.Contains(wanted);
}
