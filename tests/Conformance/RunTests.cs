using System.Text.Json;
using System.Text.RegularExpressions;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Events;
using Slipway.Testing;

namespace Slipway.Conformance;

/// <summary>Runs the corpus' pipelines and holds result, log, stages and archives against what is expected.</summary>
public sealed class RunTests
{
    public static TheoryData<string> Ids { get; } = [.. Corpus.Instance?.Entries.Where(IsRun).Select(e => e.Id) ?? [""]];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task A_pipeline_runs_to_the_expected_result_and_log(string id)
    {
        Assert.SkipWhen(Corpus.Instance is null, Corpus.Absent);
        var entry = Corpus.Instance!.Entries.Single(e => e.Id == id);
        Verdicts.Expect(entry, await CheckAsync(entry));
    }

    internal static bool IsRun(CorpusEntry entry) => entry is { Kind: "run", Valid: not false, Errors.Count: 0 };

    /// <summary>Null where it is as expected, else what differs.</summary>
    internal static async Task<string?> CheckAsync(CorpusEntry entry)
    {
        if (Unreachable(entry) is { } missing)
        {
            return missing;
        }

        PreviousRun? previous = null;
        var number = 1;
        foreach (var before in Corpus.Instance!.Before(entry))
        {
            using var earlier = new CorpusWorld(before);
            var run = await ExecuteAsync(before, earlier, number++, previous);
            previous = new PreviousRun(number - 1, run.Result, run.Result == RunResult.Success ? run.Result : null, run.Program.Started, TimeSpan.FromSeconds(1));
        }

        using var world = new CorpusWorld(entry);
        return Compare(entry, world, await ExecuteAsync(entry, world, number, previous));
    }

    /// <summary>What the test's world cannot give to the run.</summary>
    private static string? Unreachable(CorpusEntry entry) =>
        entry.How is not (null or "doStop") ? $"it is started otherwise: {entry.How}"
        : entry.Setup.Branches.Any(b => b.GetProperty("op").GetString() == "openChangeRequest") ? "it needs change requests of a multibranch project"
        : entry.Needs.FirstOrDefault(n => n.StartsWith("test-only extension (written in Java)", StringComparison.Ordinal)) is { } java ? $"it needs a {java}"
        : null;

    private static async Task<ScriptRun> ExecuteAsync(CorpusEntry entry, CorpusWorld world, int number, PreviousRun? previous)
    {
        var environment = new Dictionary<string, string>();
        if (entry.BranchJob is { } branch)
        {
            environment["BRANCH_NAME"] = branch;
            if (entry.Setup.Branches.Any(b => b.GetProperty("op").GetString() == "createTag" && b.GetProperty("args")[1].GetString() == branch))
            {
                environment["TAG_NAME"] = branch;
            }
        }

        var program = ScriptRun.NewProgram(Corpus.Instance!.TextOf(entry.File)) with
        {
            Job = "test1",
            Number = number,
            Scm = entry.FromRepo ? new ScmRevision("https://git.example/test.git", new string('a', 40), "master", null, ["*/master"]) : null,
            Environment = environment,
            Previous = previous,
        };
        var run = new ScriptRun { Program = program, World = world.World };
        if (entry.How == "doStop")
        {
            StopAtFirstWait(run);
        }

        await run.ExecuteAsync(TestContext.Current.CancellationToken);
        return run;
    }

    private static void StopAtFirstWait(ScriptRun run)
    {
        var isStopped = false;
        run.World.Resting = () =>
        {
            if (isStopped || !run.World.Performed.Any(p => p.Request is Wait))
            {
                return false;
            }

            run.Interrupt("Aborted by admin");
            return isStopped = true;
        };
    }

