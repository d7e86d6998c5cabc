using System.Text.Json;
using Slipway.Kubernetes.Api;

namespace Slipway.Kubernetes.Tests;

public sealed class ViewTests
{
    [Fact]
    public void A_pod_tells_why_it_waits_and_how_it_ended()
    {
        var pod = new PodView(Object("""
            {"metadata":{"name":"p","deletionTimestamp":"2026-01-02T03:04:05Z","labels":{"a":"b"}},"spec":{"nodeName":"n1"},
             "status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/1 nodes"}],
              "initContainerStatuses":[{"name":"init","state":{"running":{"startedAt":"2026-01-02T03:04:00Z"}}}],
              "containerStatuses":[
               {"name":"a","image":"x","restartCount":2,"state":{"waiting":{"reason":"ImagePullBackOff","message":"no such image"}},"lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled","finishedAt":"2026-01-02T03:04:05Z"}}},
               {"name":"b","state":{}}]}}
            """));

        Assert.Equal("Unschedulable", pod.Condition("PodScheduled")!.Value.Reason);
        Assert.False(pod.Condition("PodScheduled")!.Value.IsTrue);
        Assert.Null(pod.Condition("Ready"));
        Assert.True(pod.Object.IsBeingDeleted);
        Assert.Equal("n1", pod.NodeName);
        Assert.Equal(ContainerStateKind.Running, pod.InitContainers[0].State.Kind);
        Assert.Equal((ContainerStateKind.Waiting, "ImagePullBackOff", (int?)null), (pod.Containers[0].State.Kind, pod.Containers[0].State.Reason, pod.Containers[0].State.ExitCode));
        Assert.Equal((137, "OOMKilled"), (pod.Containers[0].LastState.ExitCode, pod.Containers[0].LastState.Reason));
        Assert.Equal(ContainerStateKind.None, pod.Containers[1].State.Kind);
    }

    [Fact]
    public void An_object_that_has_nothing_yet_reads_as_empty()
    {
        var pod = new PodView(Object("""{"metadata":{"name":"p"},"status":null}"""));

        Assert.Equal("", pod.Phase);
        Assert.Empty(pod.Containers);
        Assert.Empty(pod.Object.Labels);
        Assert.Null(pod.Object.DeletionTimestamp);
    }

    [Fact]
    public void An_event_of_either_api_tells_how_often_and_when_last()
    {
        var old = new EventView(Object("""{"metadata":{"name":"e"},"reason":"BackOff","type":"Warning","count":4,"lastTimestamp":"2026-01-02T03:04:05Z","involvedObject":{"kind":"Pod","name":"p","fieldPath":"spec.containers{maven}"}}"""));
        var series = new EventView(Object("""{"metadata":{"name":"e"},"reason":"FailedScheduling","type":"Normal","eventTime":"2026-01-02T00:00:00.000000Z","series":{"count":7,"lastObservedTime":"2026-01-02T01:00:00.000000Z"},"lastTimestamp":null}"""));

        Assert.Equal((4, true, "p"), (old.Count, old.IsWarning, old.AboutName));
        Assert.Equal((7, new DateTimeOffset(2026, 1, 2, 1, 0, 0, TimeSpan.Zero)), (series.Count, series.LastSeenAt!.Value));
    }

    [Theory]
    [InlineData("500m", 0.5)]
    [InlineData("2Gi", 2147483648)]
    [InlineData("1e3", 1000)]
    [InlineData("3k", 3000)]
    [InlineData("7", 7)]
    public void Quantities_are_read_with_their_units(string text, double expected)
    {
        Assert.True(Quantity.TryParse(text, out var value));
        Assert.Equal((decimal)expected, value);
    }

    [Fact]
    public void A_quota_tells_what_is_left()
    {
        var quota = new ResourceQuotaView(Object("""{"metadata":{"name":"q"},"status":{"hard":{"pods":"5","requests.cpu":"2","odd":"?"},"used":{"pods":"5","requests.cpu":"500m"}}}"""));

        Assert.Equal(new Dictionary<string, decimal> { ["pods"] = 0, ["requests.cpu"] = 1.5m }, quota.Left());
    }

    private static KubernetesObject Object(string json) => new(JsonElement.Parse(json));
}
