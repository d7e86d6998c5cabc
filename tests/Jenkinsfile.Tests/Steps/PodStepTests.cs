using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;
using Slipway.Testing;

namespace Slipway.Jenkinsfile.Tests.Steps;

/// <summary>What <c>podTemplate</c>, <c>container</c> and <c>containerLog</c> ask for and say.</summary>
public sealed class PodStepTests
{
    internal static FakeWorld World(params IReadOnlyList<string> containers) => new()
    {
        Shell = shell => new ShellEnded(0, shell.CaptureOutput ? "out\n" : null),
        Pod = node => new NodePod("kubernetes", "ci", "pod-1", "jnlp", [.. containers, "jnlp"]),
    };

    private static async Task<ScriptRun> RunAsync(string script, FakeWorld? world = null)
    {
        var run = await ScriptRun.ExecuteAsync(script, world ?? World());
        Assert.True(run.Result == RunResult.Success, run.Log);
        return run;
    }

    private static async Task<string> ErrorOf(string script, FakeWorld? world = null)
    {
        var run = await ScriptRun.ExecuteAsync(script, world ?? World());
        Assert.True(run.Result == RunResult.Failure, run.Log);
        return run.Finished!.Error!;
    }

    private static IEnumerable<T> Asked<T>(ScriptRun run)
        where T : Effect => run.World.Performed.Select(p => p.Request).OfType<T>();

    private static IEnumerable<RunShell> Scripts(ScriptRun run) => Asked<OnNode>(run).Select(o => o.Operation).OfType<RunShell>();

    private static async Task<DeclaredPodTemplate> TemplateOf(string arguments) =>
        Assert.Single(Asked<AllocateNode>(await RunAsync($"podTemplate({arguments}) {{ node(POD_LABEL) {{ }} }}")).Single().Templates);

    private static async Task<string> SettingsOf(string arguments) => (await TemplateOf(arguments)).Settings;

    [Fact]
    public async Task A_template_is_named_after_the_run_and_asked_for_by_its_label()
    {
        var run = await RunAsync("podTemplate { node(POD_LABEL) { sh 'x' } }");
        var node = Asked<AllocateNode>(run).Single();

        Assert.Matches("^team_app_12-[a-z0-9]{5}$", node.Label);
        Assert.Equal(new DeclaredPodTemplate(node.Label!, node.Label!, null, "{}"), Assert.Single(node.Templates));
    }

    [Fact]
    public async Task Each_template_of_a_run_has_a_name_of_its_own_that_another_execution_comes_to_as_well()
    {
        const string Script = "3.times { podTemplate { node(POD_LABEL) { } } }";
        var names = Asked<AllocateNode>(await RunAsync(Script)).Select(n => n.Label).ToList();

        Assert.Equal(3, names.Distinct().Count());
        Assert.Equal(names, Asked<AllocateNode>(await RunAsync(Script)).Select(n => n.Label));
    }

    [Theory]
    [InlineData("name: 'build'", "^build-[a-z0-9]{5}$", "^build-[a-z0-9]{5}$")]
    [InlineData("label: 'mine'", "^team_app_12-[a-z0-9]{5}$", "^mine$")]
    [InlineData("label: 'one two'", "^team_app_12-[a-z0-9]{5}$", "^one two$")]
    [InlineData("label: ''", "^team_app_12-[a-z0-9]{5}$", "^team_app_12-[a-z0-9]{5}$")]
    [InlineData("name: 'my pod.x'", "^my pod\\.x-[a-z0-9]{5}$", "^my_pod_x-[a-z0-9]{5}$")]
    public async Task Names_and_labels_may_be_given(string arguments, string name, string label)
    {
        var template = await TemplateOf(arguments);

        Assert.Matches(name, template.Name);
        Assert.Matches(label, template.Label);
    }

