using Slipway.Jenkinsfile.Steps;

namespace Slipway.Jenkinsfile.Tests.Steps;

public sealed class StepCatalogTests
{
    [Fact]
    public void Names_are_unique_and_mains_exist()
    {
        Assert.Equal(StepCatalog.All.Count, StepCatalog.All.Select(s => s.Name).Distinct().Count());
        Assert.All(StepCatalog.All.Where(s => s.Main is not null && !s.TakesAnything), s => Assert.NotNull(s.Parameter(s.Main!)));
    }

    [Fact]
    public void The_compatibility_list_is_up_to_date()
    {
        var path = Path.Combine(FindRoot(), "docs", "compatibility", "steps.md");
        var expected = StepDocument.Render();
        if (Environment.GetEnvironmentVariable("SLIPWAY_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, expected);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path) == expected, $"{path} is not what the step table says. Run this test with SLIPWAY_UPDATE_DOCS=1 to write it.");
    }

    private static string FindRoot()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Slipway.slnx")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new InvalidOperationException("The test does not run from a checkout.");
    }
}
