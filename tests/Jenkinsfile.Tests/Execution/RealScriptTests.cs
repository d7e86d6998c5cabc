using System.Text.RegularExpressions;
using Slipway.Groovy.Syntax;
using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Lint;
using Slipway.Model.Events;
using Slipway.Model.Operations;
using Slipway.Testing;

namespace Slipway.Jenkinsfile.Tests.Execution;

/// <summary>
/// Runs the scripted ones of the real Jenkinsfiles beside the checkout (<c>../shared/corpus</c>, or <c>SLIPWAY_CORPUS</c>; skipped where they are absent) in a world where every
/// command succeeds. They want libraries and plugins that are not there; what is held here is that each ends, as a script does, and replays to the same end.
/// </summary>
public sealed class RealScriptTests
{
    public static TheoryData<string> Files()
    {
        var data = new TheoryData<string>();
        var directory = FindCorpus();
        if (directory is null)
        {
            data.Add("");
            return data;
        }

        foreach (var file in Directory.EnumerateFiles(directory, "*.groovy").Order(StringComparer.Ordinal))
        {
            var reading = PipelineLinter.Read(new SourceText("Jenkinsfile", File.ReadAllText(file)));
            if (reading is { IsValid: true, IsDeclarative: false })
            {
                data.Add(Path.GetFileName(file));
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task It_ends_and_replays_to_the_same_end(string file)
    {
        Assert.SkipWhen(file.Length == 0, "The corpus is not there: put it at ../shared/corpus beside the checkout, or name its place in SLIPWAY_CORPUS.");
        var program = ScriptRun.NewProgram(File.ReadAllText(Path.Combine(FindCorpus()!, file))) with
        {
            Scm = new ScmRevision("https://git.example/app.git", new string('c', 40), "main", null, ["*/main"]),
            Environment = new Dictionary<string, string> { ["BRANCH_NAME"] = "main" },
        };
        var run = new ScriptRun { Program = program, World = NewWorld(), Options = new PipelineRunOptions { MaxInstructions = 20_000_000, MaxSteps = 20_000 } };
        await run.ExecuteAsync();
        TestContext.Current.SendDiagnosticMessage("{0}: {1} {2}", file, run.Result, run.Finished!.Error ?? "");

        Assert.False(run.Finished!.IsInfrastructure, run.Log);
        var world = NewWorld();
        var cut = run.Recorder.Entries.Count / 2;
        world.Resume(run.Recorder.Entries.Take(cut));
        var resumed = new ScriptRun { Program = program, World = world, Options = run.Options };
        await resumed.ExecuteAsync(InMemoryRecorder.After(run.Recorder, cut, () => world.Now));
        Assert.Equal(WithoutTimes(run.Log), WithoutTimes(resumed.Log));
    }

    // A line is dated when it is written first; here the resumed run writes all of them.
    private static string WithoutTimes(string log) => Regex.Replace(log, @"^\[\d{4}-\d\d-\d\dT[\d:.]+Z\] ", "", RegexOptions.Multiline);

    private static FakeWorld NewWorld() => new() { Shell = shell => new ShellEnded(0, shell.CaptureOutput ? "1.2.3\n" : null) };

    private static string? FindCorpus()
    {
        var named = Environment.GetEnvironmentVariable("SLIPWAY_CORPUS");
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); named is null && at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Slipway.slnx")))
            {
                for (var above = at.Parent; above is not null && named is null; above = above.Parent)
                {
                    var beside = Path.Combine(above.FullName, "shared", "corpus");
                    named = Directory.Exists(beside) ? beside : null;
                }
            }
        }

        return named is not null && Directory.Exists(Path.Combine(named, "jenkinsfiles")) ? Path.Combine(named, "jenkinsfiles") : null;
    }
}