    private static string? Compare(CorpusEntry entry, CorpusWorld world, ScriptRun run)
    {
        var log = run.Log + world.Output;
        var differences = new List<string>();
        if (!run.Events.OfType<FlowNodeStarted>().Any() && run.Log.Contains("startup failed:", StringComparison.Ordinal))
        {
            // A pipeline that upstream starts must start here too, even where it is expected to fail.
            differences.Add("it was refused before it ran");
        }

        if (entry.Result is not null && run.Result.ToJenkins() != entry.Result)
        {
            differences.Add($"the result is {run.Result.ToJenkins()} instead of {entry.Result}");
        }

        differences.AddRange(entry.LogContains.Where(t => !log.Contains(t, StringComparison.Ordinal)).Select(t => $"the log lacks: {t}"));
        differences.AddRange(entry.LogNotContains.Where(t => log.Contains(t, StringComparison.Ordinal)).Select(t => $"the log has: {t}"));
        differences.AddRange(entry.LogMatches.Where(t => !Regex.IsMatch(log, t)).Select(t => $"the log does not match: {t}"));
        differences.AddRange(OutOfOrder(entry.LogInOrder, log));
        differences.AddRange(DifferentArchives(entry, world));
        differences.AddRange(DifferentStages(entry, run));
        return differences.Count == 0 ? null : $"{string.Join("; ", differences)}\n{log}";
    }

    private static IEnumerable<string> OutOfOrder(IReadOnlyList<string> texts, string log)
    {
        var at = 0;
        foreach (var text in texts)
        {
            var found = log.IndexOf(text, at, StringComparison.Ordinal);
            if (found < 0)
            {
                yield return $"not in order: {text}";
                yield break;
            }

            at = found + text.Length;
        }
    }

    private static IEnumerable<string> DifferentArchives(CorpusEntry entry, CorpusWorld world)
    {
        foreach (var (name, expected) in entry.Archives)
        {
            var pieces = expected.ValueKind == JsonValueKind.String ? [expected.GetString()!] : expected.GetProperty("allOf").EnumerateArray().Select(e => e.GetString()!).ToArray();
            if (!world.Archived.TryGetValue(name, out var content) || pieces.Any(p => !content.Contains(p, StringComparison.Ordinal)))
            {
                yield return $"the archive has no {name} with {expected}";
            }
        }
    }

    private static IEnumerable<string> DifferentStages(CorpusEntry entry, ScriptRun run)
    {
        var ended = run.Events.OfType<FlowNodeEnded>().ToDictionary(e => e.Node);
        var stages = run.Events.OfType<FlowNodeStarted>().Where(s => s.Kind == FlowNodeKind.Stage).ToList();
        if (entry.StageStatus is { } statuses)
        {
            foreach (var expected in statuses.EnumerateObject())
            {
                var stage = stages.FirstOrDefault(s => s.Name == expected.Name);
                var status = stage is null ? "absent" : StatusOf(ended[stage.Node]);
                if (status != expected.Value.GetString())
                {
                    yield return $"stage {expected.Name} is {status} instead of {expected.Value}";
                }
            }
        }

        // An entry that names only the kind of a tag does not say which.
        foreach (var tag in entry.StageTags.Where(t => t[2] != "StageStatusMetadata"))
        {
            var stage = stages.FirstOrDefault(s => s.Name == tag[0]);
            var has = stage is not null && HasTag(ended[stage.Node], tag[2]);
            if (has != (tag[1] == "tag"))
            {
                yield return $"stage {tag[0]} {(has ? "has" : "lacks")} the mark {tag[2]}";
            }
        }
    }

    /// <summary>Jenkins shows a stage that was skipped for a failure as failed.</summary>
    private static string StatusOf(FlowNodeEnded node) => node.Status switch
    {
        FlowNodeStatus.Skipped when HasTag(node, "SkippedForFailure") => "FAILURE",
        FlowNodeStatus.Skipped when HasTag(node, "SkippedForUnstable") => "UNSTABLE",
        FlowNodeStatus.Skipped => "NOT_EXECUTED",
        var status => status.ToString().ToUpperInvariant(),
    };

    private static bool HasTag(FlowNodeEnded node, string tag) => tag switch
    {
        "FailedAndContinued" => node.Status == FlowNodeStatus.Failure,
        "SkippedForFailure" => node is { Status: FlowNodeStatus.Skipped, Reason: "earlier failure(s)" },
        "SkippedForUnstable" => node is { Status: FlowNodeStatus.Skipped, Reason: "earlier stage(s) marking the build as unstable" },
        "SkippedForConditional" => node is { Status: FlowNodeStatus.Skipped, Reason: "when conditional" },
        _ => false,
    };
}
