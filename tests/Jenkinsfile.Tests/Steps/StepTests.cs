using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;
using Slipway.Testing;

namespace Slipway.Jenkinsfile.Tests.Steps;

/// <summary>What single steps do and say.</summary>
public sealed class StepTests
{
    private static FakeWorld Quiet() => new() { Shell = shell => new ShellEnded(0, shell.CaptureOutput ? "out\n" : null) };

    private static async Task<string> LogOf(string script, FakeWorld? world = null)
    {
        var run = await ScriptRun.ExecuteAsync(script, world ?? Quiet());
        Assert.True(run.Result == RunResult.Success, run.Log);
        return run.Log;
    }

    private static async Task<string> FailureOf(string script, FakeWorld? world = null)
    {
        var run = await ScriptRun.ExecuteAsync(script, world ?? Quiet());
        Assert.True(run.Result == RunResult.Failure, run.Log);
        return run.Finished!.Error!;
    }

    [Fact]
    public async Task Stages_print_as_in_Jenkins()
    {
        Assert.Equal(
            "Started by user admin\n[Pipeline] Start of Pipeline\n[Pipeline] stage\n[Pipeline] { (Build)\n[Pipeline] echo\nhi\n[Pipeline] }\n[Pipeline] // stage\n[Pipeline] End of Pipeline\nFinished: SUCCESS\n",
            await LogOf("stage('Build') { echo 'hi' }"));
    }

