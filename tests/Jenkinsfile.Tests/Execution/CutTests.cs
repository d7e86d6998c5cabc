using System.Text.Json;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Model.Operations;
using Slipway.Testing;

namespace Slipway.Jenkinsfile.Tests.Execution;

/// <summary>The promise of the journal: wherever a run is cut off, what follows is what would have followed.</summary>
public sealed class CutTests
{
    public static TheoryData<string, string> Programs { get; } = new()
    {
        {
            "steps in a row",
            """
            node('linux') {
              stage('Build') { sh 'make' ; env.VERSION = sh(script: 'version', returnStdout: true).trim() }
              stage('Test') { retry(3) { sh 'flaky' } }
              echo "built ${env.VERSION}"
            }
            """
        },
        {
            "parallel branches",
            """
            def results = [:]
            parallel(
              a: { node { sh 'a1'; sh 'a2'; results.a = 1 } },
              b: { node { sh 'b1'; results.b = 2 } },
              c: { sleep 3; results.c = 3 })
            echo results.sort { it.key }.toString()
            """
        },
        {
            "a timeout that expires, and what is left is cleaned up",
            """
            try {
              timeout(time: 5, unit: 'SECONDS') { node { sh 'slow' } }
            } catch (e) {
              echo "caught ${e.class.simpleName}"
              currentBuild.result = 'UNSTABLE'
            } finally {
              node { deleteDir() }
            }
            """
        },
        {
            "a failing branch stops the others",
            """
            catchError(stageResult: 'UNSTABLE') {
              parallel failFast: true,
                good: { node { sh 'slow' } },
                bad: { node { sh 'fails' } },
                other: { lock('printer') { sleep 20 } }
            }
            lock('printer') { echo 'free again' }
            """
        },
        {
            "a pod that is lost, and its successor",
            """
            podTemplate(containers: [containerTemplate(name: 'maven')]) {
              retry(count: 2, conditions: [kubernetesAgent()]) {
                node(POD_LABEL) { container('maven') { sh 'one'; sh 'loses its node' } }
              }
            }
            """
        },
        {
            "time and chance",
            """
            def started = System.currentTimeMillis()
            sleep 2
            echo "${System.currentTimeMillis() - started}"
            echo "${new Random().nextInt(1000)} ${UUID.randomUUID()}"
            waitUntil(quiet: true) { sh(script: 'poll', returnStatus: true) == 0 }
            """.Replace("waitUntil", "node { waitUntil", StringComparison.Ordinal) + " }"
        },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task A_run_that_is_cut_off_after_any_record_ends_as_if_it_had_not_been(string name, string script)
    {
        _ = name;
        var whole = await ScriptRun.ExecuteAsync(script, NewWorld());
        var entries = whole.Recorder.Entries;
        for (var cut = 0; cut < entries.Count; cut++)
        {
            var world = NewWorld();
            world.Resume(entries.Take(cut));
            var resumed = new ScriptRun { Program = whole.Program, World = world };
            await resumed.ExecuteAsync(InMemoryRecorder.After(whole.Recorder, cut, () => world.Now));

            Assert.Equal(whole.Log, resumed.Log);
            Assert.Equal(whole.Finished, resumed.Finished);
            Assert.Equal(Requests(whole.Events), Requests(resumed.Events));
            Assert.Equal(Shown(whole.Events), Shown(resumed.Events));
            Assert.Empty(world.HeldNodes);
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task A_run_that_is_cut_off_does_nothing_again_that_was_begun(string name, string script)
    {
        _ = name;
        var whole = await ScriptRun.ExecuteAsync(script, NewWorld());
        var entries = whole.Recorder.Entries;
        for (var cut = 0; cut < entries.Count; cut += 3)
        {
            var world = NewWorld();
            world.Resume(entries.Take(cut));
            var resumed = new ScriptRun { Program = whole.Program, World = world };
            await resumed.ExecuteAsync(InMemoryRecorder.After(whole.Recorder, cut, () => world.Now));

            var before = entries.Take(cut).Select(e => e.Event).OfType<EffectRequested>().Select(e => e.Effect).ToHashSet();
            Assert.DoesNotContain(world.Performed, p => before.Contains(p.Effect));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Whatever_order_branches_come_in_a_replay_of_their_journal_ends_the_same(int seed)
    {
        const string script = """
            def log = []
            def branches = [:]
            for (int i = 0; i < 6; i++) {
              def n = i
              branches["b${n}"] = {
                for (int k = 0; k < 4; k++) { node { sh "work ${n} ${k}" }; log << "${n}.${k}" }
              }
            }
            parallel branches
            echo log.join(' ')
            """;
        var world = NewWorld();
        world.Order = new Random(seed);
        var whole = await ScriptRun.ExecuteAsync(script, world);
        Assert.Equal(RunResult.Success, whole.Result);

        var upToTheEnd = whole.Recorder.Entries.Count - 1;
        var replayed = new ScriptRun { Program = whole.Program, World = NewWorld() };
        await replayed.ExecuteAsync(InMemoryRecorder.After(whole.Recorder, upToTheEnd, () => world.Now));

        Assert.Equal(whole.Log, replayed.Log);
        Assert.Empty(replayed.World.Performed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_aborted_run_that_is_cut_off_ends_aborted_all_the_same(int requests)
    {
        const string script = """
            try {
              parallel(a: { node { sh 'slow' } }, b: { node { retry(2) { sh 'slow' } } })
            } finally {
              node { sh 'clean up' }
            }
            """;
        var whole = new ScriptRun { Program = ScriptRun.NewProgram(script), World = NewWorld() };
        AbortWhenSlow(whole, requests);
        await whole.ExecuteAsync();
        Assert.Equal(RunResult.Aborted, whole.Result);

        for (var cut = 0; cut < whole.Recorder.Entries.Count; cut++)
        {
            var before = whole.Recorder.Entries.Take(cut).ToList();
            var resumed = new ScriptRun { Program = whole.Program, World = NewWorld() };
            resumed.World.Resume(before);
            AbortWhenSlow(resumed, requests - before.Count(e => e.Event is InterruptRequested), before.Count(e => e.Event is EffectRequested { Request: OnNode }));
            await resumed.ExecuteAsync(InMemoryRecorder.After(whole.Recorder, cut, () => resumed.World.Now));

            Assert.Equal(whole.Log, resumed.Log);
            Assert.Equal(whole.Finished, resumed.Finished);
            Assert.Empty(resumed.World.HeldNodes);
        }
    }

    /// <summary>Asks for the run's end, so many times, once both branches are at work.</summary>
    private static void AbortWhenSlow(ScriptRun run, int requests, int begun = 0) => run.World.Resting = () =>
    {
        if (requests <= 0 || begun + run.World.Performed.Count(p => p.Request is OnNode) < 2)
        {
            return false;
        }

        requests--;
        run.Interrupt("Aborted by admin");
        return true;
    };

    private static FakeWorld NewWorld()
    {
        var world = new FakeWorld
        {
            Delay = effect => effect is OnNode { Operation: RunShell { Script: "slow" } } ? TimeSpan.FromMinutes(10) : TimeSpan.FromSeconds(1),
            Pod = node => node.Templates is [var template] ? new NodePod("kubernetes", "ci", template.Name, "jnlp", ["maven", "jnlp"]) : null,
        };
        world.Answer = effect => effect.Request is OnNode { Operation: RunShell shell } ? new OperationEnded(Answer(shell, effect.Effect)) : null;
        return world;
    }

    // What a script does depends on nothing but the script and its effect's number, so that it does the same after a cut.
    private static OperationResult Answer(RunShell shell, long effect) => shell.Script switch
    {
        "loses its node" when effect < 6 => new OperationFailed("The pod is gone.", IsInfrastructure: true) { IsNodeLost = true },
        "version" => new ShellEnded(0, "1.2\n"),
        "flaky" => new ShellEnded(effect % 3 == 0 ? 0 : 1, null),
        "poll" => new ShellEnded(effect % 3 == 0 ? 0 : 1, null),
        "fails" => new ShellEnded(3, null),
        _ => new ShellEnded(0, shell.CaptureOutput ? "" : null),
    };

    private static IEnumerable<string> Requests(IEnumerable<RunEvent> events) =>
        events.OfType<EffectRequested>().OrderBy(e => e.Effect).Select(e => JsonSerializer.Serialize<RunEvent>(e, ModelJson.Default.RunEvent));

    private static IEnumerable<string> Shown(IEnumerable<RunEvent> events) =>
        events.Where(e => e is FlowNodeStarted or FlowNodeEnded or RunAnnotated).Select(e => JsonSerializer.Serialize(e, ModelJson.Default.RunEvent));
}
