using System.Net;
using System.Text;
using System.Text.Json;

namespace Slipway.Kubernetes.Api;

/// <summary>What a request is about, in Kubernetes' words.</summary>
/// <param name="Verb"><c>get</c>, <c>list</c>, <c>watch</c>, <c>create</c>, <c>update</c>, <c>patch</c>, <c>delete</c>.</param>
/// <param name="Resource">Plural, with its subresource: <c>pods/log</c>.</param>
public sealed record RequestSubject(string Verb, string Resource, string? Namespace = null, string? Name = null)
{
    public override string ToString() => $"{Verb} {Resource}{(Name is null ? "" : $" {Name}")}{(Namespace is null ? "" : $" in namespace {Namespace}")}";
}

/// <summary>One cause in a refusal's details.</summary>
/// <param name="Field">Path of the field at fault, as the server writes it; may be empty.</param>
public sealed record StatusCause(string Reason, string Field, string Message);

/// <summary>A request to the API server failed: refused by it (<see cref="StatusCode"/>), or without an answer (no status code).</summary>
public sealed class KubernetesException : Exception
{
    private KubernetesException(RequestSubject subject, string message, Exception? cause) : base($"{subject}: {message}", cause) => Subject = subject;

    public RequestSubject Subject { get; }

    /// <summary>Null: there was no answer.</summary>
    public HttpStatusCode? StatusCode { get; private init; }

    /// <summary>The server's word for machines (<c>NotFound</c>, <c>AlreadyExists</c>, <c>Expired</c>); empty where it gave none.</summary>
    public string Reason { get; private init; } = "";

    /// <summary>The server's words for people; ours where there was no answer.</summary>
    public string Explanation { get; private init; } = "";

    public IReadOnlyList<StatusCause> Causes { get; private init; } = [];

    /// <summary>How long the server asks to be left alone.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>The same request may well succeed later: the network, an overloaded or starting server, a race inside of it.</summary>
    public bool IsTransient { get; private init; }

    /// <summary>A request that changes something broke after it was sent: it may have been done. Look before asking again.</summary>
    public bool IsOutcomeUnknown { get; private init; }

    public bool IsNotFound => StatusCode == HttpStatusCode.NotFound;

    public bool IsAlreadyExists => StatusCode == HttpStatusCode.Conflict && Reason == "AlreadyExists";

    /// <summary>A precondition or resource version no longer holds.</summary>
    public bool IsConflict => StatusCode == HttpStatusCode.Conflict && Reason != "AlreadyExists";

    /// <summary>The resource version or continue token is older than what the server remembers.</summary>
    public bool IsGone => StatusCode == HttpStatusCode.Gone;

    public bool IsUnauthorized => StatusCode == HttpStatusCode.Unauthorized;

    public bool IsForbidden => StatusCode == HttpStatusCode.Forbidden;

    /// <summary>Refused for a ResourceQuota: possible again once something else is gone.</summary>
    public bool IsQuotaExceeded => IsForbidden && Explanation.Contains("exceeded quota", StringComparison.Ordinal);

    internal static KubernetesException FromAnswer(RequestSubject subject, HttpStatusCode code, byte[] body, TimeSpan? retryAfter)
    {
        try
        {
            var json = JsonElement.Parse(body);
            if (json.TextAt("kind") == "Status")
            {
                return FromStatus(subject, json, code, retryAfter);
            }
        }
        catch (JsonException)
        {
            // Not the API server's own answer: a proxy's page, say. Its beginning is quoted.
        }

        var text = WebPage.Explain(code, body) ?? Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, 300)).ReplaceLineEndings(" ").Trim();
        return new KubernetesException(subject, $"HTTP {(int)code}{(text.Length == 0 ? "" : $": {text}")}", null)
        {
            StatusCode = code,
            Explanation = text,
            RetryAfter = retryAfter,
            IsTransient = IsTransientCode(code),
        };
    }

    /// <summary>Of a <c>Status</c> object, as an answer's body or in a watch's ERROR event.</summary>
    internal static KubernetesException FromStatus(RequestSubject subject, JsonElement status, HttpStatusCode? answered = null, TimeSpan? retryAfter = null)
    {
        var code = (HttpStatusCode)(status.NumberAt("code") ?? (long?)answered ?? 500);
        var reason = status.TextAt("reason") ?? "";
        var explanation = status.TextAt("message") ?? "";
        var seconds = status.NumberAt("details", "retryAfterSeconds");
        return new KubernetesException(subject, $"HTTP {(int)code}{(reason.Length == 0 ? "" : $" {reason}")}{(explanation.Length == 0 ? "" : $": {explanation}")}", null)
        {
            StatusCode = code,
            Reason = reason,
            Explanation = explanation,
            Causes = [.. status.ItemsAt("details", "causes").Select(cause => new StatusCause(cause.TextAt("reason") ?? "", cause.TextAt("field") ?? "", cause.TextAt("message") ?? ""))],
            RetryAfter = retryAfter ?? (seconds is > 0 ? TimeSpan.FromSeconds(seconds.Value) : null),
            // A create that loses the race for updating a quota's usage conflicts on the quota, not on what it creates.
            IsTransient = IsTransientCode(code) || (code == HttpStatusCode.Conflict && subject.Verb == "create" && reason == "Conflict"),
        };
    }

    internal static KubernetesException NoAnswer(RequestSubject subject, string explanation, bool isTransient, bool isOutcomeUnknown, Exception? cause) =>
        new(subject, explanation + (isOutcomeUnknown ? " It may have been done all the same." : ""), cause)
        {
            Explanation = explanation,
            IsTransient = isTransient,
            IsOutcomeUnknown = isOutcomeUnknown,
        };

    private static bool IsTransientCode(HttpStatusCode code) =>
        code is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
}
