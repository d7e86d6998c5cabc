using System.Text.Json.Nodes;
using Slipway.Model;
using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Provisioning.Kubernetes.Pods;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Tests;

public sealed class PodTests
{
    private static readonly PodContext Context = new("base-1-abc", "s3cret", "https://ci.example.com", "http://controller/", "slipway/agent:1", new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero)) { Run = new RunId(7), RunUrl = "http://controller/job/a/7/" };

    [Fact]
    public void The_cloud_of_the_seeds_loads_and_yields_the_pod_that_it_describes()
    {
        var file = Corpus.IsThere ? Corpus.PathOf("../seeds/files/casc-kubernetes-cloud.yaml") : "";
        Assert.SkipUnless(File.Exists(file), Corpus.Absent);
        var read = KubernetesConfiguration.Read(File.ReadAllText(file), "casc.yaml", _ => null);
        Assert.Empty(read.Faults);
        var cloud = Assert.Single(read.Clouds);

        var pod = PodBuilder.Build(Assert.Single(cloud.Templates), cloud, Context).Pod;

        Assert.Equal((200, 60, true, "jenkins-worker"), (cloud.ContainerCap, cloud.ConnectTimeout, cloud.WebSocket, pod["metadata"]!["namespace"]!.ToString()));
        var spec = pod["spec"]!;
        var (main, agent) = (Container(pod, "base"), Container(pod, "jnlp"));
        Assert.Equal(2, spec["containers"]!.AsArray().Count);
        Same("""["cat"]""", main["command"]);
        Same("""{"requests":{"ephemeral-storage":"1Gi","cpu":"100m","memory":"100Mi"},"limits":{"ephemeral-storage":"10Gi","cpu":"4000m","memory":"4096Mi"}}""", main["resources"]);
        Same("""["s3cret","base-1-abc"]""", agent["args"]);
        Assert.Equal("reg.harbor.com/jenkins/inbound-agent:4.10-3", agent["image"]!.ToString());
        Assert.Equal("http://jenkins-jenkins.kubesphere-devops-system:80", Variable(agent, "JENKINS_URL"));
        Assert.Equal("true", Variable(agent, "JENKINS_WEB_SOCKET"));
        Assert.Equal(["/var/run/docker.sock", "/root/.sonar/cache", "/usr/bin/docker", "/home/jenkins/agent"], main["volumeMounts"]!.AsArray().Select(mount => mount!["mountPath"]!.ToString()));
        Same("""{"fsGroup":1000}""", spec["securityContext"]);
        Assert.Equal(2, spec["tolerations"]!.AsArray().Count);
        Assert.Equal("1", spec["affinity"]!["nodeAffinity"]!["preferredDuringSchedulingIgnoredDuringExecution"]![0]!["weight"]!.ToString());
    }

    [Fact]
    public void A_pod_says_whose_it_is_what_for_and_until_when()
    {
        var built = Build(new PodTemplate { Name = "a", Label = "x y" });

        var metadata = built.Pod["metadata"]!;
        Assert.Equal(("base-1-abc", "7", built.TemplateHash), (metadata["name"]!.ToString(), metadata["labels"]!["slipway/run"]!.ToString(), metadata["labels"]!["slipway/template-hash"]!.ToString()));
        Assert.Equal(("x_y", "slave"), (metadata["labels"]!["jenkins/label"]!.ToString(), metadata["labels"]!["jenkins"]!.ToString()));
        Assert.Equal("2030-01-02T03:04:05Z", metadata["annotations"]!["slipway/deadline"]!.ToString());
        Assert.All(metadata["labels"]!.AsObject(), label => Assert.True(PodLabels.IsValid(label.Value!.ToString()), label.ToString()));
    }

    [Fact]
    public void Labels_of_the_cloud_are_on_every_pod() =>
        Assert.Equal("some-label-value", PodBuilder.Build(new PodTemplate(), new KubernetesCloudSettings { PodLabels = [new("some-label", "some-label-value")] }, Context).Pod["metadata"]!["labels"]!["some-label"]!.ToString());

    [Fact]
    public void The_hash_follows_the_template_and_not_what_the_pod_is_for()
    {
        var template = new PodTemplate { Name = "a", Yamls = ["spec: {containers: [{name: m, image: x}]}"] };

        Assert.Equal(Build(template).TemplateHash, PodBuilder.Build(template, new(), Context with { PodName = "other", Run = null, AgentSecret = "other" }).TemplateHash);
        Assert.NotEqual(Build(template).TemplateHash, Build(template with { WorkspaceVolume = new EmptyDirWorkspaceVolume { Memory = true } }).TemplateHash);
        Assert.NotEqual(Build(template).TemplateHash, Build(template with { Yamls = ["spec: {containers: [{name: m, image: y}]}"] }).TemplateHash);
    }

    [Fact]
    public void The_container_that_we_add_passes_the_restricted_standard_and_those_of_users_are_theirs()
    {
        var pod = Build(new PodTemplate { Yamls = ["spec: {containers: [{name: m, image: x}]}"] }).Pod;

        Same("""{"allowPrivilegeEscalation":false,"runAsNonRoot":true,"capabilities":{"drop":["ALL"]},"seccompProfile":{"type":"RuntimeDefault"}}""", Container(pod, "jnlp")["securityContext"]);
        Assert.Null(Container(pod, "m")["securityContext"]);
    }

    [Fact]
    public void In_a_pod_that_runs_as_root_the_container_that_we_add_may_too()
    {
        var pod = Build(new PodTemplate { Yamls = ["spec: {securityContext: {runAsUser: 0}, containers: [{name: m, image: x}]}"] }).Pod;

        Same("""{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"seccompProfile":{"type":"RuntimeDefault"}}""", Container(pod, "jnlp")["securityContext"]);
    }

    [Fact]
    public void The_agents_secret_stays_in_the_agents_container()
    {
        var pod = Build(new PodTemplate { Containers = [new() { Name = "m", Image = "x", Args = "${computer.jnlpmac} ${computer.name}" }] }).Pod;

        Assert.DoesNotContain("s3cret", Container(pod, "m").ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("base-1-abc", Container(pod, "m")["args"]![1]!.ToString());
    }

    [Fact]
    public void A_template_cannot_give_the_agent_another_name()
    {
        var pod = Build(new PodTemplate { EnvVars = [new KeyValueEnvVar { Key = "JENKINS_NAME", Value = "x" }, new KeyValueEnvVar { Key = "A", Value = "pod" }], Yamls = ["spec: {containers: [{name: jnlp, env: [{name: JENKINS_SECRET, value: x}, {name: A, value: 1}]}]}"] }).Pod;

        Assert.Equal(("s3cret", "base-1-abc", "1"), (Variable(Container(pod, "jnlp"), "JENKINS_SECRET"), Variable(Container(pod, "jnlp"), "JENKINS_NAME"), Variable(Container(pod, "jnlp"), "A")));
    }

    [Fact]
    public void A_template_cannot_set_the_marks_by_which_a_pod_is_ours()
    {
        var pod = Build(new PodTemplate
        {
            Annotations = [new("slipway/claims", "everybodys-cache"), new("team", "a")],
            Yamls = ["metadata: {labels: {slipway/run: '99', slipway/cloud: other, app: b}, annotations: {slipway/kept: 'yes', slipway/idle-for: rivals, slipway/deadline: '2999-01-01T00:00:00Z'}}"],
        }).Pod;

        var (labels, annotations) = (pod["metadata"]!["labels"]!.AsObject(), pod["metadata"]!["annotations"]!.AsObject());
        Assert.Equal(("7", "b", "a", "2030-01-02T03:04:05Z"), (labels["slipway/run"]!.ToString(), labels["app"]!.ToString(), annotations["team"]!.ToString(), annotations["slipway/deadline"]!.ToString()));
        Assert.Equal(["slipway/owner", "slipway/run", "slipway/template-hash"], labels.Select(label => label.Key).Where(key => key.StartsWith("slipway/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(["slipway/deadline"], annotations.Select(annotation => annotation.Key).Where(key => key.StartsWith("slipway/", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_claim_to_be_made_is_handed_out_with_the_pod()
    {
        var built = Build(new PodTemplate { WorkspaceVolume = new DynamicPVCWorkspaceVolume { Claim = new("ReadWriteOnce", "2Gi", "fast") } });

        Same("""{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"2Gi"}},"storageClassName":"fast"}""", Assert.Single(built.Claims)["spec"]);
        Assert.Equal(built.Claims[0]["metadata"]!["name"]!.ToString(), built.Pod["spec"]!["volumes"]![0]!["persistentVolumeClaim"]!["claimName"]!.ToString());
    }

    [Fact]
    public void The_longest_life_bounds_the_templates_deadline()
    {
        Assert.Equal("60", PodBuilder.Build(new PodTemplate { ActiveDeadlineSeconds = 90 }, new(), Context with { LongestLife = TimeSpan.FromMinutes(1) }).Pod["spec"]!["activeDeadlineSeconds"]!.ToString());
        Assert.Equal("30", PodBuilder.Build(new PodTemplate { ActiveDeadlineSeconds = 30 }, new(), Context with { LongestLife = TimeSpan.FromMinutes(1) }).Pod["spec"]!["activeDeadlineSeconds"]!.ToString());
    }

    [Theory]
    [InlineData("spec: [", "cannot be used")]
    [InlineData("just words", "has to be a mapping")]
    [InlineData("kind: Deployment", "has to be 'Pod'")]
    [InlineData("spec: {containers: [{name: m}]}", "has no image")]
    [InlineData("spec: {containers: {name: m}}", "'containers' has to be a list")]
    public void A_raw_pod_that_is_none_is_refused_with_the_reason(string yaml, string reason) =>
        Assert.Contains(reason, Assert.Throws<PodTemplateException>(() => Build(new PodTemplate { Name = "a", Yamls = [yaml] })).Message, StringComparison.Ordinal);

    [Fact]
    public void Fields_that_no_model_knows_are_kept() =>
        Assert.Equal("kept", Build(new PodTemplate { Yamls = ["spec: {someday: {here: kept}}"] }).Pod["spec"]!["someday"]!["here"]!.ToString());

    [Fact]
    public void A_parent_that_does_not_exist_and_a_circle_are_refused()
    {
        PodTemplate a = new() { Name = "a", InheritFrom = "b" }, b = new() { Name = "b", InheritFrom = "a" };

        Assert.Contains("in a circle", Assert.Throws<PodTemplateException>(() => PodTemplateInheritance.Unwrap(a, [a, b])).Message, StringComparison.Ordinal);
        Assert.Contains("inherits from 'b', which does not exist", Assert.Throws<PodTemplateException>(() => PodTemplateInheritance.Unwrap(a, [a])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_clouds_default_parent_is_inherited_unless_a_template_says_otherwise()
    {
        var parent = new PodTemplate { Name = "base", ServiceAccount = "sa" };

        Assert.Equal("sa", PodTemplateInheritance.Unwrap(new PodTemplate { Name = "a" }, [parent], "base").ServiceAccount);
        Assert.Null(PodTemplateInheritance.Unwrap(new PodTemplate { Name = "a", InheritFrom = "" }, [parent], "base").ServiceAccount);
    }

    [Fact]
    public void A_template_may_name_its_scheduler_and_hand_it_on()
    {
        PodTemplate parent = new() { Name = "base", SchedulerName = "batch" }, child = new() { Name = "a", InheritFrom = "base" };

        Assert.Equal("batch", Build(PodTemplateInheritance.Unwrap(child, [parent])).Pod["spec"]!["schedulerName"]!.GetValue<string>());
        Assert.False(Build(child).Pod["spec"]!.AsObject().ContainsKey("schedulerName"));
    }

    [Theory]
    [InlineData("folder/My Job #12", "folder-my-job-12-s")]
    [InlineData("a..b...c", "a-b-c-s")]
    [InlineData("构建", "agent-s")]
    [InlineData("", "agent-s")]
    public void Pod_names_are_valid_however_jobs_are_called(string job, string name) => Assert.Equal(name, PodNames.Create(job, "s"));

    [Fact]
    public void Long_names_keep_their_end_and_fit()
    {
        var name = PodNames.Create(new string('x', 300) + "-77", PodNames.NewSuffix());

        Assert.Equal(63, name.Length);
        Assert.Matches("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", name);
        Assert.Contains("x-77-", name, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one two")]
    [InlineData("-x-")]
    [InlineData("...")]
    [InlineData("构建")]
    [InlineData("label-that-is-so-long-that-kubernetes-would-never-take-it-as-the-value-of-a-label")]
    public void Labels_become_valid_values(string label) => Assert.True(PodLabels.IsValid(PodLabels.Sanitize(label)), PodLabels.Sanitize(label));

    [Fact]
    public void Templates_serve_labels_as_their_mode_says()
    {
        var exclusive = new PodTemplate { Label = "linux java", NodeUsageMode = NodeMode.Exclusive };

        Assert.True(exclusive.Serves(LabelExpression.Parse("linux && !windows")));
        Assert.False(exclusive.Serves(null));
        Assert.True((exclusive with { NodeUsageMode = null }).Serves(null));
    }

    private static BuiltPod Build(PodTemplate template) => PodBuilder.Build(template, new KubernetesCloudSettings(), Context);

    private static JsonObject Container(JsonObject pod, string name) => pod["spec"]!["containers"]!.AsArray().Select(container => container!.AsObject()).Single(container => container["name"]!.ToString() == name);

    private static string? Variable(JsonObject container, string name) => container["env"]!.AsArray().Single(variable => variable!["name"]!.ToString() == name)!["value"]?.ToString();

    private static void Same(string expected, JsonNode? actual) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual?.ToJsonString() ?? "nothing");
}
