using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Provisioning.Kubernetes.Failures;

namespace Slipway.Provisioning.Kubernetes.Tests.Cloud;

/// <summary>What an API server left out of a pod, told from what it gave back.</summary>
public sealed class DroppedFieldsTests
{
    [Theory]
    [InlineData("""{"spec":{"containrs":[{"name":"a"}]}}""", """{"spec":{}}""", "WARNING: Kubernetes has dropped 'spec.containrs' from the pod: it knows no such field there, or it is switched off in this cluster. Did you mean 'containers'?")]
    [InlineData("""{"metadata":{"lables":{"a":"b"}},"spec":{}}""", """{"metadata":{"name":"x"},"spec":{}}""", "WARNING: Kubernetes has dropped 'metadata.lables' from the pod: it knows no such field there, or it is switched off in this cluster. Did you mean 'labels'?")]
    [InlineData("""{"spec":{"containers":[{"name":"a","imagePolicy":"Always"}]}}""", """{"spec":{"containers":[{"name":"injected"},{"name":"a"}]}}""", "WARNING: Kubernetes has dropped 'spec.containers[a].imagePolicy' from the pod: it knows no such field there, or it is switched off in this cluster.")]
    public void A_field_that_did_not_come_back_is_named_with_the_nearest_that_is_known(string sent, string taken, string warning) => Assert.StartsWith(warning, Assert.Single(Describe(sent, taken)), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"spec":{"hostNetwork":false,"containers":[{"name":"a","tty":false,"env":[],"resources":{},"command":null,"image":""}]}}""", """{"spec":{"containers":[{"name":"a"}]}}""")]
    [InlineData("""{"metadata":{"creationTimestamp":"x"},"spec":{"a":1},"status":{"phase":"x"}}""", """{"metadata":{},"spec":{"a":1,"b":2}}""")]
    [InlineData("""{"spec":{"tolerations":[{"key":"a","operator":"Exists"}],"containers":[{"name":"a","resources":{"limits":{"cpu":"1000m"}}}]}}""", """{"spec":{"tolerations":[{"key":"b"},{"key":"a","operator":"Exists"}],"containers":[{"name":"a","resources":{"limits":{"cpu":"1"}}}]}}""")]
    public void What_says_nothing_and_what_the_server_writes_otherwise_is_not_dropped(string sent, string taken) => Assert.Empty(Describe(sent, taken));

    private static IReadOnlyList<string> Describe(string sent, string taken)
    {
        using var document = JsonDocument.Parse(taken);
        return DroppedFields.Describe(JsonNode.Parse(sent)!.AsObject(), document.RootElement);
    }
}
