using System.Text.Json;
using Slipway.Kubernetes.Api;
using Slipway.Provisioning.Kubernetes.Failures;
using Slipway.Provisioning.Kubernetes.Injection;

namespace Slipway.Provisioning.Kubernetes.Tests.Cloud;

/// <summary>What is wrong with a pod, told from what the API shows of it.</summary>
public sealed class PodDiagnosisTests
{
    private const string NotFound = "rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/nope:1\": docker.io/library/nope:1: not found";

    /// <summary>Status, event (reason and message), and what is found: key, reason, infrastructure, may retry, seconds of grace, words of the message.</summary>
    public static TheoryData<string, string, string?, string> Cases => new()
    {
        { "a pod that starts well", """{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"True"},{"type":"Ready","status":"False","reason":"ContainersNotReady"}],"containerStatuses":[{"name":"jnlp","image":"a","state":{"waiting":{"reason":"ContainerCreating"}}}]}""", null, "" },
        { "a pod that runs", """{"phase":"Running","containerStatuses":[{"name":"jnlp","image":"a","state":{"running":{}}},{"name":"slipway-agent","image":"a","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]}""", null, "" },
        { "an image that is nowhere", $$$"""{"phase":"Pending","containerStatuses":[{"name":"maven","image":"nope:1","state":{"waiting":{"reason":"ErrImagePull","message":{{{JsonSerializer.Serialize(NotFound)}}} } } }]}""", null,
            "pull maven|ImagePull|False|False|0|Unable to pull container image \"nope:1\"|spelled correctly|not found" },
        { "the back-off after an image that is nowhere", """{"phase":"Pending","containerStatuses":[{"name":"maven","image":"nope:1","state":{"waiting":{"reason":"ImagePullBackOff","message":"Back-off pulling image \"nope:1\""}}}]}""", $"Failed|Failed to pull image \"nope:1\": {NotFound}",
            "pull maven|ImagePull|False|False|0|docker.io/library/nope:1: not found" },
        { "a registry that wants a login", """{"phase":"Pending","containerStatuses":[{"name":"maven","image":"r/x:1","state":{"waiting":{"reason":"ErrImagePull","message":"unexpected status code 401 Unauthorized"}}}]}""", null,
            "pull maven|ImagePull|False|False|0|imagePullSecrets" },
        { "a registry that is away", """{"phase":"Pending","containerStatuses":[{"name":"maven","image":"r/x:1","state":{"waiting":{"reason":"ErrImagePull","message":"dial tcp 10.0.0.1:443: i/o timeout"}}}]}""", null,
            "pull maven|ImagePull|True|True|60|i/o timeout" },
        { "a name that is none", """{"phase":"Pending","containerStatuses":[{"name":"maven","image":"Nope Nope","state":{"waiting":{"reason":"InvalidImageName"}}}]}""", null,
            "pull maven|ImagePull|False|False|0|Nope Nope" },
        { "a Secret that is not there", """{"phase":"Pending","containerStatuses":[{"name":"maven","image":"a","state":{"waiting":{"reason":"CreateContainerConfigError","message":"secret \"login\" not found"}}}]}""", null,
            "config maven|ContainerConfig|False|False|20|secret \"login\" not found" },
        { "a volume's Secret that is not there", """{"phase":"Pending","containerStatuses":[{"name":"jnlp","image":"a","state":{"waiting":{"reason":"ContainerCreating"}}}]}""", "FailedMount|MountVolume.SetUp failed for volume \"v\" : secret \"login\" not found",
            "mount|ContainerConfig|False|False|20|secret \"login\" not found" },
        { "no machine for it", """{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/1 nodes are available: 1 Insufficient cpu."}]}""", null,
            "unschedulable|Unschedulable|True|True|1000|Pod [Pending][Unschedulable] 0/1 nodes are available: 1 Insufficient cpu." },
        { "a claim that is not there", """{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/1 nodes are available: 1 persistentvolumeclaim \"m2\" not found."}]}""", null,
            "claim|Storage|False|False|20|\"m2\"" },
        { "too much memory", """{"phase":"Running","containerStatuses":[{"name":"jnlp","image":"a","state":{"running":{}}},{"name":"maven","image":"a","state":{"terminated":{"exitCode":137,"reason":"OOMKilled"}}}]}""", null,
            "memory maven|OutOfMemory|False|False|0|Container maven was terminated (Exit Code: 137, Reason: OOMKilled)|limits.memory" },
        { "an agent that fails", """{"phase":"Failed","containerStatuses":[{"name":"jnlp","image":"a","state":{"terminated":{"exitCode":3,"reason":"Error"}}}]}""", null,
            "agent|AgentEnded|True|True|0|(Exit Code: 3, Reason: Error)" },
        { "an agent that ends well", """{"phase":"Succeeded","containerStatuses":[{"name":"jnlp","image":"a","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]}""", null,
            "agent|AgentEnded|True|True|3|by itself" },
        { "a container that crashes", """{"phase":"Running","containerStatuses":[{"name":"jnlp","image":"a","state":{"running":{}}},{"name":"db","image":"a","state":{"terminated":{"exitCode":1,"reason":"Error"}}}]}""", null,
            "ended db|ContainerEnded|False|False|0|Container db was terminated (Exit Code: 1, Reason: Error)" },
        { "a service that is done", """{"phase":"Running","containerStatuses":[{"name":"jnlp","image":"a","state":{"running":{}}},{"name":"db","image":"a","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]}""", null, "" },
        { "an init container that fails", """{"phase":"Failed","initContainerStatuses":[{"name":"prepare","image":"a","state":{"terminated":{"exitCode":2,"reason":"Error"}}}],"containerStatuses":[{"name":"jnlp","image":"a","state":{"waiting":{"reason":"PodInitializing"}}}]}""", null,
            "init prepare|ContainerEnded|False|False|0|'prepare' failed" },
        { "an image without a shell", """{"phase":"Running","containerStatuses":[{"name":"jnlp","image":"a","state":{"running":{}}},{"name":"maven","image":"distroless","state":{"terminated":{"exitCode":128,"reason":"StartError","message":"exec: \"/bin/sh\": stat /bin/sh: no such file or directory: unknown"}}}]}""", null,
            "shell maven|CannotStart|True|True|0|distroless|init container" },
        { "a command that is not there", """{"phase":"Running","containerStatuses":[{"name":"jnlp","image":"a","state":{"running":{}}},{"name":"db","image":"b","state":{"terminated":{"exitCode":128,"reason":"StartError","message":"exec: \"mongod2\": executable file not found in $PATH"}}}]}""", null,
            "start db|CannotStart|False|False|0|mongod2" },
        { "an eviction", """{"phase":"Failed","reason":"Evicted","message":"The node was low on resource: memory."}""", null,
            "evicted|Evicted|True|True|0|Reason: Evicted, Message: The node was low on resource: memory.|requests" },
        { "more files than its limits allow", """{"phase":"Failed","reason":"Evicted","message":"Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. "}""", null,
            "storage|Evicted|False|False|0|Raise these limits" },
        { "a container that writes more than it may", """{"phase":"Failed","reason":"Evicted","message":"Container maven exceeded its local ephemeral storage limit \"1Mi\". "}""", null,
            "storage|Evicted|False|False|0|The container 'maven' wrote more|(1Mi)|Raise that limit" },
        { "a volume that holds more than it may", """{"phase":"Failed","reason":"Evicted","message":"Usage of EmptyDir volume \"cache\" exceeds the limit \"10Mi\". "}""", null,
            "storage|Evicted|False|False|0|emptyDir volume 'cache'|sizeLimit allows (10Mi)" },
        { "a deadline", """{"phase":"Failed","reason":"DeadlineExceeded","message":"Pod was active on the node longer than the specified deadline","containerStatuses":[{"name":"jnlp","image":"a","state":{"terminated":{"exitCode":143,"reason":"Error"}}}]}""", null,
            "deadline|Deadline|False|False|0|Pod just failed. Reason: DeadlineExceeded, Message: Pod was active on the node longer than the specified deadline.|activeDeadlineSeconds" },
        { "a machine that is lost", """{"phase":"Running","reason":"NodeLost","message":"Node node1 which was running pod x is unresponsive"}""", null,
            "machine|MachineLost|True|True|0|unresponsive" },
        { "a machine that shuts down", """{"phase":"Failed","reason":"Terminated","message":"Pod was terminated in response to imminent node shutdown."}""", null,
            "machine|MachineLost|True|True|0|node shutdown" },
        { "a place that a better pod took", """{"phase":"Failed","reason":"Preempting","message":"Preempted in order to admit critical pod"}""", null,
            "preempted|Evicted|True|True|0|higher priority" },
        { "a machine that did not take it", """{"phase":"Failed","reason":"OutOfcpu","message":"Pod Node didn't have enough resource: cpu"}""", null,
            "rejected|Unschedulable|True|True|0|did not take" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_pod_tells_what_is_wrong_with_it(string situation, string status, string? @event, string expected)
    {
        _ = situation;
        var pod = Pod(status);

        var problem = PodDiagnosis.Find(pod, Knowledge(@event)) is [var first, ..] ? first : null;

        if (expected.Length == 0)
        {
            Assert.Null(problem);
            return;
        }

        var parts = expected.Split('|');
        Assert.NotNull(problem);
        Assert.Equal(string.Join("|", parts[..5]), $"{problem.Key}|{problem.Reason}|{problem.IsInfrastructure}|{problem.MayRetry}|{problem.Grace.TotalSeconds}");
        Assert.All(parts[5..], words => Assert.Contains(words, problem.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_deletion_explains_everything_that_comes_of_it()
    {
        var pod = Pod("""{"phase":"Running","containerStatuses":[{"name":"jnlp","image":"a","state":{"terminated":{"exitCode":143,"reason":"Error"}}}]}""", deleted: true);

        var first = PodDiagnosis.Find(pod, Knowledge(null))[0];

        Assert.Equal((NodeFailureReason.Deleted, true, true), (first.Reason, first.IsInfrastructure, first.MayRetry));
        Assert.StartsWith("POD was deleted; cancelling node body", first.Message, StringComparison.Ordinal);
    }

    private static PodKnowledge Knowledge(string? @event)
    {
        List<EventView> events = [];
        if (@event is not null)
        {
            var parts = @event.Split('|', 2);
            events.Add(new EventView(new KubernetesObject(JsonSerializer.SerializeToElement(new { metadata = new { name = "e", uid = "e" }, reason = parts[0], message = parts[1], type = "Warning" }))));
        }

        var access = new Dictionary<string, ContainerAccess> { ["jnlp"] = ContainerAccess.Agent, ["maven"] = ContainerAccess.Shim, ["db"] = ContainerAccess.Exec };
        return new PodKnowledge("jnlp", access, TimeSpan.FromSeconds(1000), events);
    }

    private static KubernetesObject Pod(string status, bool deleted = false) => new(JsonElement.Parse(
        $$"""{"metadata":{"name":"p","namespace":"ci","uid":"u"{{(deleted ? ",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"" : "")}} },"spec":{"nodeName":"node1"},"status":{{status}}}"""));
}
