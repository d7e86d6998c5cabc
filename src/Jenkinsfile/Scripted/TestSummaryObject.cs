using Slipway.Jenkinsfile.Execution;
using Slipway.Model.Effects;

namespace Slipway.Jenkinsfile.Scripted;

/// <summary>What <c>junit</c> returns.</summary>
internal sealed class TestSummaryObject(TestsRecorded tests) : HostObject
{
    public override string TypeName => "hudson.tasks.junit.TestResultSummary";

    protected override IReadOnlyList<string> Properties => ["failCount", "passCount", "skipCount", "totalCount"];

    protected override bool TryGet(string name, StepContext context, out object? value)
    {
        value = name switch
        {
            "failCount" => tests.Failed,
            "skipCount" => tests.Skipped,
            "passCount" => tests.Total - tests.Failed - tests.Skipped,
            "totalCount" => tests.Total,
            _ => null,
        };
        return value is not null;
    }
}
