using System.Text.Json.Nodes;
using Slipway.Kubernetes.Watching;

namespace Slipway.Kubernetes.Tests;

internal static class Waiting
{
    public static CancellationToken Limit() => CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken, new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token).Token;

    public static async Task UntilAsync(Func<bool> condition)
    {
        var limit = Limit();
        while (!condition())
        {
            await Task.Delay(5, limit);
        }
    }

    /// <summary>The next change, as "Kind name".</summary>
    public static async Task<string> NextAsync(this WatcherSubscription subscription)
    {
        var change = await subscription.Changes.ReadAsync(Limit());
        return $"{change.Kind} {change.Object.Name}";
    }

    public static JsonObject Named(string name, string kind = "ConfigMap", string? label = null)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (label is not null)
        {
            metadata["labels"] = new JsonObject { ["app"] = label };
        }

        return new JsonObject { ["apiVersion"] = "v1", ["kind"] = kind, ["metadata"] = metadata };
    }
}
