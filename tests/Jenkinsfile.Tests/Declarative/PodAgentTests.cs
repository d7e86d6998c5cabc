using System.Text.Json.Nodes;
using Slipway.Jenkinsfile.Tests.Steps;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;
using Slipway.Testing;

namespace Slipway.Jenkinsfile.Tests.Declarative;

/// <summary><c>agent { kubernetes { … } }</c>, and the option <c>retries</c> of agents.</summary>
public sealed class PodAgentTests
{
    private static readonly ScmRevision Repository = new("https://git.example/app.git", "0123456789abcdef0123456789abcdef01234567", "main", null, ["*/main"]);

    private static string Pipeline(string agent, string steps = "sh 'x'") => $"pipeline {{ agent {{ {agent} }}\nstages {{ stage('a') {{ steps {{ {steps} }} }} }} }}";

    private static async Task<ScriptRun> RunAsync(string script, FakeWorld? world = null, ScmRevision? scm = null) =>
        await ScriptRun.ExecuteAsync(ScriptRun.NewProgram(script) with { Scm = scm }, world ?? PodStepTests.World("maven", "golang"));

    private static AllocateNode Node(ScriptRun run)
    {
        Assert.True(run.Result == RunResult.Success, run.Log);
        return run.World.Performed.Select(p => p.Request).OfType<AllocateNode>().First();
    }

    private static IEnumerable<(string, string?)> Scripts(ScriptRun run) =>
        run.World.Performed.Select(p => p.Request).OfType<OnNode>().Select(o => o.Operation).OfType<RunShell>().Select(s => (s.Script, s.Surroundings.Container));

    [Theory]
    [InlineData("kubernetes { yaml 'spec: {}' }", """{"yaml":"spec: {}"}""")]
    [InlineData("kubernetes { inheritFrom 'base other' }", """{"inheritFrom":"base other"}""")]
    [InlineData("kubernetes { containerTemplate { name 'maven'\nimage \"m:${1 + 1}\"\nttyEnabled true } }", """{"containers":[{"name":"maven","image":"m:2","ttyEnabled":true}]}""")]
    [InlineData("kubernetes { containerTemplate(name: 'maven', image: 'm') }", """{"containers":[{"name":"maven","image":"m"}]}""")]
    [InlineData("kubernetes { containerTemplates([containerTemplate(name: 'a', image: 'm'), containerTemplate(name: 'b', image: 'n')]) }",
        """{"containers":[{"name":"a","image":"m"},{"name":"b","image":"n"}]}""")]
    [InlineData("kubernetes { idleMinutes 3\nactiveDeadlineSeconds 60\npodRetention onFailure()\nworkspaceVolume dynamicPVC(requestsSize: '1Gi')\nyamlMergeStrategy override()\nyaml 'a: b' }",
        """{"idleMinutes":3,"activeDeadlineSeconds":60,"yaml":"a: b","workspaceVolume":{"dynamicPVC":{"requestsSize":"1Gi"}},"podRetention":"onFailure","yamlMergeStrategy":"override"}""")]
    [InlineData("kubernetes { namespace 'n'\nserviceAccount 's'\nnodeSelector 'a=b'\nslaveConnectTimeout 5\ninstanceCap 2\nshowRawYaml false\nhostNetwork true\nrunAsUser '1'\nrunAsGroup '2'\nsupplementalGroups '3' }",
        """{"namespace":"n","serviceAccount":"s","nodeSelector":"a=b","instanceCap":2,"slaveConnectTimeout":5,"runAsUser":"1","runAsGroup":"2","supplementalGroups":"3","hostNetwork":true,"showRawYaml":false}""")]
    [InlineData("kubernetes { agentContainer 'maven'\nagentInjection true\nschedulerName 'x'\ninheritYamlMergeStrategy true\nimagePullSecrets(['r']) }",
        """{"schedulerName":"x","agentContainer":"maven","agentInjection":true,"inheritYamlMergeStrategy":true,"imagePullSecrets":[{"name":"r"}]}""")]
    public async Task Its_options_are_those_of_a_pod_template(string agent, string settings)
    {
        var node = Node(await RunAsync(Pipeline(agent)));
        var template = Assert.Single(node.Templates);

        Assert.Equal(JsonNode.Parse(settings)!.ToJsonString(), JsonNode.Parse(template.Settings)!.ToJsonString());
        Assert.Equal(template.Label, node.Label);
    }

    [Fact]
    public async Task The_cloud_and_a_label_are_the_templates_own()
    {
        var node = Node(await RunAsync(Pipeline("kubernetes { cloud 'k'\nlabel 'mine'\nyaml 'a: b' }")));

        Assert.Equal(("mine", "k"), (node.Templates[0].Label, node.Templates[0].Cloud));
        Assert.Equal("mine", node.Label);
    }