    [Fact]
    public async Task A_long_name_keeps_its_end_as_a_label()
    {
        var template = await TemplateOf($"name: '{new string('-', 60)}end'");

        Assert.Equal(63, template.Label.Length);
        Assert.EndsWith("end" + template.Name[^6..], template.Label, StringComparison.Ordinal);
        Assert.StartsWith("x-", template.Label, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "{}")]
    [InlineData("namespace: 'n', serviceAccount: 's', nodeSelector: 'a=b', nodeUsageMode: 'normal'", """{"namespace":"n","serviceAccount":"s","nodeSelector":"a=b","nodeUsageMode":"NORMAL"}""")]
    [InlineData("instanceCap: 3, slaveConnectTimeout: 60, idleMinutes: 5, activeDeadlineSeconds: 90", """{"instanceCap":3,"slaveConnectTimeout":60,"idleMinutes":5,"activeDeadlineSeconds":90}""")]
    [InlineData("runAsUser: '1000', runAsGroup: '0', supplementalGroups: '1,2', hostNetwork: true", """{"runAsUser":"1000","runAsGroup":"0","supplementalGroups":"1,2","hostNetwork":true}""")]
    [InlineData("schedulerName: 's', agentContainer: 'maven', agentInjection: true", """{"schedulerName":"s","agentContainer":"maven","agentInjection":true}""")]
    [InlineData("yaml: 'spec: {}', yamlMergeStrategy: merge(), inheritYamlMergeStrategy: true, showRawYaml: false", """{"yaml":"spec: {}","inheritYamlMergeStrategy":true,"showRawYaml":false,"yamlMergeStrategy":"merge"}""")]
    [InlineData("yaml: '''é \"x\" <b>'''", """{"yaml":"é \"x\" <b>"}""")]
    [InlineData("podRetention: onFailure()", """{"podRetention":"onFailure"}""")]
    [InlineData("podRetention: 'Always'", """{"podRetention":"always"}""")]
    [InlineData("podRetention: [$class: 'Never'], yamlMergeStrategy: [$class: 'Overrides']", """{"podRetention":"never","yamlMergeStrategy":"override"}""")]
    [InlineData("annotations: [podAnnotation(key: 'a', value: 'b'), [key: 'c', value: 'd']]", """{"annotations":[{"key":"a","value":"b"},{"key":"c","value":"d"}]}""")]
    [InlineData("imagePullSecrets: ['one', [name: 'two'], imagePullSecret('three')]", """{"imagePullSecrets":[{"name":"one"},{"name":"two"},{"name":"three"}]}""")]
    [InlineData("inheritFrom: 'a b', serviceAccount: null", """{"inheritFrom":"a b"}""")]
    public async Task Settings_are_those_of_Configuration_as_Code(string arguments, string expected) => Assert.Equal(expected, await SettingsOf(arguments));

    [Theory]
    [InlineData("envVar(key: 'A', value: 'b')", """{"envVar":{"key":"A","value":"b"}}""")]
    [InlineData("podEnvVar(key: 'A', value: 'b')", """{"envVar":{"key":"A","value":"b"}}""")]
    [InlineData("containerEnvVar(key: 'A', value: 'b')", """{"envVar":{"key":"A","value":"b"}}""")]
    [InlineData("[key: 'A', value: 'b']", """{"envVar":{"key":"A","value":"b"}}""")]
    [InlineData("[$class: 'KeyValueEnvVar', key: 'A', value: 'b']", """{"envVar":{"key":"A","value":"b"}}""")]
    [InlineData("secretEnvVar(key: 'A', secretName: 's', secretKey: 'k', optional: true)", """{"secretEnvVar":{"key":"A","secretName":"s","secretKey":"k","optional":true}}""")]
    public async Task Variables_are_written_by_their_kind(string variable, string expected) => Assert.Equal($$"""{"envVars":[{{expected}}]}""", await SettingsOf($"envVars: [{variable}]"));

