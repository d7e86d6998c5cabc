using Slipway.Jenkinsfile.Execution;
using Slipway.Jenkinsfile.Scripted;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Operations;

namespace Slipway.Jenkinsfile.Steps;

/// <summary>Steps that keep what a run made: files and test results.</summary>
internal static class PublishSteps
{
    private const string NoFingerprints = "there are no fingerprints.";
    private const string NoChecks = "results are not published to a code host.";

    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        new()
        {
            Name = "archiveArtifacts",
            Summary = "Keeps files of the current directory with the run.",
            Parameters =
            [
                StepParameter.Text("artifacts").Required(),
                StepParameter.Text("excludes"),
                StepParameter.Flag("allowEmptyArchive"),
                StepParameter.Flag("fingerprint").Ignored(NoFingerprints),
                StepParameter.Flag("onlyIfSuccessful"),
                StepParameter.Flag("defaultExcludes", true),
                StepParameter.Flag("caseSensitive", true),
                StepParameter.Flag("followSymlinks", true).Ignored("links are followed inside the workspace only."),
            ],
            Main = "artifacts",
            NeedsNode = true,
            Classes = ["ArtifactArchiver"],
            Run = ArchiveAsync,
        },
        new()
        {
            Name = "archive",
            Summary = "The old form of archiveArtifacts.",
            Parameters = [StepParameter.Text("includes").Required(), StepParameter.Text("excludes")],
            Main = "includes",
            NeedsNode = true,
            Run = async call =>
            {
                await UploadAsync(call, call.Arguments.RequiredText("includes"), allowEmpty: true, useDefaultExcludes: true, caseSensitive: true);
                return null;
            },
        },
        new()
        {
            Name = "junit",
            Summary = "Reads JUnit reports and keeps their results with the run; failures make it unstable.",
            Parameters =
            [
                StepParameter.Text("testResults").Required(),
                StepParameter.Flag("allowEmptyResults"),
                StepParameter.Flag("keepLongStdio").Ignored("the whole output is kept as it is in the report."),
                StepParameter.Text("stdioRetention", "").Ignored("the whole output is kept as it is in the report."),
                StepParameter.Any("healthScaleFactor").Ignored("jobs have no health reports."),
                StepParameter.Flag("skipMarkingBuildUnstable"),
                StepParameter.Flag("skipPublishingChecks").Ignored(NoChecks),
                StepParameter.Text("checksName").Ignored(NoChecks),
                StepParameter.Flag("skipOldReports").Ignored("reports are taken as the patterns name them."),
                StepParameter.Flag("keepProperties").Ignored("properties of suites are not shown."),
                StepParameter.Flag("keepTestNames").Ignored("names are shown as they are in the report."),
                StepParameter.List("testDataPublishers").RefusedBecause("there are no publishers beside the report itself."),
            ],
            Main = "testResults",
            NeedsNode = true,
            Classes = ["JUnitResultArchiver"],
            Run = JUnitAsync,
        },
    ];

    private static async Task<object?> ArchiveAsync(StepCall call)
    {
        call.Log("Archiving artifacts");
        if (call.Arguments.Flag("onlyIfSuccessful") && call.Run.State.CurrentResult > RunResult.Success)
        {
            call.Log("Skipping archiving because build is not successful");
            return null;
        }

        var pattern = call.Arguments.RequiredText("artifacts");
        var allowEmpty = call.Arguments.Flag("allowEmptyArchive");
        var count = await UploadAsync(call, pattern, allowEmpty, call.Arguments.Flag("defaultExcludes", true), call.Arguments.Flag("caseSensitive", true));
        if (count > 0)
        {
            return null;
        }

        var message = $"No artifacts found that match the file pattern \"{pattern}\". Configuration error?";
        if (!allowEmpty)
        {
            throw Failures.Abort(message);
        }

        call.Log(message);
        return null;
    }

    private static async Task<int> UploadAsync(StepCall call, string pattern, bool allowEmpty, bool useDefaultExcludes, bool caseSensitive)
    {
        var uploaded = await call.Context.OnNodeAsync<FilesUploaded>(new UploadFiles(
            UploadPurpose.Artifacts, "", FilePatterns.Split(pattern), FilePatterns.Split(call.Arguments.Text("excludes")), useDefaultExcludes, AllowEmpty: true, caseSensitive));
        return uploaded.Count;
    }

    private static async Task<object?> JUnitAsync(StepCall call)
    {
        call.Log("Recording test results");
        var upload = new UploadFiles(UploadPurpose.TestReports, "", FilePatterns.Split(call.Arguments.RequiredText("testResults")), [], UseDefaultExcludes: true, AllowEmpty: true);
        var tests = await call.Context.PerformAsync(call.Context.ToEffect(upload)) switch
        {
            TestsRecorded recorded => recorded,
            OperationEnded { Result: FilesUploaded { Count: 0 } } => new TestsRecorded(0, 0, 0, 0),
            OperationEnded ended => throw new InvalidOperationException($"Test reports were answered with {call.Context.Check(upload, ended.Result).GetType().Name}."),
            var other => throw new InvalidOperationException($"Test reports were answered with {other.GetType().Name}."),
        };
        if (tests.Files == 0 || tests.Total == 0)
        {
            var message = tests.Files == 0 ? "No test report files were found. Configuration error?" : "None of the test reports contained any result";
            if (!call.Arguments.Flag("allowEmptyResults"))
            {
                throw Failures.Abort(message);
            }

            call.Log(message);
        }

        if (tests.Failed > 0 && !call.Arguments.Flag("skipMarkingBuildUnstable"))
        {
            call.Run.State.Worsen(RunResult.Unstable);
            call.Mark(RunResult.Unstable, $"{tests.Failed} of {tests.Total} tests failed");
        }

        return new TestSummaryObject(tests);
    }
}