    [Theory]
    [InlineData("kubernetes { label 'configured' }")]
    [InlineData("kubernetes { label 'configured'\ndefaultContainer 'maven' }")]
    [InlineData("kubernetes 'configured'")]
    public async Task A_label_alone_is_that_of_a_configured_template(string agent)
    {
        var node = Node(await RunAsync(Pipeline(agent)));

        Assert.Equal("configured", node.Label);
        Assert.Empty(node.Templates);
    }

    [Fact]
    public async Task The_default_container_holds_for_the_steps_and_the_checkout_is_the_agents()
    {
        var run = await RunAsync(Pipeline("kubernetes { defaultContainer 'maven'\ncustomWorkspace 'some/path' }", "sh '1'; container('golang') { sh '2' }; container('jnlp') { sh '3' }"), scm: Repository);

        Assert.Equal("some/path", Node(run).CustomWorkspace);
        Assert.Equal([("1", "maven"), ("2", "golang"), ("3", null)], Scripts(run));
        Assert.True(run.Log.IndexOf("[Pipeline] checkout", StringComparison.Ordinal) < run.Log.IndexOf("[Pipeline] container", StringComparison.Ordinal), run.Log);
    }

    [Theory]
    [InlineData("containerTemplate { name 'maven'\nimage 'm' }", "maven")]
    [InlineData("containerTemplate { name 'maven'\nimage 'm' }\ndefaultContainer 'golang'", "golang")]
    [InlineData("containerTemplate(name: 'jnlp', image: 'm')", null)]
    [InlineData("yaml 'a: b'\ndefaultContainer 'jnlp'", null)]
    [InlineData("containerTemplates([containerTemplate(name: 'maven')])", null)]
    public async Task Steps_run_in_the_only_container_that_is_described(string options, string? container)
    {
        var run = await RunAsync(Pipeline($"kubernetes {{ {options} }}"));

        Assert.True(run.Result == RunResult.Success, run.Log);
        Assert.Equal([("x", container)], Scripts(run));
        Assert.Equal(container is not null, run.Log.Contains("[Pipeline] container\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stage_has_a_pod_of_its_own()
    {
        var run = await RunAsync(
            """
            pipeline {
              agent none
              stages {
                stage('a') { agent { kubernetes { yaml 'a: b'; defaultContainer 'maven' } }
                             steps { sh '1' } }
                stage('b') { agent { kubernetes { yaml 'c: d' } }
                             steps { sh '2' } }
              }
            }
            """.Replace("; defaultContainer", "\n defaultContainer", StringComparison.Ordinal));

        Assert.True(run.Result == RunResult.Success, run.Log);
        Assert.Equal([("1", "maven"), ("2", null)], Scripts(run));
        Assert.Equal(["""{"defaultContainer":"maven","yaml":"a: b"}""", """{"yaml":"c: d"}"""], run.World.Performed.Select(p => p.Request).OfType<AllocateNode>().Select(n => n.Templates.Single().Settings));
    }

    [Fact]
    public async Task The_pods_yaml_is_read_from_the_repository()
    {
        var world = PodStepTests.World();
        world.ScriptFiles["ci/pod.yaml"] = "spec: {}\n";
        var node = Node(await RunAsync(Pipeline("kubernetes { yamlFile 'ci/pod.yaml' }"), world, Repository));

        Assert.Equal("""{"yaml":"spec: {}\n"}""", node.Templates.Single().Settings);
    }

    [Theory]
    [InlineData("idleMinutes 'soon'", "podTemplate: the parameter 'idleMinutes' expects a whole number (int) but received 'soon'")]
    [InlineData("retries 'x'", "retries expects a whole number (int) but received x")]
    [InlineData("yamlMergeStrategy 'merg'", "yamlMergeStrategy cannot be 'merg'. Did you mean 'merge'?")]
    [InlineData("podRetention sometimes()", "podRetention cannot be 'sometimes'. Known: never(), onFailure(), always(), evicted(), default().")]
    [InlineData("workspaceVolume floppy()", "workspaceVolume cannot be 'floppy'. Known: emptyDirWorkspaceVolume(), ")]
    [InlineData("containerTemplate(name: 'A_B', image: 'x')", "Container Names MUST match RFC 1123")]
    public async Task A_wrong_option_is_told_at_its_own_place(string option, string expected)
    {
        var run = await RunAsync(Pipeline($"kubernetes {{\n  yaml 'a: b'\n  {option} }}"));

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.Contains(expected, run.Log, StringComparison.Ordinal);
        Assert.Contains("Jenkinsfile:3:3", run.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Jenkinsfile:1:1", run.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(run.World.Performed, p => p.Request is AllocateNode);
    }

    [Theory]
    [InlineData("The pod template 'x' is wrong. podTemplate.yaml: The pod's YAML is wrong at line 3, column 5: oops", "Jenkinsfile:2:3: yaml")]
    [InlineData("The pod template 'x' inherits from 'nobody', which is not there.", "Jenkinsfile:3:3: inheritFrom")]
    [InlineData("something else", "Jenkinsfile:1:20: kubernetes")]
    public async Task What_no_node_comes_of_is_told_at_the_option_that_it_names(string refusal, string place)
    {
        var world = PodStepTests.World();
        world.Answer = e => e.Request is AllocateNode ? new EffectFailed(refusal, IsInfrastructure: false) : null;
        var run = await RunAsync(Pipeline("kubernetes {\n  yaml 'a: b'\n  inheritFrom 'nobody' }"), world);

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.Contains($"ERROR: {refusal} ({place})", run.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kubernetes { yamlFile 'absent.yaml' }", "absent.yaml is not in the repository.")]
    [InlineData("kubernetes { yaml 'a'\nyamlFile 'b' }", "yaml and yamlFile cannot both be given.")]
    [InlineData("kubernetes { containerTemplate { name 'a'\nimag 'b' } }", "containerTemplate has no parameter 'imag'. Did you mean 'image'?")]
    [InlineData("kubernetes { idleMinutes 'long' }", "the parameter 'idleMinutes' expects a whole number")]
    public async Task What_is_wrong_fails_before_any_pod(string agent, string expected)
    {
        var run = await RunAsync(Pipeline(agent), scm: Repository);

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.Contains(expected, run.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(run.World.Performed, p => p.Request is AllocateNode);
    }

    [Theory]
    [InlineData("kubernetes { yaml 'a: b'\nretries 2 }", true)]
    [InlineData("kubernetes { label 'configured'\nretries 2 }", true)]
    [InlineData("node { label 'x'\nretries 2 }", false)]
    public async Task Retries_start_the_whole_again_on_a_new_node(string agent, bool isPod)
    {
        var script = Pipeline(agent).Replace("stages {", "post { always { echo 'posted' }\naborted { echo 'aborted' } }\nstages { stage('first') { steps { sh 'first' } }\n", StringComparison.Ordinal);
        var run = await RunAsync(script, RetryConditionTests.Losing(isPod: isPod));

        Assert.True(run.Result == RunResult.Success, run.Log);
        Assert.Equal(["first", "x", "first", "x"], Scripts(run).Select(s => s.Item1));
        Assert.Equal(2, run.Log.Split("Retrying\n").Length);
        Assert.Equal(2, run.Log.Split("echo\nposted\n").Length);
        Assert.DoesNotContain("echo\naborted\n", run.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("skipped due to", run.Log, StringComparison.Ordinal);
        Assert.Empty(run.World.HeldNodes);
    }

    [Fact]
    public async Task Retries_of_a_stage_start_the_stage_again()
    {
        var run = await RunAsync(
            "pipeline { agent none; stages { stage('a') { agent any; steps { sh 'before' } }\nstage('b') { agent { kubernetes { yaml 'a: b'\nretries 2 } }\nsteps { sh 'x' } } } }",
            RetryConditionTests.Losing());

        Assert.True(run.Result == RunResult.Success, run.Log);
        Assert.Equal(["before", "x", "x"], Scripts(run).Select(s => s.Item1));
        Assert.Equal(FlowNodeStatus.Success, ResultTests.Ended(run, "b").Status);
    }

    [Fact]
    public async Task A_stage_with_conditions_on_its_retry_starts_again_too()
    {
        var run = await RunAsync(
            "pipeline { agent none; stages { stage('b') { options { retry(count: 2, conditions: [kubernetesAgent(), nonresumable()]) }\nagent { kubernetes { yaml 'a: b' } }\nsteps { sh 'x' } } } }",
            RetryConditionTests.Losing());

        Assert.True(run.Result == RunResult.Success, run.Log);
        Assert.Equal(["x", "x"], Scripts(run).Select(s => s.Item1));
    }

    [Fact]
    public async Task A_failure_of_the_pipeline_is_not_started_again()
    {
        var world = PodStepTests.World();
        world.Shell = _ => new ShellEnded(2, null);
        var run = await RunAsync(Pipeline("kubernetes { yaml 'a: b'\nretries 3 }"), world);

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.Single(Scripts(run));
    }

    [Fact]
    public async Task A_pod_that_is_lost_for_good_ends_the_run_as_aborted_with_its_post_actions()
    {
        var script = Pipeline("kubernetes { yaml 'a: b'\nretries 2 }").Replace("stages {", "post { aborted { echo 'aborted' } }\nstages {", StringComparison.Ordinal);
        var run = await RunAsync(script, RetryConditionTests.Losing(times: 2));

        Assert.Equal(RunResult.Aborted, run.Result);
        Assert.Equal(2, run.Log.Split("echo\naborted\n").Length);
    }

    [Fact]
    public void Docker_agents_are_refused_still()
    {
        var fault = Assert.Single(Linting.Faults("pipeline { agent { docker 'x' }\nstages { stage('a') { steps { echo 'x' } } } }"));
        Assert.Contains("The agent type \"docker\"", fault, StringComparison.Ordinal);
    }
}