    [Theory]
    [InlineData("emptyDirVolume(mountPath: '/x', memory: true)", """{"emptyDirVolume":{"mountPath":"/x","memory":true}}""")]
    [InlineData("hostPathVolume(hostPath: '/h', mountPath: '/x', readOnly: true)", """{"hostPathVolume":{"hostPath":"/h","mountPath":"/x","readOnly":true}}""")]
    [InlineData("configMapVolume(configMapName: 'c', mountPath: '/x', subPath: 's')", """{"configMapVolume":{"configMapName":"c","mountPath":"/x","subPath":"s"}}""")]
    [InlineData("secretVolume(secretName: 'c', mountPath: '/x', defaultMode: '0400')", """{"secretVolume":{"secretName":"c","mountPath":"/x","defaultMode":"0400"}}""")]
    [InlineData("nfsVolume(serverAddress: 'a', serverPath: '/p', mountPath: '/x')", """{"nfsVolume":{"serverAddress":"a","serverPath":"/p","mountPath":"/x"}}""")]
    [InlineData("persistentVolumeClaim(claimName: 'c', mountPath: '/x')", """{"persistentVolumeClaim":{"claimName":"c","mountPath":"/x"}}""")]
    [InlineData("genericEphemeralVolume(accessModes: 'ReadWriteOnce', mountPath: '/x', requestsSize: '1Gi')", """{"genericEphemeralVolume":{"accessModes":"ReadWriteOnce","mountPath":"/x","requestsSize":"1Gi"}}""")]
    [InlineData("dynamicPVC(mountPath: '/x')", """{"dynamicPVC":{"mountPath":"/x"}}""")]
    [InlineData("[$class: 'HostPathVolume', hostPath: '/h', mountPath: '/x']", """{"hostPathVolume":{"hostPath":"/h","mountPath":"/x"}}""")]
    public async Task Volumes_are_written_by_their_kind(string volume, string expected) => Assert.Equal($$"""{"volumes":[{{expected}}]}""", await SettingsOf($"volumes: [{volume}]"));

    [Theory]
    [InlineData("dynamicPVC(requestsSize: '10Gi')", """{"dynamicPVC":{"requestsSize":"10Gi"}}""")]
    [InlineData("emptyDirWorkspaceVolume(memory: false)", """{"emptyDirWorkspaceVolume":{"memory":false}}""")]
    [InlineData("emptyDirWorkspaceVolume()", """{"emptyDirWorkspaceVolume":{}}""")]
    [InlineData("hostPathWorkspaceVolume('/h')", """{"hostPathWorkspaceVolume":{"hostPath":"/h"}}""")]
    [InlineData("nfsWorkspaceVolume(serverAddress: 'a', serverPath: '/p')", """{"nfsWorkspaceVolume":{"serverAddress":"a","serverPath":"/p"}}""")]
    [InlineData("persistentVolumeClaimWorkspaceVolume(claimName: 'c')", """{"persistentVolumeClaimWorkspaceVolume":{"claimName":"c"}}""")]
    [InlineData("genericEphemeralVolume(requestsSize: '1Gi')", """{"genericEphemeralVolume":{"requestsSize":"1Gi"}}""")]
    public async Task The_workspace_volume_is_written_by_its_kind(string volume, string expected) =>
        Assert.Equal($$"""{"workspaceVolume":{{expected}}}""", await SettingsOf($"workspaceVolume: {volume}"));

    [Theory]
    [InlineData("containerTemplate(name: 'a', image: 'i', ttyEnabled: true, command: 'cat')", """{"name":"a","image":"i","ttyEnabled":true,"command":"cat"}""")]
    [InlineData("[$class: 'ContainerTemplate', name: 'a', image: 'i']", """{"name":"a","image":"i"}""")]
    [InlineData("[name: 'a', image: 'i', resourceLimitMemory: '1Gi']", """{"name":"a","image":"i","resourceLimitMemory":"1Gi"}""")]
    [InlineData("containerTemplate(name: 'a', envVars: [envVar(key: 'A', value: 'b')])", """{"name":"a","envVars":[{"envVar":{"key":"A","value":"b"}}]}""")]
    [InlineData("containerTemplate(name: 'a', ports: [portMapping(name: 'p', containerPort: 80, hostPort: 81)])", """{"name":"a","ports":[{"name":"p","containerPort":80,"hostPort":81}]}""")]
    [InlineData("containerTemplate(name: 'a', livenessProbe: containerLivenessProbe(execArgs: 'x', periodSeconds: 3))", """{"name":"a","livenessProbe":{"execArgs":"x","periodSeconds":3}}""")]
    public async Task Containers_are_plain_objects(string container, string expected) => Assert.Equal($$"""{"containers":[{{expected}}]}""", await SettingsOf($"containers: [{container}]"));

