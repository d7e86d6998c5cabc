using System.Globalization;

namespace Slipway.Kubernetes.Api;

/// <summary>What we read of an event (core/v1; those of events.k8s.io are served there too).</summary>
public readonly struct EventView(KubernetesObject @event)
{
    public KubernetesObject Object => @event;

    /// <summary><c>FailedScheduling</c>, <c>Pulling</c>, <c>BackOff</c>.</summary>
    public string Reason => @event.Json.TextAt("reason") ?? "";

    public string Message => @event.Json.TextAt("message") ?? "";

    public bool IsWarning => @event.Json.TextAt("type") == "Warning";

    public string? AboutKind => @event.Json.TextAt("involvedObject", "kind");

    public string? AboutName => @event.Json.TextAt("involvedObject", "name");

    public string? AboutUid => @event.Json.TextAt("involvedObject", "uid");

    /// <summary><c>spec.containers{maven}</c> for one about a container.</summary>
    public string? AboutField => @event.Json.TextAt("involvedObject", "fieldPath");

    public string? Source => @event.Json.TextAt("source", "component") ?? @event.Json.TextAt("reportingComponent");

    /// <summary>How often it was seen, at least 1.</summary>
    public int Count => (int)Math.Max(1, @event.Json.NumberAt("series", "count") ?? @event.Json.NumberAt("count") ?? 1);

    public DateTimeOffset? LastSeenAt =>
        @event.Json.TimeAt("series", "lastObservedTime") ?? @event.Json.TimeAt("lastTimestamp") ?? @event.Json.TimeAt("eventTime") ?? @event.Json.TimeAt("firstTimestamp") ?? @event.CreatedAt;
}

/// <summary>What we read of a ResourceQuota.</summary>
public readonly struct ResourceQuotaView(KubernetesObject quota)
{
    public string Name => quota.Name;

    /// <summary>Resource (<c>pods</c>, <c>requests.cpu</c>) to the most there may be, as quantities.</summary>
    public IReadOnlyDictionary<string, string> Hard => quota.Json.TextsAt("status", "hard") is { Count: > 0 } observed ? observed : quota.Json.TextsAt("spec", "hard");

    public IReadOnlyDictionary<string, string> Used => quota.Json.TextsAt("status", "used");

    /// <summary>What is left of each resource, in its base unit (cores, bytes, pieces); quantities that cannot be read are left out.</summary>
    public IReadOnlyDictionary<string, decimal> Left()
    {
        var used = Used;
        var left = new Dictionary<string, decimal>();
        foreach (var (resource, hard) in Hard)
        {
            if (Quantity.TryParse(hard, out var most) && Quantity.TryParse(used.GetValueOrDefault(resource, "0"), out var taken))
            {
                left[resource] = Math.Max(0, most - taken);
            }
        }

        return left;
    }
}

/// <summary>Kubernetes' numbers with units: <c>500m</c>, <c>2Gi</c>, <c>1e3</c>.</summary>
public static class Quantity
{
    private static readonly (string Suffix, decimal Factor)[] Suffixes =
    [
        ("Ki", 1L << 10), ("Mi", 1L << 20), ("Gi", 1L << 30), ("Ti", 1L << 40), ("Pi", 1L << 50), ("Ei", 1L << 60),
        ("n", 1e-9m), ("u", 1e-6m), ("m", 1e-3m), ("k", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m), ("P", 1e15m), ("E", 1e18m),
    ];

    public static bool TryParse(string text, out decimal value)
    {
        var factor = 1m;
        foreach (var (suffix, suffixFactor) in Suffixes)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal))
            {
                (text, factor) = (text[..^suffix.Length], suffixFactor);
                break;
            }
        }

        if (!decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value))
        {
            return false;
        }

        try
        {
            value *= factor;
            return true;
        }
        catch (OverflowException)
        {
            return false;
        }
    }
}
