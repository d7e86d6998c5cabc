using System.Text.Json;
using Slipway.Kubernetes.Connecting;
using Slipway.Model;
using Slipway.Provisioning.Kubernetes.Cloud;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Tests.Cloud;

/// <summary>What pipelines declare, made into templates of the cloud.</summary>
public sealed class ResolveTests : IAsyncDisposable
{
    private readonly CloudUnderTest _under = new(
        new KubernetesCloudSettings
        {
            Namespace = "ci",
            Templates =
            [
                new PodTemplate { Name = "base", Label = "base", SlaveConnectTimeout = 60, Containers = [new ContainerTemplate { Name = "git", Image = "git" }] },
                new PodTemplate { Name = "kept", Label = "kept linux", IdleMinutes = 5, MinIdle = 2, NodeUsageMode = NodeMode.Exclusive },
                new PodTemplate { Name = "broken", InheritFrom = "nobody" },
            ],
        },
        new ClusterConnection { Server = new Uri("http://127.0.0.1:1/") });

    public ValueTask DisposeAsync() => _under.DisposeAsync();

    [Fact]
    public void The_clouds_own_templates_are_offered_but_for_those_that_could_become_no_pod()
    {
        Assert.Equal(["base", "kept"], _under.Cloud.Templates.Select(template => template.Name));
        var kept = _under.Cloud.Templates[1];
        Assert.Equal(("kept", NodeMode.Exclusive, 2), (kept.Labels[0], kept.Mode, kept.Labels.Count));
        Assert.Equal((TimeSpan.FromMinutes(5), 2, 10, TimeSpan.FromHours(4)), (kept.Reuse!.Idle, kept.Reuse.MinIdle, kept.Reuse.MaxIdle, kept.Reuse.MaxAge));
        Assert.Null(_under.Cloud.Templates[0].Reuse);
        Assert.Equal(TimeSpan.FromMinutes(1), _under.Cloud.Templates[0].ConnectTimeout);
    }

    [Theory]
    [InlineData(3600, null, 3600d, 30)]
    [InlineData(0, null, null, 240)]
    [InlineData(0, 600, null, 5)]
    [InlineData(172800, 600, 172800d, 5)]
    public async Task The_deadline_is_that_of_the_cloud_and_a_kept_pod_that_is_past_half_of_it_is_not_handed_on(int ofCloud, int? ofTemplate, double? life, int minutes)
    {
        await using var under = new CloudUnderTest(
            new KubernetesCloudSettings { PodDeadlineSeconds = ofCloud, Templates = [new PodTemplate { Name = "kept", Label = "kept", IdleMinutes = 5, ActiveDeadlineSeconds = ofTemplate }] },
            new ClusterConnection { Server = new Uri("http://127.0.0.1:1/") });

        var template = Assert.Single(under.Cloud.Templates);

        Assert.Equal(life is { } seconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.MaxValue, template.LongestLife);
        Assert.Equal(TimeSpan.FromMinutes(minutes), template.Reuse!.MaxAge);
    }

    [Theory]
    [InlineData("""{"namespace":"kube-system/pods"}""", "kube-system/pods")]
    [InlineData("""{"namespace":"../x"}""", "../x")]
    [InlineData("""{"namespace":"a%2Fb"}""", "a%2Fb")]
    [InlineData("""{"namespace":"."}""", ".")]
    [InlineData("""{"namespace":"Team"}""", "Team")]
    [InlineData("""{"yaml":"metadata: {namespace: a/b}"}""", "a/b")]
    [InlineData("""{"yaml":"metadata: {namespace: a?watch=true}"}""", "a?watch=true")]
    [InlineData("""{"yaml":"metadata: {namespace: [a]}"}""", "namespace")]
    public void A_namespace_that_is_none_is_refused_before_anything_is_asked_of_the_cluster(string settings, string named)
    {
        var fault = Assert.Throws<NodeTemplateException>(() => _under.Declare(settings));

        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
        Assert.False(fault.CancelsRequest);
        Assert.Empty(_under.Cloud.Health);
    }

    [Fact]
    public void A_container_that_steps_are_to_run_in_and_that_the_pod_has_not_is_refused()
    {
        var fault = Assert.Throws<NodeTemplateException>(() => _under.Declare("""{"defaultContainer":"mavn","yaml":"spec: {containers: [{name: maven, image: m}]}"}"""));
        _under.Declare("""{"defaultContainer":"git","inheritFrom":"base"}""");

        Assert.Equal("The steps are to run in the container 'mavn' (defaultContainer), and the pod has none of that name. Did you mean 'maven'? Its containers: maven, jnlp.", fault.Message);
        Assert.False(fault.CancelsRequest);
    }

    [Fact]
    public void A_namespace_of_digits_is_a_text() => Assert.Equal("1234", Assert.IsType<KubernetesNodeTemplate>(_under.DeclareYaml("metadata: {namespace: 1234}")).Namespace);