    [Fact]
    public async Task The_working_directory_holds_for_the_agents_container_and_those_without_one()
    {
        var settings = JsonNode.Parse(await SettingsOf("workingDir: '/w', containers: [containerTemplate(name: 'a'), containerTemplate(name: 'b', workingDir: '/own')]"))!;

        Assert.Equal("""[{"name":"a","workingDir":"/w"},{"name":"b","workingDir":"/own"},{"name":"jnlp","workingDir":"/w"}]""", settings["containers"]!.ToJsonString());
    }

    [Theory]
    [InlineData("podTemplate(contaners: []) { }", "podTemplate has no parameter 'contaners'. Did you mean 'containers'?")]
    [InlineData("podTemplate(containers: [containerTemplate(nam: 'x')]) { }", "containerTemplate has no parameter 'nam'. Did you mean 'name'?")]
    [InlineData("podTemplate(containers: [containerTemplate(image: 'x')]) { }", "Missing required parameter: \"name\" of containerTemplate.")]
    [InlineData("podTemplate(containers: [containerTemplate(name: 'Bad_!'), containerTemplate(name: 'fine'), containerTemplate(name: 'w0rse_')]) { }",
        "Container Names MUST match RFC 1123 - They can only contain lowercase letters, numbers or dashes: Bad_!, w0rse_")]
    [InlineData("podTemplate(volumes: [emptyDirVolume()]) { }", "emptyDirVolume in volumes needs mountPath")]
    [InlineData("podTemplate(volumes: [envVar(key: 'a')]) { }", "podTemplate: volumes cannot use 'envVar'.")]
    [InlineData("podTemplate(workspaceVolume: dynamicPVC(mountPath: '/x')) { }", "dynamicPVC as workspaceVolume takes no mountPath")]
    [InlineData("podTemplate(podRetention: 'alway') { }", "podTemplate: podRetention cannot be 'alway'. Did you mean 'always'?")]
    [InlineData("podTemplate(idleMinutes: 'soon') { }", "the parameter 'idleMinutes' expects a whole number")]
    [InlineData("podTemplate(nodeProperties: []) { }", "the parameter 'nodeProperties' is not supported")]
    [InlineData("podTemplate(label: 'x')", "podTemplate step must be called with a body")]
    [InlineData("podTemplate { container('x') { } }", "Perhaps you forgot to surround the step with a step that provides this, such as: node")]
    public async Task What_is_wrong_is_said_before_any_pod(string script, string expected)
    {
        var run = await ScriptRun.ExecuteAsync(script, World());

        Assert.Contains(expected, run.Finished!.Error, StringComparison.Ordinal);
        Assert.Empty(run.World.Performed);
    }

    [Fact]
    public async Task Templates_inside_inherit_from_those_around_unless_they_say_otherwise()
    {
        var run = await RunAsync(
            """
            podTemplate(cloud: 'two', label: 'outer') {
              podTemplate(label: 'inner') { node(POD_LABEL) { } }
              podTemplate(inheritFrom: '', label: 'alone') { node(POD_LABEL) { } }
              podTemplate(inheritFrom: 'other', cloud: 'one', label: 'adopted') { node(POD_LABEL) { } }
              node(POD_LABEL) { }
            }
            node('outer') { }
            """);
        var nodes = Asked<AllocateNode>(run).ToList();

        Assert.Equal(["inner", "alone", "adopted", "outer", "outer"], nodes.Select(n => n.Label));
        Assert.Equal(["outer", "inner"], nodes[0].Templates.Select(t => t.Label));
        Assert.Equal(["two", "two"], nodes[0].Templates.Select(t => t.Cloud));
        Assert.Equal($$"""{"inheritFrom":"{{nodes[0].Templates[0].Name}}"}""", nodes[0].Templates[1].Settings);
        Assert.Equal(("""{"inheritFrom":""}""", (string?)null), (nodes[1].Templates[1].Settings, nodes[1].Templates[1].Cloud));
        Assert.Equal(("""{"inheritFrom":"other"}""", "one"), (nodes[2].Templates[1].Settings, nodes[2].Templates[1].Cloud));
        Assert.Single(nodes[3].Templates);
        Assert.Empty(nodes[4].Templates);
    }