    [Fact]
    public async Task Sh_returns_output_or_status_or_nothing()
    {
        var log = await LogOf("node { echo '<' + sh(script: 'x', returnStdout: true).trim() + '>'; echo \"${sh(script: 'x', returnStatus: true)}\"; echo \"${sh 'x'}\" }");

        Assert.Contains("[Pipeline] echo\n<out>\n", log, StringComparison.Ordinal);
        Assert.Contains("[Pipeline] echo\n0\n", log, StringComparison.Ordinal);
        Assert.Contains("[Pipeline] echo\nnull\n", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_labelled_sh_shows_its_label()
    {
        var run = await ScriptRun.ExecuteAsync("node { sh(script: 'make all', label: 'Compile') }", Quiet());

        Assert.Contains("[Pipeline] sh (Compile)\n", run.Log, StringComparison.Ordinal);
        var node = run.Events.OfType<FlowNodeStarted>().Single(n => n.Function == "sh");
        Assert.Equal(("Compile", "make all"), (node.Name, node.Detail));
    }

    [Fact]
    public async Task A_real_shell_runs_in_the_workspace_with_the_environment()
    {
        var root = Directory.CreateTempSubdirectory("slipway-test-");
        try
        {
            var log = await LogOf(
                "node { withEnv(['GREETING=hello $WHO', 'WHO=world']) { dir('sub') { echo sh(script: 'echo $GREETING; pwd', returnStdout: true) } } }", new FakeWorld { Root = root.FullName });

            Assert.Contains($"hello world\n{root.FullName}/workspace/job/sub\n", log, StringComparison.Ordinal);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("sh 'x'")]
    [InlineData("readFile 'x'")]
    [InlineData("dir('x') { }")]
    [InlineData("isUnix()")]
    public async Task A_step_that_needs_a_node_says_so_outside_of_one(string step)
    {
        Assert.Contains("Required context class hudson.FilePath is missing\nPerhaps you forgot to surround the step with a step that provides this, such as: node", await FailureOf(step), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_step_is_named_with_the_nearest_one()
    {
        var error = await FailureOf("node { ehco 'x' }");

        Assert.StartsWith("Jenkinsfile:1:8: java.lang.NoSuchMethodError: No such DSL method 'ehco' found among steps [", error, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'echo'?", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node { sh(script: 'x', returnStdOut: true) }", "sh has no parameter 'returnStdOut'. Did you mean 'returnStdout'?")]
    [InlineData("node { sh() }", "Missing required parameter: \"script\" of sh.")]
    [InlineData("echo 4", "the parameter 'message' expects a text (java.lang.String) but received 4 (java.lang.Integer)")]
    [InlineData("timeout('soon') { }", "the parameter 'time' expects a whole number (int) but received 'soon'")]
    [InlineData("sleep(time: 1, unit: 'SECOND')", "'SECOND' is no value for 'unit'. Did you mean 'SECONDS'?")]
    [InlineData("node { dir('x') }", "dir step must be called with a body")]
    [InlineData("echo('a') { }", "echo takes no block")]
    [InlineData("withEnv(['NOPE']) { }", "'NOPE' is not of the form NAME=value")]
    [InlineData("echo 'a', 'b'", "expected named arguments but got ['a', 'b']")]
    [InlineData("node { sh(script: 'a', returnStdout: true, returnStatus: true) }", "cannot both be true")]
    [InlineData("input 'sure?'", "The step 'input' is not supported: runs cannot ask people yet.")]
    [InlineData("withCredentials([usernamePassword(credentialsId: 'x', usernameVariable: 'U', passwordVariable: 'P')]) { }", "'usernamePassword' is not supported: there is no credentials store yet.")]
    [InlineData("withCredentials([string(credentialsId: 'x', variable: 'TOKEN')]) { }", "the parameter 'credentialsId' is not supported: there is no credentials store yet.")]
    [InlineData("lock() { }", "lock needs either a resource or a label")]
    [InlineData("node { bat 'dir' }", "Batch scripts can only be run on Windows nodes, and 'agent-1' is none.")]
    [InlineData("checkout scm", "only available when using")]
    [InlineData("node { git url: 'https://x.example/y.git', credentialsId: 'deploy' }", "the credentials 'deploy' cannot be used")]
    [InlineData("step([$class: 'ArtifactArchivr', artifacts: 'x'])", "Did you mean 'ArtifactArchiver'?")]
    [InlineData("milestone 2\nmilestone 1", "ordinal 1 comes after 2")]
    [InlineData("currentBuild.result = 'GREAT'", "'GREAT' is no result.")]
    [InlineData("properties([buildDiscardr(logRotator(numToKeepStr: '3'))])", "Did you mean 'buildDiscarder'?")]
    [InlineData("node { unstash 'x' }", "No such saved stash ‘x’")]
    public async Task What_is_wrong_is_said_with_what_to_write_instead(string script, string expected)
    {
        Assert.Contains(expected, await FailureOf(script), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Environment_is_read_written_and_overlaid()
    {
        var log = await LogOf(
            """
            env.A = 'one'
            withEnv(['A=two', 'B=$A-b', 'PATH+EXTRA=/opt/bin']) {
              echo "${env.A} ${env.B} ${B}"
              env.A = 'three'
              echo env.A
              node { echo env.PATH }
            }
            echo "${env.A} ${env.B} ${env.NOTHING}"
            withEnv(['A=']) { echo "${env.A}" }
            """);

        Assert.Contains("two two-b two-b\n", log, StringComparison.Ordinal);
        Assert.Contains("echo\ntwo\n", log, StringComparison.Ordinal);
        Assert.Contains("/opt/bin:/usr/bin:/bin\n", log, StringComparison.Ordinal);
        Assert.Contains("three null null\n", log, StringComparison.Ordinal);
        Assert.Contains("echo\nnull\n", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_run_says_who_it_is()
    {
        var log = await LogOf(
            "node('linux') { stage('S') { echo([env.JOB_NAME, JOB_BASE_NAME, BUILD_NUMBER, env.BUILD_ID, BUILD_TAG, BUILD_URL, JOB_URL, JENKINS_URL, NODE_NAME, NODE_LABELS, EXECUTOR_NUMBER, WORKSPACE, STAGE_NAME, BUILD_DISPLAY_NAME, CI].join('|')) } }");

        Assert.Contains(
            "team/app|app|12|12|jenkins-team-app-12|http://ci.example/job/team/job/app/12/|http://ci.example/job/team/job/app/|http://ci.example/|agent-1|linux|0|/agent/workspace/job|S|#12|true\n",
            log,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_what_differs_from_the_agents_environment_is_sent_to_it()
    {
        var run = await ScriptRun.ExecuteAsync("node { withEnv(['HOME=', 'X=1']) { sh 'x' } }", Quiet());
        var environment = run.World.Performed.Select(p => p.Request).OfType<OnNode>().Single().Operation.Surroundings.Environment;

        Assert.Equal("1", environment["X"]);
        Assert.Null(environment["HOME"]);
        Assert.True(environment.ContainsKey("HOME"));
        Assert.False(environment.ContainsKey("PATH"));
    }

    [Fact]
    public async Task Parameters_are_there_as_params_variables_and_environment()
    {
        var program = ScriptRun.NewProgram("echo \"${params.NAME} ${NAME} ${env.NAME} ${params.FLAG ? 'on' : 'off'} ${params.SECRET}\"") with
        {
            Parameters = [new ParameterValue("NAME", "bob"), new ParameterValue("FLAG", "true", ParameterType.Boolean), new ParameterValue("SECRET", "s3cr3t", ParameterType.Password)],
        };
        var run = await ScriptRun.ExecuteAsync(program);

        Assert.Contains("bob bob bob on ****\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Properties_are_recorded_and_their_defaults_hold_at_once()
    {
        var run = await ScriptRun.ExecuteAsync(
            """
            properties([
              parameters([string(name: 'WHO', defaultValue: 'you'), booleanParam(name: 'LOUD', defaultValue: true), choice(name: 'SIZE', choices: ['S', 'L'])]),
              buildDiscarder(logRotator(numToKeepStr: '5')),
              [$class: 'DisableConcurrentBuildsJobProperty', abortPrevious: true]])
            echo "${params.WHO} ${params.LOUD} ${params.SIZE}"
            """);

        Assert.True(run.Result == RunResult.Success, run.Log);
        var declared = run.Events.OfType<JobPropertiesDeclared>().Single();
        Assert.Equal(["WHO", "LOUD", "SIZE"], declared.Parameters!.Select(p => p.Name));
        Assert.Equal(5, declared.Retention!.NumberToKeep);
        Assert.True(declared.DisallowsConcurrentRuns);
        Assert.True(declared.AbortsPrevious);
        Assert.Contains("you true S\n", run.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("java.nio.file.NoSuchFileException")]
    [InlineData("IOException")]
    public async Task A_file_that_is_not_there_is_caught_as_such_and_the_message_is_its_path(string type)
    {
        var log = await LogOf($"node {{ try {{ readFile 'a/missing.txt' }} catch ({type} e) {{ echo \"${{e.class.name}} ${{e.message}}\" }} }}");

        Assert.Contains("java.nio.file.NoSuchFileException /agent/workspace/job/a/missing.txt\n", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_there_and_cannot_be_read_fails_with_the_agents_words()
    {
        var world = Quiet();
        world.Files["/agent/workspace/job/large"] = "x";
        world.Answer = e => e.Request is OnNode { Operation: ReadTextFile } ? new OperationEnded(new OperationFailed("The file 'large' is too long.", false)) : null;
        var run = await ScriptRun.ExecuteAsync("node { readFile 'large' }", world);

        Assert.Contains("ERROR: The file 'large' is too long.\n", run.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo nope")]
    [InlineData("node { echo \"${nope}\" }")]
    [InlineData("def f() { nope }\nf()")]
    public async Task A_name_that_nothing_has_is_missing_in_the_binding(string script)
    {
        var run = await ScriptRun.ExecuteAsync(script, Quiet());

        Assert.Contains("groovy.lang.MissingPropertyException: No such property: nope for class: groovy.lang.Binding\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_nothing_has_is_missing_in_the_class_whose_method_asks_for_it()
    {
        var run = await ScriptRun.ExecuteAsync("class C { def f() { nope } }\nnew C().f()", Quiet());

        Assert.Contains("No such property: nope for class: C\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_are_written_read_and_deleted()
    {
        var log = await LogOf("node { writeFile file: 'a/b.txt', text: 'content'; echo readFile('a/b.txt'); echo \"${fileExists 'a/b.txt'}\"; deleteDir(); echo \"${fileExists 'a/b.txt'}\" }");

        Assert.Contains("echo\ncontent\n", log, StringComparison.Ordinal);
        Assert.Contains("echo\ntrue\n", log, StringComparison.Ordinal);
        Assert.Contains("echo\nfalse\n", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stash_and_unstash_hand_files_on()
    {
        var log = await LogOf("node { writeFile file: 'x', text: '1'; stash name: 'bin', includes: 'x' }\nnode { unstash 'bin' }");

        Assert.Contains("Stashed 1 file(s)\n", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_stash_or_archive_is_a_failure_that_names_the_pattern()
    {
        Assert.Equal("No files included in stash ‘bin’", await FailureOf("node { stash 'bin' }"));
        Assert.Equal("No artifacts found that match the file pattern \"*.jar\". Configuration error?", await FailureOf("node { archiveArtifacts '*.jar' }"));
    }

    [Fact]
    public async Task Junit_with_failures_makes_the_run_unstable_and_returns_the_counts()
    {
        var world = Quiet();
        world.Answer = e => e.Request is OnNode { Operation: UploadFiles } ? new TestsRecorded(2, 10, 3, 1) : null;
        var run = await ScriptRun.ExecuteAsync("node { stage('Test') { def r = junit '**/*.xml'; echo \"${r.failCount}/${r.passCount}/${r.skipCount}/${r.totalCount}\" } }", world);

        Assert.Equal(RunResult.Unstable, run.Result);
        Assert.Contains("3/6/1/10\n", run.Log, StringComparison.Ordinal);
        Assert.Equal((FlowNodeStatus.Unstable, "3 of 10 tests failed"), (ResultTests.Ended(run, "Test").Status, ResultTests.Ended(run, "Test").Reason));
    }

    [Fact]
    public async Task Checkout_returns_the_commit_and_takes_the_Jenkinsfiles_own()
    {
        var program = ScriptRun.NewProgram("node { def v = checkout scm; echo \"${v.GIT_COMMIT} ${v.GIT_BRANCH}\" }") with
        {
            Scm = new ScmRevision("https://git.example/app.git", new string('c', 40), "main", null, ["*/main"]),
        };
        var run = await ScriptRun.ExecuteAsync(program);

        Assert.Contains($"{new string('c', 40)} origin/main\n", run.Log, StringComparison.Ordinal);
        var checkout = (GitCheckout)run.World.Performed.Select(p => p.Request).OfType<OnNode>().Single().Operation;
        Assert.Equal(new string('c', 40), checkout.Commit);
    }

    [Fact]
    public async Task The_parts_of_scm_can_be_read_and_used_again()
    {
        var program = ScriptRun.NewProgram(
            "node { echo scm.userRemoteConfigs[0].getUrl(); checkout([$class: 'GitSCM', branches: scm.branches, userRemoteConfigs: scm.userRemoteConfigs]) }") with
        {
            Scm = new ScmRevision("https://git.example/app.git", new string('c', 40), "main", null, ["*/main"]),
        };
        var run = await ScriptRun.ExecuteAsync(program);

        Assert.True(run.Result == RunResult.Success, run.Log);
        Assert.Contains("echo\nhttps://git.example/app.git\n", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checkout_takes_the_long_form()
    {
        var run = await ScriptRun.ExecuteAsync(
            "node { checkout([$class: 'GitSCM', branches: [[name: 'v1.0']], userRemoteConfigs: [[url: 'https://git.example/lib.git']], extensions: [[$class: 'RelativeTargetDirectory', relativeTargetDir: 'lib'], [$class: 'CloneOption', shallow: true]]]) }");

        Assert.True(run.Result == RunResult.Success, run.Log);
        var checkout = (GitCheckout)run.World.Performed.Select(p => p.Request).OfType<OnNode>().Single().Operation;
        Assert.Equal(("https://git.example/lib.git", "v1.0", "/agent/workspace/job/lib"), (checkout.Url, checkout.Refs.Single(), checkout.Surroundings.Directory));
    }

    [Fact]
    public async Task Build_names_jobs_from_its_own_folder_and_fails_with_them()
    {
        var world = Quiet();
        world.Answer = e => e.Request is BuildJob build ? new JobBuilt(new RunId(3), 4, RunResult.Unstable, build.Job) : null;
        var run = await ScriptRun.ExecuteAsync("build job: 'other', parameters: [string(name: 'A', value: '1'), [$class: 'BooleanParameterValue', name: 'B', value: true]]", world);

        Assert.Equal(RunResult.Unstable, run.Result);
        Assert.Equal("team/other #4 completed with status UNSTABLE (propagate: false to ignore)", run.Finished!.Error);
        var build = world.Performed.Select(p => p.Request).OfType<BuildJob>().Single();
        Assert.Equal([new ParameterValue("A", "1"), new ParameterValue("B", "true", ParameterType.Boolean)], build.Parameters);
    }

    [Fact]
    public async Task Build_without_propagate_returns_the_run()
    {
        var world = Quiet();
        world.Answer = e => e.Request is BuildJob build ? new JobBuilt(new RunId(3), 4, RunResult.Failure, build.Job) : null;

        Assert.Contains("false true", await LogOf("def r = build(job: '../up', propagate: false)\necho \"${r.resultIsBetterOrEqualTo('UNSTABLE')} ${r.resultIsWorseOrEqualTo('UNSTABLE')}\"", world), StringComparison.Ordinal);
        Assert.Contains("FAILURE 4 ../up http://ci.example/job/up/4/\n".Replace("../", "", StringComparison.Ordinal), await LogOf("def r = build(job: '../up', propagate: false)\necho \"${r.result} ${r.number} ${r.fullProjectName} ${r.absoluteUrl}\"", world), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_is_held_by_one_branch_at_a_time()
    {
        var log = await LogOf("parallel(a: { lock('r') { echo 'a in'; sleep 5; echo 'a out' } }, b: { lock('r') { echo 'b in'; sleep 5; echo 'b out' } })");

        Assert.True(log.IndexOf("a out", StringComparison.Ordinal) < log.IndexOf("b in", StringComparison.Ordinal), log);
        Assert.Contains("Lock acquired on [Resource: r]\n", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WaitUntil_waits_longer_each_time()
    {
        var run = await ScriptRun.ExecuteAsync("def n = 0\nwaitUntil { n++; n == 3 }");

        Assert.True(run.Result == RunResult.Success, run.Log);
        Assert.Contains("Will try again after 0.25 sec\n", run.Log, StringComparison.Ordinal);
        Assert.Contains("Will try again after 0.3 sec\n", run.Log, StringComparison.Ordinal);
        Assert.Equal([250, 300], run.World.Performed.Select(p => p.Request).OfType<Wait>().Select(w => w.Duration.TotalMilliseconds));
    }

    [Fact]
    public async Task Load_runs_a_file_and_its_methods_can_be_called()
    {
        var world = Quiet();
        world.Files["/agent/workspace/job/lib.groovy"] = "def greet(who) { echo \"hello ${who}\" }\nreturn this";

        Assert.Contains("hello world\n", await LogOf("node { def lib = load 'lib.groovy'; lib.greet('world') }", world), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Print_and_println_write_to_the_log()
    {
        var log = await LogOf("println 'one'\nprint 'two'");

        Assert.Contains("one\n", log, StringComparison.Ordinal);
        Assert.Contains("two\n", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CurrentBuild_shows_and_sets()
    {
        var program = ScriptRun.NewProgram(
            "currentBuild.displayName = \"#${currentBuild.number} x\"\ncurrentBuild.description = 'd'\necho \"${currentBuild.displayName} ${currentBuild.fullProjectName} ${currentBuild.previousBuild?.result} ${currentBuild.getBuildCauses()[0].shortDescription}\"") with
        {
            Previous = new PreviousRun(11, RunResult.Failure, null, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(3)),
        };
        var run = await ScriptRun.ExecuteAsync(program);

        Assert.Contains("#12 x team/app FAILURE Started by user admin\n", run.Log, StringComparison.Ordinal);
        Assert.Contains(run.Events, e => e is RunAnnotated { DisplayName: "#12 x" });
        Assert.Contains(run.Events, e => e is RunAnnotated { Description: "d" });
    }

    [Fact]
    public async Task Wrap_and_step_find_what_stands_for_a_class()
    {
        var world = Quiet();
        world.Files["/agent/workspace/job/a.jar"] = "x";
        var log = await LogOf("node { wrap([$class: 'TimestamperBuildWrapper']) { step([$class: 'ArtifactArchiver', artifacts: '*.jar']) } }", world);

        Assert.Contains("[Pipeline] wrap\n[Pipeline] timestamps\n", log, StringComparison.Ordinal);
        Assert.Contains("Archiving artifacts\n", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Timestamps_reach_the_agent_and_stand_before_our_own_lines()
    {
        var run = await ScriptRun.ExecuteAsync("timestamps { node { sh 'x' } ; echo 'a\\nb' }\nnode { sh 'y' }", Quiet());

        Assert.Matches(@"\n\[2026-01-02T03:04:\d\d\.000Z\] a\n\[2026-01-02T03:04:\d\d\.000Z\] b\n", run.Log);

        Assert.Equal([true, false], run.World.Performed.Select(p => p.Request).OfType<OnNode>().Select(o => o.Operation.Surroundings.Timestamps));
    }
}
