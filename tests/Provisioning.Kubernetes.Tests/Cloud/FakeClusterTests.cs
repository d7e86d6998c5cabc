using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kubernetes.Tests;
using Slipway.Model;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Tests.Cloud;

/// <summary>What no cluster can be made to show at will: lost answers, full quotas, refusals, an API server that is away.</summary>
public sealed class FakeClusterTests : IAsyncLifetime
{
    private FakeApiServer _server = null!;
    private CloudUnderTest _under = null!;

    private static KubernetesCloudSettings Settings => new() { Namespace = "ci", Templates = [new PodTemplate { Name = "base", Label = "base", InstanceCap = 3 }] };

    private NodeTemplate Template => _under.Cloud.Templates[0];

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _under = new CloudUnderTest(Settings, _server.Connection());
    }

    public async ValueTask DisposeAsync()
    {
        await _under.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_namespace_that_is_not_there_is_known_though_a_list_of_its_pods_answers_well()
    {
        _server.MissingNamespaces.Add("nothere");

        await UseAsync(Settings with { Namespace = "nothere" });

        await Waiting.UntilAsync(() => _under.Cloud.MissingNamespaces.Contains("nothere"));
        Assert.Null(_under.Cloud.Health["nothere"].Failure);
    }

    [Fact]
    public async Task A_hundred_requests_at_once_fill_the_cap_exactly_and_each_place_that_is_freed_once()
    {
        await UseAsync(Settings with { ContainerCap = 10, Templates = [new PodTemplate { Name = "base", Label = "base" }] });

        var starts = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => _under.Cloud.StartNodeAsync(_under.Request(Template), Waiting.Limit()))));
        var reason = Assert.IsType<NodeStart.AtCapacity>(starts.First(start => start is NodeStart.AtCapacity)).Reason;
        var changes = _under.CapacityChanges;
        var stopped = starts.OfType<NodeStart.Started>().First().NodeName;
        await _under.Cloud.StopNodeAsync(stopped, Waiting.Limit());
        await Waiting.UntilAsync(() => _under.Cloud.WhyNotNow(Template) is null);
        var next = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _under.Cloud.StartNodeAsync(_under.Request(Template), Waiting.Limit())));

        Assert.Equal(10, starts.Count(start => start is NodeStart.Started));
        Assert.Equal("the cloud 'kubernetes' runs its 10 pods at most (containerCap)", reason);
        Assert.True(_under.CapacityChanges > changes);
        Assert.Single(next, start => start is NodeStart.Started);
        Assert.Equal(11, Posts());
    }

    [Fact]
    public async Task What_is_decided_on_counts_against_the_caps_too()
    {
        await UseAsync(Settings);

        Assert.Null(_under.Cloud.WhyNotNow(Template, plannedOfCloud: 2, plannedOfTemplate: 2));
        Assert.Equal("the pod template 'base' of the cloud 'kubernetes' runs its 3 pods at most (instanceCap)", _under.Cloud.WhyNotNow(Template, 3, 3));
    }

    [Fact]
    public async Task Nothing_is_created_before_the_pods_of_an_earlier_life_are_known_and_they_count()
    {
        var listed = new TaskCompletionSource();
        await UseAsync(Settings);
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await _under.StartAsync(Template);
        }

        await _under.DisposeAsync();
        _server.Next(request => request.Path == "/api/v1/namespaces/ci/pods" && request.Query["watch"] != "true" && request.Method == "GET", async context =>
        {
            await listed.Task;
            await FakeApiServer.Refuse(context, 500, "InternalError", "starting");
        });
        _under = new CloudUnderTest(Settings, _server.Connection());
        var starting = _under.Cloud.StartAsync(Waiting.Limit());
        Assert.Contains("has not", _under.Cloud.WhyNotNow(Template), StringComparison.Ordinal);
        Assert.False(_under.Cloud.Observed.IsCompleted);
        var asked = _under.Cloud.StartNodeAsync(_under.Request(Template, "late"), Waiting.Limit());
        listed.SetResult();
        await starting;
        await _under.Cloud.Observed.WaitAsync(Waiting.Limit());

        Assert.IsType<NodeStart.AtCapacity>(await asked);
        Assert.Equal(3, _under.Cloud.Nodes.Count);
        Assert.All(_under.Cloud.Nodes, node => Assert.Equal((new RunId(12), 7L, "base", "team/app", true), (node.Run!.Value, node.Effect, node.Template, node.Job, node.IsAlive)));
        Assert.Equal(3, Posts());
    }

    [Fact]
    public async Task A_full_quota_is_waited_for_and_not_run_against()
    {
        await UseAsync(Settings);
        var first = await _under.StartAsync(Template);
        _server.Next(IsPost, context => FakeApiServer.Refuse(context, 403, "Forbidden", "pods \"x\" is forbidden: exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1"));

        var full = Assert.IsType<NodeStart.AtCapacity>(await _under.Cloud.StartNodeAsync(_under.Request(Template), Waiting.Limit()));
        var posts = Posts();
        var why = _under.Cloud.WhyNotNow(Template);
        var again = await _under.Cloud.StartNodeAsync(_under.Request(Template), Waiting.Limit());
        Assert.Equal(posts, Posts());
        _server.Remove("pods", "ci", first);
        await Waiting.UntilAsync(() => _under.Cloud.WhyNotNow(Template) is null);

        Assert.Contains("the quota of the namespace 'ci' is used up: pods \"x\" is forbidden: exceeded quota: small", full.Reason, StringComparison.Ordinal);
        Assert.Equal(full.Reason, why);
        Assert.IsType<NodeStart.AtCapacity>(again);
        Assert.IsType<NodeStart.Started>(await _under.Cloud.StartNodeAsync(_under.Request(Template), Waiting.Limit()));
    }

    [Fact]
    public async Task A_pod_whose_containers_have_ended_makes_room_before_its_cluster_has_tidied_up_behind_it()
    {
        await UseAsync(Settings with { ContainerCap = 1 });
        var node = await _under.StartAsync(Template);
        Change(node, pod => pod["metadata"]!["deletionTimestamp"] = "2026-11-21T05:00:00Z");
        await Waiting.UntilAsync(() => !_under.Cloud.Nodes.Single().IsAlive);
        var whileItEnds = _under.Cloud.WhyNotNow(Template);

        Change(node, pod => pod["status"] = new JsonObject { ["phase"] = "Succeeded" });
        await Waiting.UntilAsync(() => _under.Cloud.WhyNotNow(Template) is null);

        Assert.Contains("containerCap", whileItEnds, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_that_takes_no_pods_gives_the_request_back_and_is_left_alone_for_a_while()
    {
        await UseAsync(Settings, createPatience: TimeSpan.Zero);
        _server.Next(IsPost, context =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        });

        var refused = Assert.IsType<NodeStart.AtCapacity>(await _under.Cloud.StartNodeAsync(_under.Request(Template), Waiting.Limit()));

        Assert.StartsWith("the cluster of the cloud 'kubernetes' takes no pods now: ", refused.Reason, StringComparison.Ordinal);
        Assert.Equal(refused.Reason, _under.Cloud.WhyNotNow(Template));
        Assert.Empty(_under.Cloud.Nodes);
    }

    [Fact]
    public async Task An_answer_that_is_lost_makes_no_second_pod()
    {
        await UseAsync(Settings);
        var request = _under.Request(Template);
        _server.Next(IsPost, context =>
        {
            _server.Put("pods", "ci", JsonNode.Parse(_server.Requests.Last(seen => seen.Method == "POST" && seen.Path.EndsWith("/pods", StringComparison.Ordinal)).Body)!.AsObject());
            context.Abort();
            return Task.CompletedTask;
        });

        var started = await _under.Cloud.StartNodeAsync(request, Waiting.Limit());
        var again = await _under.Cloud.StartNodeAsync(request, Waiting.Limit());

        Assert.IsType<NodeStart.Started>(started);
        Assert.Equal(started, again);
        Assert.Single(_under.Cloud.Nodes);
        Assert.Contains("has not taken the pod ci/", _under.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(422, "Invalid", "Pod \"x\" is invalid: spec.containers[0].image: Required value", NodeFailureReason.InvalidTemplate, "ERROR: Unable to create pod kubernetes ci/")]
    [InlineData(403, "Forbidden", "pods is forbidden: User \"u\" cannot create resource \"pods\" in API group \"\" in the namespace \"ci\"", NodeFailureReason.Refused, "Give the cloud's account a Role in 'ci'")]
    [InlineData(403, "Forbidden", "pods \"x\" is forbidden: violates PodSecurity \"restricted:latest\": privileged", NodeFailureReason.Refused, "Pod Security does not allow it")]
    [InlineData(403, "Forbidden", "admission webhook \"policy\" denied the request: no latest tags", NodeFailureReason.Refused, "no latest tags")]
    [InlineData(403, "Forbidden", "error looking up service account ci/builder: serviceaccount \"builder\" not found", NodeFailureReason.Refused, "Create the service account")]
    [InlineData(404, "NotFound", "namespaces \"ci\" not found", NodeFailureReason.Refused, "Create the namespace 'ci'")]
    [InlineData(401, "Unauthorized", "Unauthorized", NodeFailureReason.Refused, "credentials")]
    public async Task A_refusal_says_why_and_what_to_do_and_is_not_tried_again(int code, string reason, string message, NodeFailureReason expected, string words)
    {
        await UseAsync(Settings);
        _server.Next(IsPost, context => FakeApiServer.Refuse(context, code, reason, message));

        var failed = Assert.IsType<NodeStart.Failed>(await _under.Cloud.StartNodeAsync(_under.Request(Template), Waiting.Limit())).Failure;

        Assert.Equal((expected, false), (failed.Reason, failed.MayRetry));
        Assert.StartsWith("ERROR: Unable to create pod", failed.Message, StringComparison.Ordinal);
        Assert.Contains(words, failed.Message, StringComparison.Ordinal);
        Assert.Empty(_under.Cloud.Nodes);
        Assert.Equal(1, Posts());
    }

    [Fact]
    public async Task A_start_that_is_cancelled_leaves_nothing_behind()
    {
        await UseAsync(Settings);
        var sent = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        _server.Next(IsPost, async context =>
        {
            sent.SetResult();
            await goOn.Task;
            _server.Put("pods", "ci", JsonNode.Parse(_server.Requests.Last(seen => seen.Method == "POST" && seen.Path.EndsWith("/pods", StringComparison.Ordinal)).Body)!.AsObject());
            await FakeApiServer.Refuse(context, 504, "Timeout", "too late");
        });
        using var cancelling = new CancellationTokenSource();

        var starting = _under.Cloud.StartNodeAsync(_under.Request(Template, "doomed"), cancelling.Token);
        await sent.Task;
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        await Waiting.UntilAsync(() => _server.Requests.Any(IsDeletion));
        goOn.SetResult();

        await Waiting.UntilAsync(() => _server.Requests.Count(IsDeletion) == 2 && _under.Cloud.Nodes.Count == 0);
        Assert.Empty(_under.Failures);
    }

    [Fact]
    public async Task A_pod_that_somebody_deletes_is_a_failure_and_one_that_was_stopped_is_none()
    {
        await UseAsync(Settings);
        var (stopped, deleted) = (await _under.StartAsync(Template), await _under.StartAsync(Template));

        await _under.Cloud.StopNodeAsync(stopped, Waiting.Limit());
        Change(deleted, pod => pod["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z");
        var failure = await _under.FailureAsync(deleted);
        _server.Remove("pods", "ci", deleted);
        await Waiting.UntilAsync(() => _under.Cloud.Nodes.Count == 0);

        Assert.Equal((NodeFailureReason.Deleted, true, true), (failure.Reason, failure.IsInfrastructure, failure.MayRetry));
        Assert.Contains("was deleted; cancelling node body", failure.Message, StringComparison.Ordinal);
        Assert.Single(_under.Failures);
    }

    [Fact]
    public async Task While_the_api_is_away_nothing_is_lost_and_what_happened_meanwhile_is_told_after()
    {
        await UseAsync(Settings);
        var (kept, gone) = (await _under.StartAsync(Template), await _under.StartAsync(Template));
        await Waiting.UntilAsync(() => _server.OpenWatches >= 1);
        for (var i = 0; i < 6; i++)
        {
            _server.Next(request => request.Query["watch"] == "true" && request.Path.Value!.EndsWith("/pods", StringComparison.Ordinal), context => FakeApiServer.Refuse(context, 503, "ServiceUnavailable", "away"));
        }

        _server.CutWatches();
        await Waiting.UntilAsync(() => _under.Cloud.Health["ci"].Failure is not null);
        Assert.Equal(2, _under.Cloud.Nodes.Count);
        Assert.Empty(_under.Failures);
        _server.Remove("pods", "ci", gone);
        _server.Forget();
        var failure = await _under.FailureAsync(gone);

        Assert.Equal(NodeFailureReason.Deleted, failure.Reason);
        Assert.Equal(kept, Assert.Single(_under.Cloud.Nodes).NodeName);
        Assert.Single(_under.Failures);
    }

    [Fact]
    public async Task Stopping_goes_on_until_the_api_takes_it()
    {
        await UseAsync(Settings);
        var node = await _under.StartAsync(Template);
        foreach (var _ in Enumerable.Range(0, 3))
        {
            _server.Next(request => request.Method == "DELETE", context => FakeApiServer.Refuse(context, 500, "InternalError", "etcd is away"));
        }

        await _under.Cloud.StopNodeAsync(node, Waiting.Limit());
        await Waiting.UntilAsync(() => _under.Cloud.Nodes.Count == 0);
        await _under.Cloud.StopNodeAsync(node, Waiting.Limit());

        Assert.Equal(4, _server.Requests.Count(request => request.Method == "DELETE"));
    }

    [Fact]
    public async Task A_kept_pod_stays_with_its_log_takes_no_place_and_goes_at_its_deadline()
    {
        await UseAsync(Settings with { PodRetention = PodRetention.Always, ContainerCap = 1 });
        var node = await _under.StartAsync(Template, life: TimeSpan.FromSeconds(3));

        await _under.Cloud.StopNodeAsync(node, Waiting.Limit());
        var patch = _server.Requests.Single(request => request.Method == "PATCH").Body;
        var nodes = _under.Cloud.Nodes;
        var why = _under.Cloud.WhyNotNow(Template);
        await Waiting.UntilAsync(() => _server.Requests.Any(request => request.Method == "DELETE"));

        Assert.Contains("\"activeDeadlineSeconds\":1", patch, StringComparison.Ordinal);
        Assert.Empty(nodes);
        Assert.Null(why);
        Assert.Empty(_under.Failures);
    }

    [Theory]
    [InlineData(PodRetention.OnFailure, "Failed", null, true)]
    [InlineData(PodRetention.OnFailure, "Running", null, false)]
    [InlineData(PodRetention.Evicted, "Failed", "Evicted", true)]
    [InlineData(PodRetention.Evicted, "Failed", "Error", false)]
    [InlineData(PodRetention.Never, "Failed", "Evicted", false)]
    public async Task Retention_is_that_of_the_template(PodRetention retention, string phase, string? reason, bool isKept)
    {
        await UseAsync(Settings with { Templates = [new PodTemplate { Name = "base", Label = "base", PodRetention = retention }] });
        var node = await _under.StartAsync(Template);
        Change(node, pod => pod["status"] = new JsonObject { ["phase"] = phase, ["reason"] = reason });
        await Waiting.UntilAsync(() => _under.Failures.Count == (phase == "Failed" ? 1 : 0));

        await _under.Cloud.StopNodeAsync(node, Waiting.Limit());

        Assert.Equal(isKept ? 0 : 1, _server.Requests.Count(request => request.Method == "DELETE"));
    }

    [Fact]
    public async Task Pods_of_this_owner_that_outlived_their_deadline_are_removed_and_others_are_left_alone()
    {
        await UseAsync(Settings);
        var node = await _under.StartAsync(Template);
        await _under.DisposeAsync();
        Change(node, pod => pod["metadata"]!["annotations"]!["slipway/deadline"] = "2020-01-01T00:00:00Z");
        Change(node, pod =>
        {
            pod["metadata"]!["name"] = "other-servers";
            pod["metadata"]!["labels"]!["slipway/owner"] = "other";
        });

        _under = new CloudUnderTest(Settings, _server.Connection());
        await _under.Cloud.StartAsync(Waiting.Limit());
        var failure = await _under.FailureAsync(node);
        await Waiting.UntilAsync(() => _under.Cloud.Nodes.Count == 0);

        Assert.Equal(NodeFailureReason.Deadline, failure.Reason);
        Assert.Equal(["/api/v1/namespaces/ci/pods/" + node], _server.Requests.Where(request => request.Method == "DELETE").Select(request => request.Path));
    }

    [Fact]
    public async Task A_pod_without_a_deadline_has_none_in_the_cluster_and_is_left_alone_after_a_restart()
    {
        await UseAsync(Settings);
        var request = _under.Request(Template) with { Deadline = DateTimeOffset.MaxValue };
        Assert.IsType<NodeStart.Started>(await _under.Cloud.StartNodeAsync(request, Waiting.Limit()));
        var pod = JsonNode.Parse(Get($"/api/v1/namespaces/ci/pods/{request.NodeName}"))!;
        await _under.DisposeAsync();

        _under = new CloudUnderTest(Settings, _server.Connection());
        await _under.Cloud.StartAsync(Waiting.Limit());

        Assert.Null(pod["spec"]!["activeDeadlineSeconds"]);
        Assert.Equal("none", pod["metadata"]!["annotations"]!["slipway/deadline"]!.ToString());
        Assert.Equal((true, DateTimeOffset.MaxValue), (Assert.Single(_under.Cloud.Nodes).IsAlive, _under.Cloud.Nodes[0].Deadline));
    }

    [Fact]
    public async Task A_pod_is_described_by_its_phase_and_its_machine()
    {
        await UseAsync(Settings);
        var node = await _under.StartAsync(Template);
        Change(node, pod =>
        {
            pod["spec"]!["nodeName"] = "worker-2";
            pod["status"] = new JsonObject { ["phase"] = "Running" };
        });

        await Waiting.UntilAsync(() => _under.Cloud.DescribeNode(node) == $"pod ci/{node} is Running on node worker-2");

        Assert.Null(_under.Cloud.DescribeNode("nobody"));
    }

    [Fact]
    public async Task A_pod_whose_agent_ended_while_the_server_was_away_is_dead_though_another_container_runs_on()
    {
        await UseAsync(Settings);
        var node = await _under.StartAsync(Template);
        await _under.DisposeAsync();
        Change(node, pod => pod["status"] = JsonNode.Parse("""
            {"phase":"Running","containerStatuses":[
              {"name":"jnlp","image":"a","state":{"terminated":{"exitCode":137,"reason":"OOMKilled"}}},
              {"name":"maven","image":"b","state":{"running":{}}}]}
            """));

        _under = new CloudUnderTest(Settings, _server.Connection());
        await _under.Cloud.StartAsync(Waiting.Limit());

        Assert.False(Assert.Single(_under.Cloud.Nodes).IsAlive);
        Assert.Equal(NodeFailureReason.OutOfMemory, (await _under.FailureAsync(node)).Reason);
    }

    [Fact]
    public async Task A_namespace_that_only_a_pipeline_named_is_looked_into_when_it_is_asked_for()
    {
        await UseAsync(Settings);
        var node = await _under.StartAsync(Template);
        await _under.DisposeAsync();
        var body = JsonNode.Parse(Get($"/api/v1/namespaces/ci/pods/{node}"))!.AsObject();
        (body["metadata"]!["namespace"], body["metadata"]!["name"]) = ("elsewhere", "far");
        _server.Put("pods", "elsewhere", body);
        _server.Next(request => request.Path == "/api/v1/pods", context => FakeApiServer.Refuse(context, 403, "Forbidden", "cannot list resource \"pods\" at the cluster scope"));

        _under = new CloudUnderTest(Settings, _server.Connection());
        await _under.Cloud.StartAsync(Waiting.Limit());
        var before = _under.Cloud.Nodes.Select(n => n.NodeName).ToList();
        await _under.Cloud.LookIntoAsync("elsewhere", Waiting.Limit());

        Assert.Equal([node], before);
        Assert.Contains(_under.Cloud.Nodes, n => n.NodeName == "far");
    }

    [Fact]
    public async Task A_pod_that_ended_in_a_namespace_which_only_a_pipeline_named_is_found_after_a_restart()
    {
        var memory = new NamespacesInMemory();
        _server.Next(request => request.Path == "/api/v1/pods", context => FakeApiServer.Refuse(context, 403, "Forbidden", "cannot list resource \"pods\" at the cluster scope"));
        await UseAsync(Settings, memory);
        var isKnownBefore = false;
        _server.Next(IsPost, context =>
        {
            isKnownBefore = memory.Namespaces.Contains("elsewhere");
            return FakeApiServer.Refuse(context, 503, "ServiceUnavailable", "away");
        });
        var node = await _under.StartAsync(_under.Declare("""{"namespace":"elsewhere"}"""));
        Assert.True(isKnownBefore);
        await _under.DisposeAsync();
        var body = JsonNode.Parse(Get($"/api/v1/namespaces/elsewhere/pods/{node}"))!.AsObject();
        body["status"] = JsonNode.Parse("""{"phase":"Succeeded"}""");
        _server.Put("pods", "elsewhere", body);
        _server.Next(request => request.Path == "/api/v1/pods", context => FakeApiServer.Refuse(context, 403, "Forbidden", "cannot list resource \"pods\" at the cluster scope"));

        await UseAsync(Settings, memory);

        Assert.Equal([node], _under.Cloud.Nodes.Select(n => n.NodeName));
        await _under.Cloud.StopNodeAsync(node, Waiting.Limit());
        await Waiting.UntilAsync(() => _under.Cloud.Nodes.Count == 0);
    }

    [Fact]
    public async Task A_namespace_that_is_not_there_is_refused_to_the_build_and_watched_no_longer_than_it_is_asked_for()
    {
        var time = new ShiftedTime();
        await UseAsync(Settings, time: time);
        var template = _under.Declare("""{"namespace":"nothere"}""");
        _server.Next(request => request.Method == "POST" && request.Path == "/api/v1/namespaces/nothere/pods", context => FakeApiServer.Refuse(context, 404, "NotFound", "namespaces \"nothere\" not found"));
        var failed = Assert.IsType<NodeStart.Failed>(await _under.Cloud.StartNodeAsync(_under.Request(template), Waiting.Limit())).Failure;
        Assert.Contains("nothere", _under.Cloud.Health.Keys);

        time.Shift(TimeSpan.FromMinutes(12));
        await Waiting.UntilAsync(() => !_under.Cloud.Health.ContainsKey("nothere"));
        await Waiting.UntilAsync(() => _server.OpenWatchesOf("nothere") == 0);

        Assert.Equal((NodeFailureReason.Refused, false), (failed.Reason, failed.MayRetry));
        Assert.Contains("Create the namespace 'nothere', or name another one", failed.Message, StringComparison.Ordinal);
        Assert.Contains("ci", _under.Cloud.Health.Keys);
    }

    [Fact]
    public async Task A_namespace_of_a_pipeline_that_holds_a_pod_is_watched_until_the_pod_has_gone()
    {
        var time = new ShiftedTime();
        await UseAsync(Settings, time: time);
        var node = await _under.StartAsync(_under.Declare("""{"namespace":"elsewhere"}"""), life: TimeSpan.FromDays(1));

        time.Shift(TimeSpan.FromMinutes(12));
        await Waiting.UntilAsync(() => _server.OpenWatchesOf("elsewhere") > 0);
        Assert.Contains("elsewhere", _under.Cloud.Health.Keys);
        await _under.Cloud.StopNodeAsync(node, Waiting.Limit());
        await Waiting.UntilAsync(() => _under.Cloud.Nodes.Count == 0);
        time.Shift(TimeSpan.FromMinutes(12));
        await Waiting.UntilAsync(() => !_under.Cloud.Health.ContainsKey("elsewhere"));

        Assert.Empty(_under.Failures);
    }

    [Fact]
    public async Task A_namespace_that_a_pipeline_names_and_that_we_may_not_look_into_is_refused_and_one_of_the_configuration_is_waited_for()
    {
        var time = new ShiftedTime();
        _server.Refuses = request => request.Method == "GET" && request.Path == "/api/v1/namespaces/secret/pods";
        await UseAsync(Settings, time: time);
        var refused = Assert.IsType<NodeStart.Failed>(await _under.Cloud.StartNodeAsync(_under.Request(_under.Declare("""{"namespace":"secret"}""")), Waiting.Limit())).Failure;
        var why = _under.Cloud.WhyNotNow(_under.Declare("""{"namespace":"secret"}"""));
        time.Shift(TimeSpan.FromMinutes(2));
        await Waiting.UntilAsync(() => !_under.Cloud.Health.ContainsKey("secret"));
        await UseAsync(Settings with { Templates = [.. Settings.Templates, new PodTemplate { Name = "own", Namespace = "secret" }] });
        var waits = await _under.Cloud.StartNodeAsync(_under.Request(_under.Cloud.Templates[1]), Waiting.Limit());

        Assert.Contains("Give the cloud's account a Role in 'secret'", refused.Message, StringComparison.Ordinal);
        Assert.Null(why);
        Assert.Contains("'secret'", Assert.IsType<NodeStart.AtCapacity>(waits).Reason, StringComparison.Ordinal);
        Assert.Equal(0, _server.Requests.Count(request => request.Method == "POST" && request.Path == "/api/v1/namespaces/secret/pods"));
    }

    [Fact]
    public async Task Only_claims_that_are_named_after_their_pod_go_with_it()
    {
        await UseAsync(Settings);
        var node = await _under.StartAsync(Template);
        Change(node, pod => pod["metadata"]!["annotations"]!["slipway/claims"] = $"pvc-{node}-0,others,pvc-{node}/../../secrets/x");
        await Waiting.UntilAsync(() => _under.Cloud.Nodes.Count == 1);
        await _under.DisposeAsync();
        await UseAsync(Settings);

        await _under.Cloud.StopNodeAsync(node, Waiting.Limit());

        Assert.Equal([$"/api/v1/namespaces/ci/pods/{node}", $"/api/v1/namespaces/ci/persistentvolumeclaims/pvc-{node}-0"], _server.Requests.Where(request => request.Method == "DELETE").Select(request => request.Path));
    }

    [Fact]
    public async Task A_container_with_a_whole_Secret_in_its_environment_is_one_with_secrets()
    {
        await UseAsync(Settings);
        var node = await _under.StartAsync(_under.DeclareYaml("spec: {containers: [{name: deploy, image: x, command: [cat], envFrom: [{secretRef: {name: login}}]}, {name: plain, image: x, command: [cat], envFrom: [{configMapRef: {name: c}}]}]}"));

        Assert.Equal(["deploy"], _under.Cloud.FindPod(node)!.SecretVariables.Keys);
    }

    [Fact]
    public async Task An_image_without_a_shell_is_remembered()
    {
        await UseAsync(Settings);
        var template = _under.DeclareYaml("spec: {containers: [{name: tools, image: distroless, command: [sleep, infinity]}]}");
        var node = await _under.StartAsync(template);
        Change(node, pod => pod["status"] = JsonNode.Parse("""{"phase":"Running","containerStatuses":[{"name":"tools","image":"docker.io/library/distroless:latest","state":{"terminated":{"exitCode":128,"reason":"StartError","message":"exec: \"/bin/sh\": stat /bin/sh: no such file or directory"}}}]}"""));
        var failure = await _under.FailureAsync(node);

        var next = await _under.StartAsync(template);

        Assert.Equal((NodeFailureReason.CannotStart, true), (failure.Reason, failure.MayRetry));
        var pod = JsonNode.Parse(_server.Requests.Last(request => request.Method == "POST" && request.Path.EndsWith("/pods", StringComparison.Ordinal)).Body)!;
        Assert.Equal(next, pod["metadata"]!["name"]!.ToString());
        Assert.Equal("slipway-agent", pod["spec"]!["initContainers"]![0]!["name"]!.ToString());
    }

    [Fact]
    public async Task What_is_wrong_with_a_pod_is_told_before_who_waits_for_it_gives_up()
    {
        var time = new ShiftedTime();
        await UseAsync(Settings, time: time);
        var node = await _under.StartAsync(_under.Declare("""{"slaveConnectTimeout":15,"containers":[{"name":"maven","image":"maven"}]}"""));
        Change(node, pod => pod["status"] = JsonNode.Parse("""{"phase":"Pending","containerStatuses":[{"name":"maven","image":"maven","state":{"waiting":{"reason":"CreateContainerConfigError","message":"configmap \"settings\" not found"}}}]}"""));
        await Waiting.UntilAsync(() => _under.Log.Contains("CreateContainerConfigError", StringComparison.Ordinal));
        var silence = await _under.Cloud.DescribeSilenceAsync(node, Waiting.Limit());
        Assert.Empty(_under.Failures);
        time.Shift(TimeSpan.FromSeconds(12));
        var failure = await _under.FailureAsync(node);

        Assert.Contains(silence, line => line.Contains("The container 'maven' cannot be made: configmap \"settings\" not found", StringComparison.Ordinal));
        Assert.Equal(NodeFailureReason.ContainerConfig, failure.Reason);
        Assert.Contains("configmap \"settings\" not found", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_clusters_events_and_what_is_waited_for_are_told_once_each()
    {
        await UseAsync(Settings);
        var node = await _under.StartAsync(Template);
        Event(node, "e1", "Warning", "FailedScheduling", "0/1 nodes are available: 1 Insufficient cpu.");
        Event(node, "e1", "Warning", "FailedScheduling", "0/1 nodes are available: 1 Insufficient cpu.");
        Change(node, pod => pod["status"] = JsonNode.Parse("""{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/1 nodes are available: 1 Insufficient cpu."}]}"""));
        Event(node, "e2", "Normal", "Scheduled", "Successfully assigned");
        await Waiting.UntilAsync(() => _under.Log.Contains("Successfully assigned", StringComparison.Ordinal));
        await Waiting.UntilAsync(() => _under.Log.Contains("[Unschedulable]", StringComparison.Ordinal));
        var silence = await _under.Cloud.DescribeSilenceAsync(node, Waiting.Limit());

        var lines = _under.Progress.Select(progress => progress.Message).OfType<string>().Where(line => !line.StartsWith("Created", StringComparison.Ordinal));
        Assert.Equal(
            [
                "Pod [Pending][Unschedulable] 0/1 nodes are available: 1 Insufficient cpu.",
                $"[Normal][ci/{node}][Scheduled] Successfully assigned",
                $"[Warning][ci/{node}][FailedScheduling] 0/1 nodes are available: 1 Insufficient cpu.",
            ],
            lines.Order(StringComparer.Ordinal));
        Assert.Contains("Pod [Pending][Unschedulable] 0/1 nodes are available: 1 Insufficient cpu.", silence);
        Assert.Empty(_under.Failures);
    }

    [Fact]
    public async Task Claims_are_made_before_their_pod_given_to_it_and_removed_where_no_pod_comes_of_it()
    {
        await UseAsync(Settings);
        var template = _under.Declare("""{"workspaceVolume":{"dynamicPVC":{"requestsSize":"1Gi"}}}""");
        var node = await _under.StartAsync(template);
        await Waiting.UntilAsync(() => _server.Requests.Any(request => request.Method == "PATCH"));

        Assert.Equal(["persistentvolumeclaims", "pods"], _server.Requests.Where(request => request.Method == "POST" && request.Path.StartsWith("/api/v1", StringComparison.Ordinal)).Select(request => request.Path.Split('/')[^1]));
        var claim = _server.Requests.Single(request => request.Method == "PATCH");
        Assert.Equal($"/api/v1/namespaces/ci/persistentvolumeclaims/pvc-{node}", claim.Path);
        Assert.Contains($"\"name\":\"{node}\"", claim.Body, StringComparison.Ordinal);
        await _under.Cloud.StopNodeAsync(node, Waiting.Limit());
        Assert.Contains(_server.Requests, request => request.Method == "DELETE" && request.Path == claim.Path);

        _server.Next(request => IsPost(request) && request.Path.Value!.EndsWith("/pods", StringComparison.Ordinal), context => FakeApiServer.Refuse(context, 422, "Invalid", "no"));
        Assert.IsType<NodeStart.Failed>(await _under.Cloud.StartNodeAsync(_under.Request(template, "refused"), Waiting.Limit()));
        Assert.Contains(_server.Requests, request => request is { Method: "DELETE", Path: "/api/v1/namespaces/ci/persistentvolumeclaims/pvc-refused" });
    }

    [Fact]
    public async Task A_claim_whose_pod_never_came_to_be_is_removed_and_others_are_left_alone()
    {
        foreach (var (name, owner) in new[] { ("pvc-lost", "tests"), ("pvc-others", "other") })
        {
            var claim = Waiting.Named(name, "PersistentVolumeClaim");
            claim["metadata"]!["labels"] = new JsonObject { ["slipway/owner"] = owner, ["slipway/cloud"] = "kubernetes" };
            _server.Put("persistentvolumeclaims", "ci", claim);
        }

        await UseAsync(Settings);
        await Waiting.UntilAsync(() => _server.Requests.Any(request => request.Method == "DELETE"));

        Assert.Equal(["/api/v1/namespaces/ci/persistentvolumeclaims/pvc-lost"], _server.Requests.Where(request => request.Method == "DELETE").Select(request => request.Path));
    }

    [Fact]
    public async Task A_node_that_changes_hands_says_so_after_a_restart()
    {
        await UseAsync(Settings);
        var node = await _under.StartAsync(Template);
        await _under.Cloud.AssignNodeAsync(node, new NodeAssignment(null, 0, "", null, JobPath.Parse("team")), Waiting.Limit());
        var idle = Assert.Single(_under.Cloud.Nodes);
        await _under.Cloud.AssignNodeAsync(node, new NodeAssignment(new RunId(99), 5, "team/other", new Uri("http://ci/run"), JobPath.Parse("team")), Waiting.Limit());
        await _under.DisposeAsync();

        _under = new CloudUnderTest(Settings, _server.Connection());
        await _under.Cloud.StartAsync(Waiting.Limit());
        var found = Assert.Single(_under.Cloud.Nodes);

        Assert.Equal((null, JobPath.Parse("team")), (idle.Run, idle.IdleFor!.Value));
        Assert.Equal((new RunId(99), 5L, "team/other", null), (found.Run!.Value, found.Effect, found.Job, found.IdleFor));
    }

    [Fact]
    public async Task A_node_that_changes_hands_fast_ends_with_the_last_mark_however_the_requests_fare()
    {
        await UseAsync(Settings);
        var node = await _under.StartAsync(Template);
        var isFirstThere = new TaskCompletionSource();
        var goesOn = new TaskCompletionSource();
        _server.Next(IsPatch, async context =>
        {
            isFirstThere.SetResult();
            await goesOn.Task;
            await FakeApiServer.Refuse(context, 503, "ServiceUnavailable", "away");
        });
        var team = JobPath.Parse("team");

        var first = _under.Cloud.AssignNodeAsync(node, new NodeAssignment(null, 0, "", null, team), Waiting.Limit());
        await isFirstThere.Task;
        var second = _under.Cloud.AssignNodeAsync(node, new NodeAssignment(new RunId(98), 4, "team/other", null, team), Waiting.Limit());
        var third = _under.Cloud.AssignNodeAsync(node, new NodeAssignment(new RunId(99), 5, "team/last", null, team), Waiting.Limit());
        Assert.Equal(new RunId(99), Assert.Single(_under.Cloud.Nodes).Run);
        Assert.Equal(1, _server.Requests.Count(request => request.Method == "PATCH"));
        goesOn.SetResult();
        await Task.WhenAll(first, second, third);

        Assert.Equal("99", JsonNode.Parse(Get($"/api/v1/namespaces/ci/pods/{node}"))!["metadata"]!["labels"]!["slipway/run"]!.GetValue<string>());
        Assert.Equal(2, _server.Requests.Count(request => request.Method == "PATCH"));
        Assert.Equal(new RunId(99), Assert.Single(_under.Cloud.Nodes).Run);
    }

    [Fact]
    public async Task New_settings_hold_for_new_pods_and_a_new_connection_sees_the_old_ones()
    {
        await UseAsync(Settings);
        var node = await _under.StartAsync(Template);

        _under.Cloud.Reconfigure(Settings with { ContainerCap = 1 }, _server.Connection(maxRequests: 5));
        await Waiting.UntilAsync(() => _under.Cloud.WhyNotNow(Template)?.Contains("1 pods at most", StringComparison.Ordinal) == true);
        _under.Cloud.Reconfigure(Settings with { ContainerCap = 2 }, _server.Connection(maxRequests: 5));
        await Waiting.UntilAsync(() => _under.Cloud.WhyNotNow(Template) is null);
        await _under.StartAsync(Template);
        await _under.Cloud.StopNodeAsync(node, Waiting.Limit());
        await Waiting.UntilAsync(() => _under.Cloud.Nodes.Count == 1);

        Assert.Empty(_under.Failures);
    }

    [Fact]
    public void Names_of_nodes_are_valid_and_the_same_for_the_same_seed()
    {
        var template = _under.Declare("{}");
        var name = _under.Cloud.NameNode(template, JobPath.Parse("Team Ä/Feature.Branch"), 12, "seed");

        Assert.Matches("^team-feature-branch-12-[a-z0-9]{5}-[a-z0-9]{5}$", name);
        Assert.Equal(name, _under.Cloud.NameNode(template, JobPath.Parse("Team Ä/Feature.Branch"), 12, "seed"));
        Assert.NotEqual(name, _under.Cloud.NameNode(template, JobPath.Parse("Team Ä/Feature.Branch"), 12, "other"));
        Assert.StartsWith("base-", _under.Cloud.NameNode(Template, JobPath.Parse("x"), 1, "seed"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "", "team/app", true)]
    [InlineData(true, "", "team/app", false)]
    [InlineData(true, "team", "team/app", true)]
    [InlineData(false, "team", "team/deep/app", true)]
    [InlineData(false, "team", "teams/app", false)]
    public async Task Folders_limit_who_may_use_the_cloud(bool isRestricted, string folders, string job, bool isAdmitted)
    {
        await _under.DisposeAsync();
        _under = new CloudUnderTest(Settings with { UsageRestricted = isRestricted, RestrictedToFolders = folders.Split(',', StringSplitOptions.RemoveEmptyEntries) }, _server.Connection());

        Assert.Equal(isAdmitted, _under.Cloud.Admits(JobPath.Parse(job)));
    }

    private async Task UseAsync(KubernetesCloudSettings settings, NamespacesInMemory? namespaces = null, TimeProvider? time = null, TimeSpan? createPatience = null)
    {
        await _under.DisposeAsync();
        _under = new CloudUnderTest(settings, _server.Connection(), namespaces: namespaces, time: time, createPatience: createPatience);
        await _under.Cloud.StartAsync(Waiting.Limit());
    }

    private void Change(string pod, Action<JsonObject> change)
    {
        var body = JsonNode.Parse(Get($"/api/v1/namespaces/ci/pods/{pod}"))!.AsObject();
        change(body);
        _server.Put("pods", "ci", body);
    }

    private void Event(string pod, string name, string type, string reason, string message) => _server.Put("events", "ci", new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = name },
        ["involvedObject"] = new JsonObject { ["kind"] = "Pod", ["name"] = pod },
        ["type"] = type,
        ["reason"] = reason,
        ["message"] = message,
    });

    private string Get(string path)
    {
        using var client = new HttpClient { BaseAddress = _server.Address };
        return client.GetStringAsync(path).GetAwaiter().GetResult();
    }

    private int Posts() => _server.Requests.Count(request => request.Method == "POST" && request.Path == "/api/v1/namespaces/ci/pods");

    private static bool IsDeletion(SeenRequest request) => request is { Method: "DELETE", Path: "/api/v1/namespaces/ci/pods/doomed" };

    private static bool IsPatch(HttpRequest request) => request.Method == "PATCH";

    private static bool IsPost(HttpRequest request) => request.Method == "POST" && request.Path.StartsWithSegments("/api/v1/namespaces", StringComparison.Ordinal);
}
