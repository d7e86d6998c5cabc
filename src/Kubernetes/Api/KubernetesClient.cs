using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kubernetes.Connecting;
using Slipway.Kubernetes.Http;

namespace Slipway.Kubernetes.Api;

/// <summary>
/// The Kubernetes API over one connection. Objects go out as the JSON that the caller built and come back whole. Every failure is a <see cref="KubernetesException"/>; a cancelled call throws
/// <see cref="OperationCanceledException"/>. Safe for concurrent use; at most <see cref="ClusterConnection.MaxRequestsPerHost"/> requests run at once, further ones wait their turn. Requests
/// that the server puts off (429, 503 with Retry-After) are sent again up to four times; nothing else is.
/// </summary>
public sealed partial class KubernetesClient : IDisposable
{
    private readonly KubernetesTransport _transport;

    public KubernetesClient(ClusterConnection connection, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(connection.MaxRequestsPerHost, 1, nameof(connection));
        Connection = connection;
        _transport = new KubernetesTransport(connection, time ?? TimeProvider.System);
    }

    public ClusterConnection Connection { get; }

    internal TimeProvider Time => _transport.Time;

    /// <param name="namespace">Null for resources outside of namespaces.</param>
    public async Task<KubernetesObject> GetAsync(ResourceType type, string? @namespace, string name, CancellationToken cancellation)
    {
        var subject = new RequestSubject("get", type.Plural, @namespace, name);
        var response = await _transport.SendAsync(new ApiRequest(HttpMethod.Get, type.Path(@namespace, name), subject), cancellation);
        return ReadObject(subject, response);
    }

    /// <summary>Null where there is none of that name.</summary>
    public async Task<KubernetesObject?> FindAsync(ResourceType type, string? @namespace, string name, CancellationToken cancellation)
    {
        try
        {
            return await GetAsync(type, @namespace, name, cancellation);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>
    /// All objects that match, read in pages. Where the server forgets the list's moment between two pages (410), it is read once more in one piece, so that what is returned was true at one moment.
    /// </summary>
    /// <param name="namespace">Null: all namespaces.</param>
    public async Task<ObjectList> ListAsync(ResourceType type, string? @namespace, Selection? selection, CancellationToken cancellation)
    {
        var items = new List<KubernetesObject>();
        string? next = null;
        var pageSize = selection?.PageSize ?? Selection.DefaultPageSize;
        while (true)
        {
            try
            {
                var page = await ListPageAsync(type, @namespace, selection, pageSize, next, items, cancellation);
                if (page.Continue is null)
                {
                    return new ObjectList(items, page.ResourceVersion);
                }

                next = page.Continue;
            }
            catch (KubernetesException e) when (e.IsGone && next is not null)
            {
                items.Clear();
                (next, pageSize) = (null, 0);
            }
        }
    }

    /// <param name="body">With <c>metadata.name</c> or <c>generateName</c>; <c>apiVersion</c> and <c>kind</c> as the API asks for.</param>
    /// <param name="isDryRun">The server checks everything, admission and quota included, and keeps nothing.</param>
    public async Task<KubernetesObject> CreateAsync(ResourceType type, string? @namespace, JsonObject body, CancellationToken cancellation, bool isDryRun = false)
    {
        var subject = new RequestSubject("create", type.Plural, @namespace, NameOf(body));
        var path = type.Path(@namespace) + (isDryRun ? "?dryRun=All" : "");
        return ReadObject(subject, await _transport.SendAsync(new ApiRequest(HttpMethod.Post, path, subject, Bytes(body)), cancellation));
    }

    /// <summary>Replaces the whole object. With <c>metadata.resourceVersion</c> it conflicts if the object changed since.</summary>
    public async Task<KubernetesObject> ReplaceAsync(ResourceType type, string? @namespace, string name, JsonObject body, CancellationToken cancellation, string? subresource = null)
    {
        var subject = new RequestSubject("update", Joined(type, subresource), @namespace, name);
        return ReadObject(subject, await _transport.SendAsync(new ApiRequest(HttpMethod.Put, type.Path(@namespace, name, subresource), subject, Bytes(body)), cancellation));
    }

    public async Task<KubernetesObject> PatchAsync(
        ResourceType type, string? @namespace, string name, PatchKind kind, JsonObject patch, CancellationToken cancellation, string? subresource = null)
    {
        var subject = new RequestSubject("patch", Joined(type, subresource), @namespace, name);
        var contentType = kind == PatchKind.Merge ? "application/merge-patch+json" : "application/strategic-merge-patch+json";
        return ReadObject(subject, await _transport.SendAsync(new ApiRequest(HttpMethod.Patch, type.Path(@namespace, name, subresource), subject, Bytes(patch), contentType), cancellation));
    }

    /// <summary>Asks for deletion; the object may live on until its grace period and finalizers are over.</summary>
    /// <returns>False: there was none of that name.</returns>
    /// <exception cref="KubernetesException">A precondition does not hold (<see cref="KubernetesException.IsConflict"/>), and others.</exception>
    public async Task<bool> DeleteAsync(ResourceType type, string? @namespace, string name, CancellationToken cancellation, Deletion? deletion = null)
    {
        var subject = new RequestSubject("delete", type.Plural, @namespace, name);
        try
        {
            await _transport.SendAsync(new ApiRequest(HttpMethod.Delete, type.Path(@namespace, name), subject, deletion is null ? null : Bytes(deletion.ToJson())), cancellation);
            return true;
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return false;
        }
    }

    public void Dispose() => _transport.Dispose();

    private async Task<(string ResourceVersion, string? Continue)> ListPageAsync(
        ResourceType type, string? @namespace, Selection? selection, int pageSize, string? next, List<KubernetesObject> items, CancellationToken cancellation)
    {
        var query = new QueryString().Add(selection);
        if (pageSize > 0)
        {
            query.Add("limit", pageSize);
        }

        query.Add("continue", next);
        var subject = new RequestSubject("list", type.Plural, @namespace);
        var response = await _transport.SendAsync(new ApiRequest(HttpMethod.Get, type.Path(@namespace) + query, subject), cancellation);
        using var document = Parse(subject, response.Body);
        foreach (var item in document.RootElement.ItemsAt("items"))
        {
            // A copy each: one object that is kept must not keep its whole page.
            items.Add(new KubernetesObject(item.Clone()));
        }

        var more = document.RootElement.TextAt("metadata", "continue");
        return (document.RootElement.TextAt("metadata", "resourceVersion") ?? "", string.IsNullOrEmpty(more) ? null : more);
    }

    private static KubernetesObject ReadObject(RequestSubject subject, ApiResponse response)
    {
        using var document = Parse(subject, response.Body);
        return new KubernetesObject(document.RootElement.Clone());
    }

    private static JsonDocument Parse(RequestSubject subject, byte[] body)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException e)
        {
            throw KubernetesException.NoAnswer(subject, WebPage.Explain(System.Net.HttpStatusCode.OK, body) ?? $"it answers, but not in JSON as a Kubernetes API server does ({e.Message})", isTransient: false, isOutcomeUnknown: subject.Verb is not ("get" or "list"), e);
        }
    }