    [Fact]
    public async Task Several_labels_are_asked_for_together()
    {
        var node = Asked<AllocateNode>(await RunAsync("podTemplate(label: 'one two') { node(POD_LABEL) { } }")).Single();

        Assert.Equal("one && two", node.Label);
    }

    [Fact]
    public async Task Scripts_run_in_the_container_and_everything_else_in_the_agents()
    {
        var run = await RunAsync("node { container('maven') { sh 'inside'; writeFile file: 'x', text: 'y'; git 'https://git.example/x.git' }; sh 'outside' }", World("maven"));

        Assert.Equal([("inside", "maven"), ("outside", null)], Scripts(run).Select(s => (s.Script, s.Surroundings.Container)));
        Assert.All(Asked<OnNode>(run).Select(o => o.Operation).Where(o => o is not RunShell), o => Assert.Null(o.Surroundings.Container));
    }

    [Fact]
    public async Task A_container_begins_with_its_own_environment()
    {
        var world = World("maven");
        world.ContainerEnvironments["maven"] = new Dictionary<string, string> { ["PATH"] = "/maven/bin", ["MAVEN_HOME"] = "/maven" };
        var run = await RunAsync(
            """
            node {
              withEnv(['PATH+X=/x']) {
                container('maven') { echo "in ${env.POD_CONTAINER}: ${env.PATH} ${env.MAVEN_HOME} ${env.HOME}"; sh 'x' }
                echo "out ${env.POD_CONTAINER}: ${env.PATH} ${env.MAVEN_HOME}"
              }
            }
            """,
            world);

        Assert.Contains("in maven: /x:/maven/bin /maven null\n", run.Log, StringComparison.Ordinal);
        Assert.Contains("out jnlp: /x:/usr/bin:/bin null\n", run.Log, StringComparison.Ordinal);
        var environment = Scripts(run).Single().Surroundings.Environment;
        Assert.Equal(("/x:/maven/bin", "maven"), (environment["PATH"], environment["POD_CONTAINER"]));
        Assert.False(environment.ContainsKey("MAVEN_HOME") || environment.ContainsKey("HOME"));
    }

