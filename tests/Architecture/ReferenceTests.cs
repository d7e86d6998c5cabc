using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Slipway.Architecture;

public sealed class ReferenceTests
{
    public static TheoryData<string> Projects => [.. ReferenceTable.Rows.Keys];

    [Fact]
    public void Every_project_has_a_row_in_the_reference_table_and_every_row_a_project()
    {
        var projects = Repository.Under("src", ".csproj").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal);

        Assert.Equal(projects, ReferenceTable.Rows.Keys.Order(StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Projects))]
    public void Project_file_references_only_what_the_table_allows(string project)
    {
        var references = XDocument.Load(Path.Combine(Repository.Root, $"src/{project}/{project}.csproj"))
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

        AssertAllowed(project, references);
    }

    // The project file alone does not tell: references reach through other projects, and code may use what comes along.
    [Theory, MemberData(nameof(Projects))]
    public void Assembly_uses_only_what_the_table_allows(string project)
    {
        using var file = File.OpenRead(AssemblyOf(project));
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        var references = metadata.AssemblyReferences
            .Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))
            .Select(ProjectOf)
            .OfType<string>();

        AssertAllowed(project, references);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Repository.Read("Slipway.slnx");
        var missing = Repository.Under("src", ".csproj").Concat(Repository.Under("tests", ".csproj")).Where(path => !solution.Contains($"\"{path}\"", StringComparison.Ordinal));

        Assert.Empty(missing);
    }

    [Fact]
    public void No_project_of_the_product_references_a_test()
    {
        var found = Repository.Under("src", ".csproj").Where(path => Repository.Read(path).Contains("tests/", StringComparison.Ordinal));

        Assert.Empty(found);
    }

    private static void AssertAllowed(string project, IEnumerable<string> references)
    {
        var forbidden = references.Distinct().Except(ReferenceTable.Rows[project]).Order(StringComparer.Ordinal).ToList();

        Assert.True(forbidden.Count == 0, $"{project} references {string.Join(", ", forbidden)}, which its row in {ReferenceTable.Document} does not allow. "
            + "Move the code to where it belongs; if the reference is right, add it to the table and say why in a decision (docs/adr/).");
    }

    private static string AssemblyOf(string project)
    {
        var name = project switch { "Agent" => "slipway-agent", "Cli" => "slipway", _ => $"Slipway.{project}" };
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        var folder = project == "Agent" ? Path.Combine(Repository.Root, "artifacts/bin/Agent", configuration) : AppContext.BaseDirectory;
        return Path.Combine(folder, name + ".dll");
    }

    private static string? ProjectOf(string assembly) => assembly switch
    {
        "slipway" => "Cli",
        "slipway-agent" => "Agent",
        _ => assembly.StartsWith("Slipway.", StringComparison.Ordinal) ? assembly["Slipway.".Length..] : null,
    };
}
