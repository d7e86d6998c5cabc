using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Testing;

namespace Slipway.Jenkinsfile.Tests.Declarative;

public sealed class DeclarativeRunTests
{
    private static readonly ScmRevision Repository = new("https://git.example/app.git", "0123456789abcdef0123456789abcdef01234567", "main", null, ["*/main"]);

    [Fact]
    public async Task A_pipeline_from_a_repository_checks_it_out_on_its_agent_first()
    {
        var run = await ExecuteAsync("""
            pipeline {
                agent { label 'linux' }
                stages { stage('build') { steps { echo "commit ${GIT_COMMIT}" } } }
            }
            """, scm: Repository);

        AssertInOrder(run.Log, "[Pipeline] node", "[Pipeline] { (Declarative: Checkout SCM)", "[Pipeline] checkout", "[Pipeline] { (build)", "commit 0123456789abcdef");
        Assert.Equal(RunResult.Success, run.Result);
        Assert.Equal("linux", run.World.Performed.Select(p => p.Request).OfType<AllocateNode>().Single().Label);
        Assert.Empty(run.World.HeldNodes);
    }

    [Theory]
    [InlineData("options { skipDefaultCheckout() }", false)]
    [InlineData("options { skipDefaultCheckout(true) }", false)]
    [InlineData("options { skipDefaultCheckout false }", true)]
    public async Task The_checkout_can_be_left_out(string options, bool checksOut)
    {
        var run = await ExecuteAsync($"pipeline {{ agent any; {options}; stages {{ stage('a') {{ steps {{ echo 'x' }} }} }} }}", scm: Repository);

        Assert.Equal(checksOut, run.Log.Contains("Declarative: Checkout SCM", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("changeset '**/*.js'", true)]
    [InlineData("changeset 'WEB/**'", true)]
    [InlineData("changeset pattern: 'WEB/**', caseSensitive: true", false)]
    [InlineData("changeset glob: 'docs/*.md'", true)]
    [InlineData("changeset '*.js'", false)]
    [InlineData("changeset pattern: 'web/.*\\\\.js', comparator: 'REGEXP'", true)]
    [InlineData("changeset pattern: 'docs/a.md', comparator: 'EQUALS'", true)]
    [InlineData("changelog '.*APP-[0-9]+.*'", true)]
    [InlineData("changelog 'APP-[0-9]+'", false)]
    [InlineData("changelog '.*^\\\\[DEPENDENCY\\\\] .+$'", true)]
    [InlineData("not { changelog '.*nothing of the kind.*' }", true)]
    public async Task Conditions_on_changes_look_at_the_commits_of_the_checkout(string condition, bool holds)
    {
        var world = new FakeWorld
        {
            Answer = e => e.Request is OnNode { Operation: Model.Operations.GitCheckout }
                ? new OperationEnded(new Model.Operations.GitCheckedOut("a", "origin/main", Repository.Url, "b", "s", [
                    new("a", "Ada", "ada@x", default, "APP-12: the page", ["web/app.js", "web/Makefile"]),
                    new("c", "Eve", "eve@x", default, "Newer things\n\n[DEPENDENCY] lib 2\nmore", ["docs/a.md"])]))
                : null,
        };

        var run = await ExecuteAsync($"pipeline {{ agent any; stages {{ stage('a') {{ when {{ {condition} }}; steps {{ echo 'it ran' }} }} }} }}", scm: Repository, world: world);

        Assert.True(run.Result == RunResult.Success, run.Log);
        Assert.Equal(holds, run.Log.Contains("it ran", StringComparison.Ordinal));
        Assert.DoesNotContain("Warning, empty changelog", run.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("changeset '**'")]
    [InlineData("changelog '.*'")]
    public async Task Conditions_on_changes_do_not_hold_where_there_are_none_and_say_so(string condition)
    {
        var run = await ExecuteAsync($"pipeline {{ agent any; stages {{ stage('a') {{ when {{ {condition} }}; steps {{ echo 'it ran' }} }} }} }}", scm: Repository);

        Assert.Contains("Warning, empty changelog. ", run.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("it ran", run.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pattern_that_is_no_regular_expression_fails_with_that()
    {
        var run = await ExecuteAsync("pipeline { agent any; stages { stage('a') { when { branch pattern: '(', comparator: 'REGEXP' }; steps { echo 'x' } } } }", scm: Repository);

        Assert.Contains("The pattern '(' is not a regular expression", run.Log, StringComparison.Ordinal);
        Assert.Equal(RunResult.Failure, run.Result);
    }

    [Fact]
    public async Task A_stage_with_its_own_agent_checks_out_within_itself()
    {
        var run = await ExecuteAsync("pipeline { agent none; stages { stage('a') { agent any; steps { echo 'x' } } } }", scm: Repository);

        AssertInOrder(run.Log, "[Pipeline] { (a)", "[Pipeline] node", "[Pipeline] checkout", "x");
        Assert.DoesNotContain("Declarative: Checkout SCM", run.Log);
    }

    [Fact]
    public async Task When_the_checkout_fails_all_stages_are_skipped_and_post_actions_run()
    {
        var world = new FakeWorld { Answer = e => e.Request is OnNode { Operation: Model.Operations.GitCheckout } ? new EffectFailed("no route to git.example", true) : null };
        var run = await ExecuteAsync("pipeline { agent any; stages { stage('a') { steps { echo 'built' } } }; post { always { echo 'post ran' } } }", scm: Repository, world: world);

        AssertInOrder(run.Log, "Stage \"a\" skipped due to earlier failure(s)", "post ran", "no route to git.example");
        Assert.DoesNotContain("built", run.Log);
        Assert.Equal(RunResult.Failure, run.Result);
    }

    [Fact]
    public async Task Variables_refer_to_each_other_and_to_those_outside()
    {
        var run = await ExecuteAsync("""
            def outside = 'o'
            def shout(text) { text.toUpperCase() }
            pipeline {
                agent any
                environment {
                    C = "${B}c"
                    A = 'a'
                    B = "${env.A}b" + "${outside}"
                    D = shout("d${A}")
                    N = 1
                }
                stages {
                    stage('s') {
                        environment { A = "${A}!"; E = "${C}" }
                        steps { echo "$A $B $C $D $E ${env.N + 1}" }
                    }
                    stage('t') { steps { echo "again $A" } }
                }
            }
            """);

        Assert.Contains("a! abo aboc DA aboc 11\n", run.Log);
        Assert.Contains("again a\n", run.Log);
    }

    [Fact]
    public async Task A_variable_that_cannot_be_evaluated_is_named()
    {
        var run = await ExecuteAsync("pipeline { agent any; environment { A = \"${nowhere}\" }; stages { stage('a') { steps { echo 'x' } } } }");

        Assert.Contains("One or more variables have some issues with their values: A", run.Log);
        Assert.Equal(RunResult.Failure, run.Result);
    }

    [Fact]
    public async Task After_a_failure_stages_are_skipped_with_all_they_hold_and_show_so()
    {
        var run = await ExecuteAsync("""
            pipeline {
                agent any
                stages {
                    stage('bad') { steps { error 'broken' } }
                    stage('group') { stages { stage('inner') { steps { echo 'never' } } } }
                    stage('side') { parallel { stage('left') { steps { echo 'never' } } } }
                }
            }
            """);

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.DoesNotContain("never", run.Log);
        Assert.Contains("ERROR: broken", run.Log);
        Assert.Equal(FlowNodeStatus.Failure, Stage(run, "bad").Status);
        foreach (var name in new[] { "group", "inner", "side", "left" })
        {
            Assert.Contains($"Stage \"{name}\" skipped due to earlier failure(s)", run.Log);
            Assert.Equal((FlowNodeStatus.Skipped, "earlier failure(s)"), (Stage(run, name).Status, Stage(run, name).Reason));
        }
    }

    [Fact]
    public async Task A_condition_that_does_not_hold_skips_the_stage_with_its_post_actions()
    {
        var run = await ExecuteAsync("""
            pipeline {
                agent any
                environment { X = 'y' }
                stages {
                    stage('a') { when { environment name: 'X', value: 'z' }; steps { echo 'a ran' }; post { always { echo 'a post' } } }
                    stage('b') { when { anyOf { equals expected: 2, actual: 1 + 1; expression { error 'not asked' } } }; steps { echo 'b ran' } }
                    stage('c') { when { not { branch 'main' } }; steps { echo 'c ran' } }
                    stage('d') { when { expression { return [] } }; steps { echo 'd ran' } }
                }
            }
            """);

        Assert.Equal(RunResult.Success, run.Result);
        Assert.DoesNotContain("a ran", run.Log);
        Assert.DoesNotContain("a post", run.Log);
        Assert.Contains("b ran", run.Log);
        Assert.Contains("c ran", run.Log);
        Assert.Contains("Stage \"d\" skipped due to when conditional", run.Log);
        Assert.Equal(FlowNodeStatus.Skipped, Stage(run, "d").Status);
    }

    [Fact]
    public async Task Before_agent_asks_before_an_executor_is_taken()
    {
        var run = await ExecuteAsync("pipeline { agent none; stages { stage('a') { agent any; when { beforeAgent true; expression { false } }; steps { echo 'x' } } } }");

        Assert.DoesNotContain(run.World.Performed, p => p.Request is AllocateNode);
    }

    [Fact]
    public async Task Post_actions_run_in_order_and_see_what_those_before_them_did()
    {
        var run = await ExecuteAsync("""
            pipeline {
                agent any
                stages { stage('a') { steps { echo 'x' } } }
                post {
                    cleanup { echo 'p cleanup' }
                    failure { echo 'p failure' }
                    success { echo 'p success' }
                    unstable { echo "p unstable ${currentBuild.result}" }
                    changed { echo 'p changed' }
                    always { echo 'p always'; unstable 'shaky' }
                }
            }
            """);

        Assert.Equal(RunResult.Unstable, run.Result);
        AssertInOrder(run.Log, "[Pipeline] { (Declarative: Post Actions)", "p always", "p changed", "p unstable UNSTABLE", "p cleanup");
        Assert.DoesNotContain("p success", run.Log);
        Assert.DoesNotContain("p failure", run.Log);
    }

    [Fact]
    public async Task A_post_action_that_fails_is_told_and_the_others_still_run()
    {
        var run = await ExecuteAsync("""
            pipeline {
                agent any
                stages { stage('a') { steps { echo 'x' }; post { always { error 'post broke' }; cleanup { echo 'cleaned' } } } }
                post { failure { echo 'the run failed' } }
            }
            """);

        Assert.Equal(RunResult.Failure, run.Result);
        AssertInOrder(run.Log, "Post stage", "Error when executing always post condition:", "post broke", "cleaned", "the run failed");
    }

    [Fact]
    public async Task The_first_failing_branch_stops_the_others_which_end_as_aborted()
    {
        var run = await ExecuteAsync("""
            pipeline {
                agent none
                stages {
                    stage('side') {
                        failFast true
                        parallel {
                            stage('bad') { steps { sleep 1; error 'broken' }; post { failure { echo 'bad failed' } } }
                            stage('slow') { steps { sleep 1000; echo 'never' }; post { aborted { echo 'slow aborted' }; failure { echo 'slow failed' } } }
                        }
                    }
                }
                post { failure { echo 'run failed' } }
            }
            """);

        Assert.Equal(RunResult.Failure, run.Result);
        AssertInOrder(run.Log, "bad failed", "Failed in branch bad", "slow aborted", "run failed");
        Assert.DoesNotContain("never", run.Log);
        Assert.DoesNotContain("slow failed", run.Log);
        Assert.Equal(FlowNodeStatus.Aborted, Stage(run, "slow").Status);
    }

    [Fact]
    public async Task Options_wrap_what_they_stand_on()
    {
        var run = await ExecuteAsync("""
            def attempts = 0
            pipeline {
                agent any
                options { timeout(time: 1, unit: 'HOURS') }
                stages {
                    stage('a') {
                        options { retry(3) }
                        steps { script { attempts++; if (attempts < 3) { error "attempt ${attempts}" } } echo "passed at ${attempts}" }
                    }
                }
            }
            """.Replace("} } echo", "} }; echo"));

        AssertInOrder(run.Log, "[Pipeline] node", "[Pipeline] timeout", "[Pipeline] retry", "Retrying", "passed at 3");
        Assert.Equal(RunResult.Success, run.Result);
    }

    [Fact]
    public async Task After_an_unstable_stage_the_others_can_be_skipped()
    {
        var run = await ExecuteAsync("""
            pipeline {
                agent any
                options { skipStagesAfterUnstable() }
                stages { stage('a') { steps { unstable 'shaky' } }; stage('b') { steps { echo 'never' } } }
            }
            """);

        Assert.Equal(RunResult.Unstable, run.Result);
        Assert.Contains("Stage \"b\" skipped due to earlier stage(s) marking the build as unstable", run.Log);
        Assert.Equal(FlowNodeStatus.Unstable, Stage(run, "a").Status);
    }

    [Fact]
    public async Task The_first_run_has_the_defaults_of_its_parameters_and_the_job_learns_them()
    {
        var run = await ExecuteAsync("""
            pipeline {
                agent any
                parameters {
                    string(name: 'WHO', defaultValue: 'world', description: 'whom to greet')
                    booleanParam(name: 'LOUD', defaultValue: true)
                    choice(name: 'LANG', choices: ['en', 'de'])
                }
                options { buildDiscarder(logRotator(numToKeepStr: '7')); disableConcurrentBuilds() }
                stages { stage('a') { steps { echo "hello ${params.WHO} ${WHO} ${params.LOUD == true} ${params.LANG}" } } }
            }
            """);

        Assert.Contains("hello world world true en", run.Log);
        var declared = run.Events.OfType<JobPropertiesDeclared>().Single();
        Assert.Equal(
            [new StringParameter("WHO", "whom to greet", "world", false), new BooleanParameter("LOUD", null, true)],
            declared.Parameters!.Take(2));
        Assert.Equal(7, declared.Retention!.NumberToKeep);
        Assert.True(declared.DisallowsConcurrentRuns);
    }

    [Fact]
    public async Task A_variable_of_the_environment_lies_over_a_parameter_of_its_name()
    {
        var run = await ExecuteAsync("""
            pipeline {
                agent any
                parameters { string(name: 'WHO', defaultValue: 'parameter') }
                environment { WHO = 'environment' }
                stages { stage('a') { steps { echo "$WHO ${env.WHO} ${params.WHO}" } } }
            }
            """);

        Assert.Contains("environment environment parameter\n", run.Log);
    }

    [Fact]
    public async Task A_matrix_runs_each_cell_with_its_axes()
    {
        var run = await ExecuteAsync("""
            pipeline {
                agent none
                stages {
                    stage('m') {
                        matrix {
                            axes { axis { name 'OS'; values 'linux', 'mac' } }
                            when { expression { OS != 'mac' } }
                            stages { stage('build') { steps { echo "on ${OS} in ${STAGE_NAME}" } } }
                        }
                    }
                }
            }
            """);

        Assert.Contains("[Pipeline] { (Branch: Matrix - OS = 'linux')", run.Log);
        Assert.Contains("on linux in build", run.Log);
        Assert.Contains("Stage \"Matrix - OS = 'mac'\" skipped due to when conditional", run.Log);
    }

    [Fact]
    public async Task A_step_that_needs_a_node_says_what_agent_none_means()
    {
        var run = await ExecuteAsync("pipeline { agent none; stages { stage('a') { steps { sh 'true' } } } }");

        Assert.Contains("Attempted to execute a step that requires a node context while ‘agent none’ was specified. Be sure to specify your own ‘node { ... }’ blocks when using ‘agent none’.", run.Log);
        Assert.Equal(RunResult.Failure, run.Result);
    }

    [Fact]
    public async Task A_faulty_pipeline_fails_before_anything_runs()
    {
        var run = await ExecuteAsync("pipeline { agent any; stages { stage('a') { steps { ehco 'x' } } } }");

        Assert.Equal(RunResult.Failure, run.Result);
        Assert.Contains("Jenkinsfile:1:53: error: No such DSL method 'ehco' found among steps. Did you mean \"echo\"?", run.Log);
        Assert.Contains("MultipleCompilationErrorsException: startup failed:", run.Log);
        Assert.Empty(run.World.Performed);
    }

    [Fact]
    public async Task What_the_linter_warns_of_stands_at_the_beginning_of_the_log()
    {
        var run = await ExecuteAsync("pipeline { agent any; triggers { cron('@daily') }; stages { stage('a') { steps { echo 'x' } } } }");

        Assert.Equal(RunResult.Success, run.Result);
        AssertInOrder(run.Log, "warning: The trigger \"cron\" is not supported by this version. It starts no runs; start them through the API or by hand.", "[Pipeline] Start of Pipeline");
    }

    [Fact]
    public async Task A_second_pipeline_in_one_run_is_refused()
    {
        var run = await ExecuteAsync("""
            pipeline { agent none; stages { stage('a') { steps { echo 'first' } } } }
            pipeline { agent none; stages { stage('b') { steps { echo 'second' } } } }
            """);

        Assert.Contains("first", run.Log);
        Assert.Contains("Only one pipeline { ... } block can be executed in a single run.", run.Log);
        Assert.Equal(RunResult.Failure, run.Result);
    }

    [Fact]
    public async Task An_aborted_run_skips_its_other_stages_and_runs_its_post_actions()
    {
        var world = new FakeWorld();
        var run = new ScriptRun
        {
            World = world,
            Program = ScriptRun.NewProgram("""
                pipeline {
                    agent any
                    stages { stage('long') { steps { sleep 1000 } }; stage('next') { steps { echo 'never' } } }
                    post { aborted { echo 'tidied up' } }
                }
                """),
        };
        var isStopped = false;
        world.Resting = () =>
        {
            if (isStopped || !world.Performed.Any(p => p.Request is Wait))
            {
                return false;
            }

            run.Interrupt("Aborted by admin");
            return isStopped = true;
        };
        await run.ExecuteAsync(TestContext.Current.CancellationToken);

        Assert.Equal(RunResult.Aborted, run.Result);
        AssertInOrder(run.Log, "Stage \"next\" skipped due to earlier failure(s)", "tidied up", "Aborted by admin");
        Assert.DoesNotContain("never", run.Log);
    }

    [Fact]
    public async Task A_pipeline_replays_from_every_record_of_its_journal()
    {
        var program = ScriptRun.NewProgram("""
            def count = 0
            pipeline {
                agent any
                environment { A = "${count++}" }
                options { timeout(5) }
                stages {
                    stage('a') { when { expression { sleep 1; true } }; steps { sleep 1; sh 'x' } }
                    stage('side') { parallel { stage('l') { steps { sleep 3; echo 'l' } }; stage('r') { agent any; steps { sleep 1; error 'r broke' } } } }
                    stage('z') { steps { echo 'never' } }
                }
                post { failure { sh 'y'; echo "post ${A}" } }
            }
            """) with { Scm = Repository };
        FakeWorld NewWorld() => new() { Shell = _ => new Model.Operations.ShellEnded(0, null) };
        var whole = new ScriptRun { Program = program, World = NewWorld() };
        await whole.ExecuteAsync(TestContext.Current.CancellationToken);

        for (var records = 1; records < whole.Recorder.Entries.Count; records++)
        {
            var world = NewWorld();
            var again = new ScriptRun { Program = program, World = world };
            world.Now = whole.Recorder.Entries[records - 1].Time;
            await again.ExecuteAsync(InMemoryRecorder.After(whole.Recorder, records, () => world.Now), TestContext.Current.CancellationToken);

            Assert.Equal((records, RunResult.Failure), (records, again.Result));
            Assert.Contains("post 0", again.Log);
        }
    }

    private static Task<ScriptRun> ExecuteAsync(string script, ScmRevision? scm = null, FakeWorld? world = null) =>
        ScriptRun.ExecuteAsync(ScriptRun.NewProgram(script) with { Scm = scm }, world);

    private static FlowNodeEnded Stage(ScriptRun run, string name)
    {
        var started = run.Events.OfType<FlowNodeStarted>().Single(n => n.Kind == FlowNodeKind.Stage && n.Name == name);
        return run.Events.OfType<FlowNodeEnded>().Single(n => n.Node == started.Node);
    }

    private static void AssertInOrder(string log, params string[] texts)
    {
        var at = 0;
        foreach (var text in texts)
        {
            var found = log.IndexOf(text, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"'{text}' is not there, or not behind what should come before it, in:\n{log}");
            at = found + text.Length;
        }
    }
}
