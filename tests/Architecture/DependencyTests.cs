using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Slipway.Architecture;

public sealed class DependencyTests
{
    private static readonly XDocument Packages = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"));

    [Fact]
    public void Every_package_has_a_row_with_its_version_in_the_document_of_dependencies()
    {
        var rows = Repository.ReadLines("docs/dependencies.md").Where(line => line.StartsWith('|')).Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries)).ToList();
        var missing = Packages.Descendants("PackageVersion")
            .Select(package => (Name: package.Attribute("Include")!.Value, Version: package.Attribute("Version")!.Value))
            .Where(package => !rows.Any(row => row[0].Split(", ").Contains(package.Name) && row[1].Split(", ").Contains(package.Version)));

        Assert.Empty(missing);
    }

    [Fact]
    public void Every_row_of_the_document_is_a_package_that_is_pinned()
    {
        var pinned = Packages.Descendants("PackageVersion").Select(package => package.Attribute("Include")!.Value).ToHashSet();
        var rows = Repository.ReadLines("docs/dependencies.md").Where(line => line.StartsWith('|') && !line.StartsWith("|---", StringComparison.Ordinal) && !line.StartsWith("| package ", StringComparison.Ordinal));
        var unknown = rows.SelectMany(row => row.Trim('|').Split('|')[0].Split(',', StringSplitOptions.TrimEntries)).Where(name => !pinned.Contains(name));

        Assert.Empty(unknown);
    }

    [Fact]
    public void Every_pinned_package_is_used()
    {
        var used = Repository.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal) || Path.GetFileName(file) is "Directory.Build.props" or "Directory.Build.targets")
            .SelectMany(file => Regex.Matches(Repository.Read(file), "<PackageReference (?:Include|Update)=\"([^\"]+)\"").Select(match => match.Groups[1].Value))
            .ToHashSet();
        // Pinned for the sake of the package that brings it along, not used by name.
        string[] broughtAlong = ["SQLitePCLRaw.core"];
        var unused = Packages.Descendants("PackageVersion").Select(package => package.Attribute("Include")!.Value).Where(name => !used.Contains(name) && !broughtAlong.Contains(name));

        Assert.Empty(unused);
    }

    [Fact]
    public void Versions_are_pinned_exactly()
    {
        var floating = Packages.Descendants("PackageVersion").Select(package => package.Attribute("Version")!.Value).Where(version => !Regex.IsMatch(version, @"^\d+(\.\d+){1,3}(-[a-z0-9.]+)?$"));

        Assert.Empty(floating);
    }

    // A lock file that names a host works only where that host is reached.
    [Fact]
    public void Lock_files_name_no_host()
    {
        var found = Repository.Files.Where(file => Path.GetFileName(file) is "package-lock.json" || file.EndsWith(".lock.json", StringComparison.Ordinal))
            .Where(file => Repository.ReadLines(file).Any(line => Regex.IsMatch(line, "\"resolved\": *\"[a-z+]+://")));

        Assert.Empty(found);
    }
}
