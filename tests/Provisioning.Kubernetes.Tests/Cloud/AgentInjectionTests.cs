using System.Text.Json.Nodes;
using Slipway.Provisioning.Kubernetes.Injection;
using Slipway.Provisioning.Kubernetes.Pods;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Tests.Cloud;

public sealed class AgentInjectionTests
{
    private const string Wait = "until [ -x /run/slipway/slipway-agent ]; do sleep 0.01 2>/dev/null || sleep 1; done; exec \"$0\" \"$@\"";

    [Theory]
    [InlineData("cat", true)]
    [InlineData("/bin/cat", true)]
    [InlineData("cat /etc/passwd", false)]
    [InlineData("sleep infinity", true)]
    [InlineData("sleep 99d", true)]
    [InlineData("/usr/bin/sleep 9999999", true)]
    [InlineData("sleep", false)]
    [InlineData("tail -f /dev/null", true)]
    [InlineData("tail -f /var/log/x", false)]
    [InlineData("/bin/sh", true)]
    [InlineData("bash -l", true)]
    [InlineData("/busybox/sh", true)]
    [InlineData("/busybox/cat", true)]
    [InlineData("sh -c cat", true)]
    [InlineData("sh|-c|sleep infinity", true)]
    [InlineData("sh|-c|while true; do sleep 30; done;", true)]
    [InlineData("sh|-c|trap : TERM INT; sleep infinity & wait", true)]
    [InlineData("bash|-c|exec sleep 1d", true)]
    [InlineData("sh|-c|sleep 30; stress-ng --vm 2", false)]
    [InlineData("sh|-c|mongod", false)]
    [InlineData("sh script.sh", false)]
    [InlineData("dockerd", false)]
    [InlineData("tini -- sleep infinity", true)]
    [InlineData("", false)]
    public void Only_what_does_nothing_but_wait_is_idle(string command, bool isIdle)
    {
        var words = command.Split(command.Contains('|', StringComparison.Ordinal) ? '|' : ' ', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(isIdle, IdleCommand.IsIdle(words));
    }

    [Fact]
    public void With_our_image_the_agents_container_brings_the_program_itself_and_no_container_is_added()
    {
        var pod = Build("""
            spec:
              containers:
              - {name: tools, image: busybox, command: [sleep], args: [infinity], workingDir: /src}
              - {name: db, image: mongo}
            """);

        Assert.Equal(["tools", "db", "jnlp"], Names(pod, "containers"));
        Assert.Null(pod["spec"]!["initContainers"]);
        Equal("""["slipway-agent","install","/run/slipway","--","/run/slipway/slipway-agent"]""", Container(pod, "jnlp")["command"]);
        Equal($$"""["/bin/sh","-c",{{JsonValue.Create(Wait).ToJsonString()}},"/run/slipway/slipway-agent","shim","--socket","/run/slipway/tools.sock","--workdir","/src"]""", Container(pod, "tools")["command"]);
        Assert.Null(Container(pod, "tools")["args"]);
        Assert.Null(Container(pod, "db")["command"]);
        Assert.All(["jnlp", "tools", "db"], name => Assert.Contains(Container(pod, name)["volumeMounts"]!.AsArray(), mount => mount!["mountPath"]!.ToString() == "/run/slipway"));
        Assert.Equal("""{"tools":"Shim","db":"Exec","jnlp":"Agent"}""", pod["metadata"]!["annotations"]!["slipway/containers"]!.ToString());
        Assert.Equal(("jnlp", "1"), (Variable(pod, "jnlp", "SLIPWAY_CONTAINER"), Variable(pod, "jnlp", "SLIPWAY_ONE_SHOT")));
    }

    [Fact]
    public void In_any_other_image_the_agent_waits_for_a_tiny_container_and_keeps_the_arguments_of_the_template()
    {
        var pod = Build("""
            spec:
              containers:
              - {name: jnlp, image: "jenkins/inbound-agent:4.10-3", args: ["^${computer.jnlpmac}", "^${computer.name}"]}
            """);

        Assert.Equal(["slipway-agent", "jnlp"], Names(pod, "containers"));
        Equal($$"""["/bin/sh","-c",{{JsonValue.Create(Wait).ToJsonString()}},"/run/slipway/slipway-agent","s3cret","p-1"]""", Container(pod, "jnlp")["command"]);
        Equal("""["slipway-agent","install","/run/slipway"]""", Container(pod, "slipway-agent")["command"]);
        Equal("""{"requests":{"cpu":"10m","memory":"16Mi"}}""", Container(pod, "slipway-agent")["resources"]);
        Equal("""{"allowPrivilegeEscalation":false,"runAsNonRoot":true,"capabilities":{"drop":["ALL"]},"seccompProfile":{"type":"RuntimeDefault"}}""", Container(pod, "slipway-agent")["securityContext"]);
    }

    [Fact]
    public void A_command_of_the_agents_container_was_meant_for_another_program_so_its_arguments_are_left_out()
    {
        var pod = Build("""
            spec:
              containers:
              - {name: maven, image: "maven:3", command: [sleep], args: [99d]}
            """, new PodTemplate { Name = "t", AgentContainer = "maven" });

        Equal($$"""["/bin/sh","-c",{{JsonValue.Create(Wait).ToJsonString()}},"/run/slipway/slipway-agent"]""", Container(pod, "maven")["command"]);
        Assert.Null(Container(pod, "maven")["args"]);
    }

    [Fact]
    public void Arguments_alone_leave_the_images_entry_point_in_place()
    {
        var pod = Build("""
            spec:
              containers:
              - {name: maven, image: "maven:3", args: [cat]}
            """);

        Assert.Null(Container(pod, "maven")["command"]);
        Assert.Equal("/bin/sh", Container(pod, "maven")["args"]![0]!.ToString());
    }

    [Fact]
    public void With_an_init_container_nothing_waits_and_no_shell_is_needed()
    {
        var pod = Build("""
            spec:
              initContainers:
              - {name: prepare, image: busybox}
              containers:
              - {name: tools, image: distroless, command: [sleep, infinity]}
            """, usesInitContainer: true);

        Assert.Equal(["slipway-agent", "prepare"], Names(pod, "initContainers"));
        Equal("""["/run/slipway/slipway-agent"]""", Container(pod, "jnlp")["command"]);
        Equal("""["/run/slipway/slipway-agent","shim","--socket","/run/slipway/tools.sock","--workdir","/home/jenkins/agent"]""", Container(pod, "tools")["command"]);
    }

    [Fact]
    public void The_image_from_the_clouds_own_registry_is_ours_too()
    {
        var pod = Build("spec: {}", cloud: new KubernetesCloudSettings { Jnlpregistry = "registry.example.com/mirror/" });

        Assert.Equal("registry.example.com/mirror/slipway/agent:1", Container(pod, "jnlp")["image"]!.ToString());
        Assert.Equal(["jnlp"], Names(pod, "containers"));
    }

    [Fact]
    public void The_pod_is_shown_as_yaml_that_reads_back_as_the_same_pod_without_the_secret()
    {
        var pod = Build("""
            spec:
              containers:
              - {name: jnlp, image: "x", args: ["^${computer.jnlpmac}"]}
              - {name: tools, image: busybox, command: [sh, -c, "echo \"a\\b\"\nexit"], env: [{name: N, value: "1"}, {name: E}], tty: true}
            """);

        var text = PodText.Write(pod, "s3cret");

        Assert.DoesNotContain("s3cret", text, StringComparison.Ordinal);
        Assert.Contains("image: \"busybox\"\n", text, StringComparison.Ordinal);
        Assert.Equal(pod.ToJsonString().Replace("s3cret", "********", StringComparison.Ordinal), PodYaml.Parse(text).ToJsonString());
    }

    private static JsonObject Build(string yaml, PodTemplate? template = null, KubernetesCloudSettings? cloud = null, bool usesInitContainer = false)
    {
        var context = new PodContext("p-1", "s3cret", "tests", "http://controller/", "slipway/agent:1", DateTimeOffset.UnixEpoch);
        return PodBuilder.Build((template ?? new PodTemplate { Name = "t" }) with { Yamls = [yaml] }, cloud ?? new KubernetesCloudSettings(), context, new AgentInjection("slipway/agent:1", usesInitContainer)).Pod;
    }

    private static JsonObject Container(JsonObject pod, string name) => pod["spec"]!["containers"]!.AsArray().OfType<JsonObject>().Single(container => container["name"]!.ToString() == name);

    private static IEnumerable<string> Names(JsonObject pod, string kind) => pod["spec"]![kind]!.AsArray().Select(container => container!["name"]!.ToString());

    private static string? Variable(JsonObject pod, string container, string name) => Container(pod, container)["env"]!.AsArray().Single(variable => variable!["name"]!.ToString() == name)!["value"]?.ToString();

    private static void Equal(string expected, JsonNode? actual) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"expected {expected}\nactual {actual?.ToJsonString()}");
}