    private static byte[] Bytes(JsonObject body)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            body.WriteTo(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static string Joined(ResourceType type, string? subresource) => subresource is null ? type.Plural : $"{type.Plural}/{subresource}";

    private static string? NameOf(JsonObject body)
    {
        var metadata = body["metadata"] as JsonObject;
        return metadata?["name"] is JsonValue name && name.TryGetValue<string>(out var text) ? text
            : metadata?["generateName"] is JsonValue prefix && prefix.TryGetValue(out text) ? text + "…"
            : null;
    }
}

/// <param name="ResourceVersion">The moment of the list, to watch on from.</param>
public sealed record ObjectList(IReadOnlyList<KubernetesObject> Items, string ResourceVersion);

/// <summary>Which objects; null selects all.</summary>
public sealed record Selection(string? Labels = null, string? Fields = null)
{
    public const int DefaultPageSize = 500;

    /// <summary>Objects per request of a list.</summary>
    public int PageSize { get; init; } = DefaultPageSize;
}

public enum PatchKind
{
    /// <summary>RFC 7386: null removes, lists are replaced.</summary>
    Merge,

    /// <summary>Kubernetes' own: lists merge by their keys. Only for built-in resources.</summary>
    Strategic,
}

public enum DeletionPropagation
{
    Background,
    Foreground,
    Orphan,
}

/// <summary>How to delete; what is null is the server's default.</summary>
/// <param name="GracePeriod">Whole seconds; zero removes at once.</param>
/// <param name="Uid">Only if it is this very object, not another one of its name.</param>
/// <param name="ResourceVersion">Only if it has not changed since.</param>
public sealed record Deletion(TimeSpan? GracePeriod = null, DeletionPropagation? Propagation = null, string? Uid = null, string? ResourceVersion = null)
{
    internal JsonObject ToJson()
    {
        var json = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions" };
        if (GracePeriod is { } grace)
        {
            json["gracePeriodSeconds"] = (long)Math.Ceiling(grace.TotalSeconds);
        }

        if (Propagation is { } propagation)
        {
            json["propagationPolicy"] = propagation.ToString();
        }

        if (Uid is not null || ResourceVersion is not null)
        {
            var preconditions = new JsonObject();
            if (Uid is not null)
            {
                preconditions["uid"] = Uid;
            }

            if (ResourceVersion is not null)
            {
                preconditions["resourceVersion"] = ResourceVersion;
            }

            json["preconditions"] = preconditions;
        }

        return json;
    }
}
