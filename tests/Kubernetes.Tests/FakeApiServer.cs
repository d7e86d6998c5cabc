using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Connecting;

namespace Slipway.Kubernetes.Tests;

/// <summary>What one request looked like.</summary>
public sealed record SeenRequest(string Method, string Path, string Query, string? Authorization, string Body, string? ClientCertificate);

/// <summary>
/// The other side, over real connections: keeps objects, counts versions, pages lists, streams watches, and forgets its past on demand, in the forms in which an API server answers.
/// Faults are asked for by the test (<see cref="Next"/>, <see cref="CutWatches"/>, <see cref="Forget"/>).
/// </summary>
public sealed class FakeApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, JsonObject> _objects = new(StringComparer.Ordinal);
    private readonly List<(long Version, string Type, string Collection, JsonObject Object)> _history = [];
    private readonly ConcurrentQueue<(Func<HttpRequest, bool> Matches, Func<HttpContext, Task> Answer)> _next = new();
    private readonly List<Watch> _watches = [];
    private TaskCompletionSource _changed = New();
    private long _version = 100;
    private long _forgotten;

    private FakeApiServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public ConcurrentQueue<SeenRequest> Requests { get; } = new();

    /// <summary>When set, only these tokens are taken.</summary>
    public HashSet<string>? Tokens { get; set; }

    public HashSet<string> MissingNamespaces { get; } = [];

    /// <summary>How a watch from a forgotten moment is refused: by an ERROR event in a stream of status 200, or by the status itself.</summary>
    public bool RefusesInStream { get; set; }

    public int OpenWatches
    {
        get
        {
            lock (_lock)
            {
                return _watches.Count;
            }
        }
    }

    /// <summary>What is refused for want of a right, as long as this is set.</summary>
    public Func<HttpRequest, bool>? Refuses { get; set; }

    public int OpenWatchesOf(string @namespace)
    {
        lock (_lock)
        {
            return _watches.Count(watch => watch.Namespace == @namespace);
        }
    }

    public static async Task<FakeApiServer> StartAsync(X509Certificate2? certificate = null, X509Certificate2? clientAuthority = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhostPort(certificate, clientAuthority));
        var app = builder.Build();
        var server = new FakeApiServer(app);
        app.Run(server.HandleAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public ClusterConnection Connection(ClusterCredential? credential = null, TimeSpan? readTimeout = null, int maxRequests = 32) => new()
    {
        Server = Address,
        Credential = credential ?? ClusterCredential.None,
        ReadTimeout = readTimeout ?? TimeSpan.FromSeconds(20),
        MaxRequestsPerHost = maxRequests,
    };

    /// <summary>Answers the next request that matches otherwise.</summary>
    public void Next(Func<HttpRequest, bool> matches, Func<HttpContext, Task> answer) => _next.Enqueue((matches, answer));

    public static Task Refuse(HttpContext context, int code, string reason, string message, JsonObject? details = null) =>
        Write(context, code, StatusObject(code, reason, message, details));

    public JsonObject Put(string collection, string @namespace, JsonObject body)
    {
        lock (_lock)
        {
            var name = (string)body["metadata"]!["name"]!;
            var key = $"{collection}/{@namespace}/{name}";
            var isNew = !_objects.TryGetValue(key, out var before);
            var stored = (JsonObject)body.DeepClone();
            var metadata = (JsonObject)stored["metadata"]!;
            metadata["namespace"] = @namespace;
            metadata["uid"] = isNew ? Guid.NewGuid().ToString() : (string)before!["metadata"]!["uid"]!;
            metadata["creationTimestamp"] = isNew ? "2026-01-01T00:00:00Z" : (string)before!["metadata"]!["creationTimestamp"]!;
            metadata["resourceVersion"] = (++_version).ToString();
            _objects[key] = stored;
            Record(isNew ? "ADDED" : "MODIFIED", collection, stored);
            return stored;
        }
    }

    public bool Remove(string collection, string @namespace, string name)
    {
        lock (_lock)
        {
            if (!_objects.Remove($"{collection}/{@namespace}/{name}", out var gone))
            {
                return false;
            }

            gone = (JsonObject)gone.DeepClone();
            gone["metadata"]!["resourceVersion"] = (++_version).ToString();
            Record("DELETED", collection, gone);
            return true;
        }
    }

    /// <summary>Forgets every moment before now, as a compaction does: no watch can start there any more. Watches that are open miss nothing.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _forgotten = ++_version;
        }
    }

    /// <summary>Sends every watch that is open a bookmark of now.</summary>
    public void Bookmark() => Order(watch => watch.Orders.Enqueue("bookmark"));

    /// <summary>Breaks the connection of every watch; in the middle of a line if asked to.</summary>
    public void CutWatches(bool inLine = false) => Order(watch => watch.Orders.Enqueue(inLine ? "cut in line" : "cut"));

    /// <summary>Ends every watch, as after its timeoutSeconds.</summary>
    public void EndWatches() => Order(watch => watch.Orders.Enqueue("end"));

    public async ValueTask DisposeAsync()
    {
        Order(watch => watch.Orders.Enqueue("cut"));
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private void Order(Action<Watch> order)
    {
        lock (_lock)
        {
            _watches.ForEach(order);
            Signal();
        }
    }

    private void Record(string type, string collection, JsonObject stored)
    {
        _history.Add((_version, type, collection, stored));
        Signal();
    }

    private void Signal()
    {
        _changed.TrySetResult();
        _changed = New();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        using var reader = new StreamReader(request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        Requests.Enqueue(new SeenRequest(request.Method, request.Path, request.QueryString.Value ?? "", request.Headers.Authorization, body, context.Connection.ClientCertificate?.Subject));
        if (Tokens is not null && !Tokens.Contains(request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal)))
        {
            await Refuse(context, 401, "Unauthorized", "Unauthorized");
            return;
        }

        if (Refuses?.Invoke(request) == true)
        {
            await Refuse(context, 403, "Forbidden", "pods is forbidden: User \"ci\" cannot list resource \"pods\" in API group \"\"");
            return;
        }

        if (_next.TryPeek(out var planned) && planned.Matches(request))
        {
            _next.TryDequeue(out _);
            await planned.Answer(context);
            return;
        }

        var parts = request.Path.Value!.Trim('/').Split('/');
        switch (parts)
        {
            case ["version"]:
                await Write(context, 200, new JsonObject { ["major"] = "1", ["minor"] = "31", ["gitVersion"] = "v1.31.0", ["platform"] = "linux/amd64" });
                break;
            case ["api"]:
                await Write(context, 200, new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") });
                break;
            case ["apis"]:
                await Write(context, 200, JsonNode.Parse("""{"kind":"APIGroupList","groups":[{"name":"batch","versions":[{"groupVersion":"batch/v1beta1"},{"groupVersion":"batch/v1"}],"preferredVersion":{"groupVersion":"batch/v1"}}]}""")!.AsObject());
                break;
            case ["api", "v1"]:
                await Write(context, 200, JsonNode.Parse("""{"kind":"APIResourceList","resources":[{"name":"pods","namespaced":true,"kind":"Pod","verbs":["get","list"]},{"name":"pods/log","namespaced":true,"kind":"Pod","verbs":["get"]},{"name":"configmaps","namespaced":true,"kind":"ConfigMap","verbs":["get","list"]}]}""")!.AsObject());
                break;
            case ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"]:
                var isAllowed = !body.Contains("\"secrets\"", StringComparison.Ordinal);
                await Write(context, 201, new JsonObject { ["kind"] = "SelfSubjectAccessReview", ["metadata"] = new JsonObject(), ["status"] = new JsonObject { ["allowed"] = isAllowed, ["reason"] = isAllowed ? "RBAC: allowed by RoleBinding" : "" } });
                break;
            case ["apis", "authorization.k8s.io", "v1", "selfsubjectrulesreviews"]:
                await Write(context, 201, JsonNode.Parse("""{"kind":"SelfSubjectRulesReview","metadata":{},"status":{"incomplete":false,"nonResourceRules":[],"resourceRules":[{"verbs":["get","list","watch","create","update","patch","delete"],"apiGroups":[""],"resources":["pods","configmaps"]},{"verbs":["get"],"apiGroups":[""],"resources":["*/log"]},{"verbs":["get"],"apiGroups":[""],"resources":["secrets"],"resourceNames":["mine"]}]}}""")!.AsObject());
                break;
            case ["api", "v1", "namespaces", var only]:
                await (MissingNamespaces.Contains(only)
                    ? Refuse(context, 404, "NotFound", $"namespaces \"{only}\" not found")
                    : Write(context, 200, new JsonObject { ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = only } }));
                break;
            case ["api", "v1", "namespaces", var space, var collection]:
                await CollectionAsync(context, space, collection, body);
                break;
            case ["api", "v1", "namespaces", var space, var collection, var name]:
                await ObjectAsync(context, space, collection, name, body);
                break;
            default:
                await Refuse(context, 404, "NotFound", "the server could not find the requested resource");
                break;
        }
    }

    private async Task CollectionAsync(HttpContext context, string space, string collection, string body)
    {
        if (context.Request.Method == "POST")
        {
            var posted = JsonNode.Parse(body)!.AsObject();
            var name = (string)posted["metadata"]!["name"]!;
            bool exists;
            lock (_lock)
            {
                exists = _objects.ContainsKey($"{collection}/{space}/{name}");
            }

            await (exists
                ? Refuse(context, 409, "AlreadyExists", $"{collection} \"{name}\" already exists")
                : Write(context, 201, context.Request.Query.ContainsKey("dryRun") ? posted : Put(collection, space, posted)));
        }
        else if (context.Request.Query["watch"] == "true")
        {
            await WatchAsync(context, space, collection);
        }
        else
        {
            await ListAsync(context, space, collection);
        }
    }

    private async Task ListAsync(HttpContext context, string space, string collection)
    {
        var query = context.Request.Query;
        JsonObject answer;
        lock (_lock)
        {
            // "version:last name", as opaque to clients as etcd's.
            var from = query["continue"].ToString() is { Length: > 0 } token ? token.Split(':', 2) : null;
            if (from is not null && long.Parse(from[0]) < _forgotten)
            {
                answer = StatusObject(410, "Expired", "The provided continue parameter is too old to display a consistent list result.");
            }
            else
            {
                var limit = int.TryParse(query["limit"], out var parsed) ? parsed : int.MaxValue;
                var matching = _objects.Where(entry => entry.Key.StartsWith($"{collection}/{space}/", StringComparison.Ordinal) && Matches(entry.Value, query["labelSelector"]))
                    .Where(entry => from is null || string.CompareOrdinal(entry.Key, from[1]) > 0).ToList();
                var page = matching.Take(limit).ToList();
                var metadata = new JsonObject { ["resourceVersion"] = from?[0] ?? _version.ToString() };
                if (matching.Count > page.Count)
                {
                    metadata["continue"] = $"{from?[0] ?? _version.ToString()}:{page[^1].Key}";
                    metadata["remainingItemCount"] = matching.Count - page.Count;
                }

                answer = new JsonObject { ["kind"] = "List", ["apiVersion"] = "v1", ["metadata"] = metadata, ["items"] = new JsonArray([.. page.Select(entry => entry.Value.DeepClone())]) };
            }
        }

        await Write(context, (int?)answer["code"] ?? 200, answer);
    }

    private async Task ObjectAsync(HttpContext context, string space, string collection, string name, string body)
    {
        JsonObject? found;
        lock (_lock)
        {
            found = _objects.GetValueOrDefault($"{collection}/{space}/{name}");
        }

        if (found is null)
        {
            await Refuse(context, 404, "NotFound", $"{collection} \"{name}\" not found", new JsonObject { ["name"] = name, ["kind"] = collection });
            return;
        }

        switch (context.Request.Method)
        {
            case "PATCH":
                var patched = (JsonObject)found.DeepClone();
                Merge(patched, JsonNode.Parse(body)!.AsObject());
                await Write(context, 200, Put(collection, space, patched));
                break;
            case "DELETE":
                var wanted = body.Length == 0 ? null : (string?)JsonNode.Parse(body)!["preconditions"]?["uid"];
                if (wanted is not null && wanted != (string)found["metadata"]!["uid"]!)
                {
                    await Refuse(context, 409, "Conflict", $"Precondition failed: UID in precondition: {wanted}");
                    break;
                }

                Remove(collection, space, name);
                await Write(context, 200, new JsonObject { ["kind"] = "Status", ["status"] = "Success" });
                break;
            default:
                await Write(context, 200, found);
                break;
        }
    }

    private async Task WatchAsync(HttpContext context, string space, string collection)
    {
        var query = context.Request.Query;
        var position = long.Parse(query["resourceVersion"]!);
        var watch = new Watch(space);
        bool isForgotten;
        lock (_lock)
        {
            isForgotten = position < _forgotten;
            if (!isForgotten)
            {
                _watches.Add(watch);
            }
        }

        if (isForgotten)
        {
            var status = StatusObject(410, "Expired", $"too old resource version: {position} ({_forgotten})");
            await (RefusesInStream ? Write(context, 200, new JsonObject { ["type"] = "ERROR", ["object"] = status }) : Write(context, 410, status));
            return;
        }

        try
        {
            context.Response.ContentType = "application/json";
            await context.Response.Body.FlushAsync(context.RequestAborted);
            while (!context.RequestAborted.IsCancellationRequested)
            {
                Task changed;
                List<string> lines = [];
                string? order;
                lock (_lock)
                {
                    changed = _changed.Task;
                    foreach (var (version, type, _, entry) in _history.Where(entry => entry.Version > position && entry.Collection == collection && (string?)entry.Object["metadata"]!["namespace"] == space))
                    {
                        position = version;
                        if (Matches(entry, query["labelSelector"]))
                        {
                            lines.Add(new JsonObject { ["type"] = type, ["object"] = entry.DeepClone() }.ToJsonString());
                        }
                    }

                    if (watch.Orders.TryDequeue(out order) && order == "bookmark")
                    {
                        position = _version;
                        lines.Add(new JsonObject { ["type"] = "BOOKMARK", ["object"] = new JsonObject { ["kind"] = "Pod", ["metadata"] = new JsonObject { ["resourceVersion"] = _version.ToString(), ["creationTimestamp"] = null } } }.ToJsonString());
                    }
                }

                foreach (var line in lines)
                {
                    await WriteInPiecesAsync(context, line + "\n");
                }

                if (order is "cut" or "cut in line")
                {
                    await WriteInPiecesAsync(context, order == "cut" ? "" : """{"type":"ADDED","object":{"metadata":{"name":"half-of-a""");
                    context.Abort();
                    return;
                }

                if (order == "end")
                {
                    return;
                }

                if (order is null && lines.Count == 0)
                {
                    await changed.WaitAsync(context.RequestAborted);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The client went away, as clients do.
        }
        finally
        {
            lock (_lock)
            {
                _watches.Remove(watch);
            }
        }
    }

    /// <summary>A line seldom comes in one piece.</summary>
    private static async Task WriteInPiecesAsync(HttpContext context, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var at = 0; at < bytes.Length; at += Math.Max(7, bytes.Length / 3))
        {
            await context.Response.Body.WriteAsync(bytes.AsMemory(at, Math.Min(Math.Max(7, bytes.Length / 3), bytes.Length - at)), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private static bool Matches(JsonObject candidate, string? selector) =>
        string.IsNullOrEmpty(selector) || selector.Split(',').Select(term => term.Split('=', 2)).All(term => (string?)candidate["metadata"]!["labels"]?[term[0]] == term[1]);

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (key, value) in patch)
        {
            if (value is null)
            {
                target.Remove(key);
            }
            else if (value is JsonObject inner && target[key] is JsonObject existing)
            {
                Merge(existing, inner);
            }
            else
            {
                target[key] = value.DeepClone();
            }
        }
    }

    private static JsonObject StatusObject(int code, string reason, string message, JsonObject? details = null) => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = message,
        ["reason"] = reason,
        ["details"] = details,
        ["code"] = code,
    };

    private static async Task Write(HttpContext context, int code, JsonObject body)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body.ToJsonString() + "\n", context.RequestAborted);
    }

    private sealed class Watch(string space)
    {
        public string Namespace => space;

        public ConcurrentQueue<string> Orders { get; } = new();
    }
}

internal static class KestrelSetup
{
    public static void ListenLocalhostPort(this Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions kestrel, X509Certificate2? certificate, X509Certificate2? clientAuthority) =>
        kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen =>
        {
            if (certificate is null)
            {
                return;
            }

            listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = certificate,
                ClientCertificateMode = clientAuthority is null ? ClientCertificateMode.NoCertificate : ClientCertificateMode.AllowCertificate,
                ClientCertificateValidation = (presented, _, _) => clientAuthority is not null && presented.Issuer == clientAuthority.Subject,
            });
        });
}