    [Fact]
    public async Task The_innermost_container_holds_and_that_of_the_agent_is_none()
    {
        var run = await RunAsync("node { container('a') { container('b') { sh '1' }; container('jnlp') { sh '2'; echo env.POD_CONTAINER }; sh '3' } }", World("a", "b"));

        Assert.Equal([("1", "b"), ("2", null), ("3", "a")], Scripts(run).Select(s => (s.Script, s.Surroundings.Container)));
        Assert.Contains("echo\njnlp\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_is_opened_once_for_a_node_and_its_warning_shown_once()
    {
        var world = World("db");
        world.Answer = e => e.Request is OnNode { Operation: OpenContainer } ? new OperationEnded(new ContainerOpened(new Dictionary<string, string>(), "db is reached otherwise")) : null;
        var run = await RunAsync("2.times { node { container('db') { sh '1' }; container('db') { sh '2' } } }", world);

        Assert.Equal(2, Asked<OnNode>(run).Count(o => o.Operation is OpenContainer { Container: "db" }));
        Assert.Equal(3, run.Log.Split("WARNING: db is reached otherwise").Length);
    }

    [Fact]
    public async Task A_node_inside_of_a_container_starts_in_its_own_agent()
    {
        var run = await RunAsync("node { container('a') { node { sh 'x' } } }", World("a"));

        Assert.Null(Scripts(run).Single().Surroundings.Container);
    }

    [Fact]
    public async Task Scripts_are_given_to_the_shell_of_the_container_step()
    {
        var run = await RunAsync("node { container(name: 'a', shell: '/bin/bash') { sh 'x' }; sh 'y' }", World("a"));

        Assert.Equal([("x", "/bin/bash"), ("y", null)], Scripts(run).Select(s => (s.Script, s.Shell)));
    }

    [Fact]
    public async Task The_first_script_in_a_container_that_is_not_there_fails_with_those_that_are()
    {
        var run = await RunAsync("node { container('mavn') { try { sh 'x' } catch (e) { echo e.message } } }", World("maven", "golang"));

        Assert.Contains("echo\ncontainer [mavn] does not exist in pod [pod-1]. Did you mean 'maven'? Its containers: maven, golang, jnlp.\n", run.Log, StringComparison.Ordinal);
        Assert.Empty(Asked<OnNode>(run));
    }

    [Theory]
    [InlineData("container('x') { }")]
    [InlineData("containerLog 'x'")]
    public async Task A_node_that_is_no_pod_has_no_containers(string step)
    {
        var world = World();
        world.Pod = _ => null;

        Assert.StartsWith("Node is not a Kubernetes node: agent-1. ", await ErrorOf($"node {{ {step} }}", world), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_of_a_container_is_shown_or_returned()
    {
        var world = World("db");
        world.ContainerLogs["db"] = "ready\n";
        var run = await RunAsync("node { containerLog 'db'; echo '<' + containerLog(name: 'db', returnLog: true, tailingLines: 5, sinceSeconds: 20, limitBytes: 50000) + '>' }", world);

        Assert.Contains("[Pipeline] containerLog\nready\n", run.Log, StringComparison.Ordinal);
        Assert.Contains("<ready\n>\n", run.Log, StringComparison.Ordinal);
        Assert.Equal([new ReadContainerLog(1, "db", null, null, null), new ReadContainerLog(1, "db", 5, 20, 50000)], Asked<ReadContainerLog>(run));
    }

    [Fact]
    public async Task The_log_of_a_container_that_is_not_there_fails_with_those_that_are() =>
        Assert.Equal("container [x] does not exist in pod [pod-1]. Its containers: db, jnlp.", await ErrorOf("node { containerLog 'x' }", World("db")));

    [Fact]
    public async Task What_comes_from_a_Secret_is_masked_where_it_is_seen()
    {
        var world = World("a");
        world.AgentEnvironment = new Dictionary<string, string> { ["AGENT_TOKEN"] = "agent-pa55", ["PLAIN"] = "plain" };
        world.ContainerEnvironments["a"] = new Dictionary<string, string> { ["TOKEN"] = "container-pa55", ["EMPTY"] = "" };
        world.Pod = _ => new NodePod("kubernetes", "ci", "pod-1", "jnlp", ["a", "jnlp"])
        {
            SecretVariables = new Dictionary<string, IReadOnlyList<string>> { ["a"] = ["TOKEN", "EMPTY", "ABSENT"], ["jnlp"] = ["AGENT_TOKEN"] },
        };
        var run = await RunAsync("node { echo \"$AGENT_TOKEN $PLAIN\"; container('a') { echo env.TOKEN; sh 'x' }; sh 'y' }", world);

        Assert.Contains("echo\n**** plain\n", run.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("pa55", run.Log, StringComparison.Ordinal);
        Assert.Equal(["agent-pa55", "container-pa55"], Scripts(run).First().Surroundings.Masked);
        Assert.Equal(["agent-pa55"], Scripts(run).Last().Surroundings.Masked);
    }

    [Fact]
    public async Task A_run_with_pods_goes_on_from_its_journal()
    {
        const string Script = "podTemplate(containers: [containerTemplate(name: 'a')]) { node(POD_LABEL) { container('a') { sh '1' }; sleep 1; container('a') { sh '2' } } }";
        var whole = await RunAsync(Script, World("a"));
        for (var cut = 1; cut < whole.Recorder.Entries.Count; cut++)
        {
            var world = World("a");
            world.Resume(whole.Recorder.Entries.Take(cut));
            var resumed = new ScriptRun { Program = whole.Program, World = world };
            await resumed.ExecuteAsync(InMemoryRecorder.After(whole.Recorder, cut, () => world.Now), TestContext.Current.CancellationToken);

            Assert.Equal(whole.Log, resumed.Log);
            Assert.Equal(whole.Finished, resumed.Finished);
            Assert.Empty(world.HeldNodes);
        }
    }

    [Fact]
    public void Settings_that_a_journal_holds_read_back_the_same()
    {
        Effect effect = new AllocateNode("x", null) { Templates = [new("n", "x", null, """{"yaml":"a: \"b\""}""")] };
        var read = JsonSerializer.Deserialize(JsonSerializer.Serialize(effect, ModelJson.Default.Effect), ModelJson.Default.Effect);

        Assert.Equal(((AllocateNode)effect).Templates, ((AllocateNode)read!).Templates);
    }
}