    [Theory]
    [InlineData("""{"containers":[{"name":"A_B","image":"x"}]}""", false)]
    [InlineData("""{"nodeSelector":"nonsense"}""", false)]
    [InlineData("""{"runAsUser":"root"}""", false)]
    [InlineData("""{"containers":[{"name":"a"}]}""", true)]
    [InlineData("""{"agentContainer":"nobody"}""", true)]
    public void What_cannot_be_read_fails_its_build_and_what_no_pod_comes_of_cancels_the_request(string settings, bool isCancelled) =>
        Assert.Equal(isCancelled, Assert.Throws<NodeTemplateException>(() => _under.Declare(settings)).CancelsRequest);

    [Fact]
    public void A_declared_template_takes_what_it_inherits_from_the_cloud_and_from_those_around_it()
    {
        var template = Resolve(
            "inner",
            new("outer", "outer", null, """{"containers":[{"name":"maven","image":"maven:3"}],"inheritFrom":"base"}"""),
            new("inner", "inner", null, """{"containers":[{"name":"golang","image":"golang:1"}],"inheritFrom":"outer"}"""))!;

        Assert.Equal(["git", "maven", "golang"], template.Pod.Containers.Select(container => container.Name));
        Assert.Equal(("inner", true, "ci", TimeSpan.FromMinutes(1)), (template.Name, template.IsDeclared, template.Namespace, template.ConnectTimeout));
    }

    [Fact]
    public void Only_what_is_meant_for_this_cloud_and_carries_the_label_counts()
    {
        Assert.Null(Resolve("other", new DeclaredPodTemplate("mine", "mine", null, "{}")));
        Assert.Null(Resolve("mine", new DeclaredPodTemplate("mine", "mine", "elsewhere", "{}")));
        Assert.NotNull(Resolve("mine", new DeclaredPodTemplate("mine", "mine", "kubernetes", "{}")));
        Assert.NotNull(Resolve("mine && linux", new DeclaredPodTemplate("mine", "mine linux", null, "{}")));
    }

    [Fact]
    public void Settings_are_read_as_configuration_is_whatever_characters_they_hold()
    {
        var yaml = "spec:\n  containers:\n  - name: tools\n    image: busybox\n    env: [{name: GREETING, value: 'Grüße, \"Welt\" 🚀 </b>'}]\n";
        var template = Resolve("t", new DeclaredPodTemplate("t", "t", null, JsonSerializer.Serialize(new
        {
            yaml,
            podRetention = "onFailure",
            idleMinutes = 3,
            volumes = new object[] { new { emptyDirVolume = new { mountPath = "/x", memory = true } } },
            showRawYaml = false,
        })))!;

        Assert.Equal(yaml, Assert.Single(template.Pod.Yamls));
        Assert.Equal((PodRetention.OnFailure, false), (template.Pod.PodRetention, template.Pod.ShowRawYaml));
        Assert.True(Assert.IsType<EmptyDirVolume>(Assert.Single(template.Pod.Volumes)).Memory);
        Assert.Equal(TimeSpan.FromMinutes(3), template.Reuse!.Idle);
    }

    [Theory]
    [InlineData("""{"containers":[{"name":"badcontainerName_!","image":"x"}]}""", "Container Names MUST match RFC 1123 - They can only contain lowercase letters, numbers or dashes: badcontainerName_!")]
    [InlineData("""{"yaml":"spec: {containers: [{name: badcontainername_!, image: x}, {name: badcontainername2_!, image: x}]}"}""", "Container Names MUST match RFC 1123 - They can only contain lowercase letters, numbers or dashes: badcontainername_!, badcontainername2_!")]
    [InlineData("""{"inheritFrom":"nobody"}""", "inherits from 'nobody', which does not exist")]
    [InlineData("""{"yaml":"spec: [1"}""", "wrong at line")]
    [InlineData("""{"contaners":[]}""", "Did you mean 'containers'?")]
    [InlineData("""{"containers":[{"name":"maven"}]}""", "The container 'maven' of the pod template 't' has no image.")]
    [InlineData("""{"agentContainer":"maven"}""", "has no container of that name")]
    public void What_could_become_no_pod_is_refused_before_anything_waits_for_it(string settings, string words)
    {
        var fault = Assert.Throws<NodeTemplateException>(() => Resolve("t", new DeclaredPodTemplate("t", "t", null, settings)));

        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Kept_nodes_are_shared_only_by_the_same_template_in_the_same_folder()
    {
        var (mine, same, changed, elsewhere) = (Key("{\"idleMinutes\":3}"), Key("{\"idleMinutes\":3}"), Key("{\"idleMinutes\":3,\"serviceAccount\":\"x\"}"), Key("{\"idleMinutes\":3}", "other/app"));

        Assert.Equal(mine, same);
        Assert.NotEqual(mine, changed);
        Assert.NotEqual(mine, elsewhere);

        string Key(string settings, string job = "team/app") => _under.Cloud.Resolve([new DeclaredPodTemplate("t", "t", null, settings)], LabelExpression.Parse("t"), JobPath.Parse(job))!.Reuse!.Key;
    }

    private KubernetesNodeTemplate? Resolve(string label, params DeclaredPodTemplate[] declared) =>
        (KubernetesNodeTemplate?)_under.Cloud.Resolve(declared, LabelExpression.Parse(label), JobPath.Parse("team/app"));
}
