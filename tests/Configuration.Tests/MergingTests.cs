namespace Slipway.Configuration.Tests;

public sealed class MergingTests : IDisposable
{
    private readonly ConfigurationDirectory _directory = new() { InCluster = ConfigurationDirectory.Pod };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Clouds_of_several_files_are_one_list_in_the_order_of_the_files()
    {
        _directory.Write("conf/b.yml", Cloud("second"));
        _directory.Write("conf/a.yaml", Cloud("first"));
        _directory.Write("conf/nested/c.yaml", Cloud("third"));
        _directory.Write("conf/readme.txt", "no: yaml: at: all");

        var result = _directory.Read(Path.Combine(_directory.Root, "conf"));

        Assert.Empty(result.Faults);
        Assert.Equal(["first", "second", "third"], result.Clouds.Select(cloud => cloud.Settings.Name));
    }

    [Fact]
    public void A_setting_that_stands_in_two_files_is_a_fault_that_names_both_places()
    {
        var first = _directory.Write("a.yaml", "jenkins:\n  mode: NORMAL\n");
        var second = _directory.Write("b.yaml", "jenkins:\n\n  mode: NORMAL\n");

        var fault = Assert.Single(_directory.Read(first, second).Faults);

        Assert.Equal((second, 3, "jenkins.mode"), (fault.File, fault.Line, fault.Key));
        Assert.Contains($"{first}:2", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_clouds_of_one_name_are_a_fault_across_files_too()
    {
        var first = _directory.Write("a.yaml", Cloud("kubernetes"));
        var second = _directory.Write("b.yaml", Cloud("kubernetes"));

        var fault = Assert.Single(_directory.Read(first, second).Faults);

        Assert.Equal((second, "jenkins.clouds[0].kubernetes.name"), (fault.File, fault.Key));
        Assert.Contains(first, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mounted_ConfigMap_is_read_once_though_its_versions_lie_beside()
    {
        _directory.Write("map/..2026_11_21/jenkins.yaml", Cloud("kubernetes"));
        File.CreateSymbolicLink(Path.Combine(_directory.Root, "map/..data"), "..2026_11_21");
        File.CreateSymbolicLink(Path.Combine(_directory.Root, "map/jenkins.yaml"), "..data/jenkins.yaml");

        var result = _directory.Read(Path.Combine(_directory.Root, "map"));

        Assert.Empty(result.Faults);
        Assert.Single(result.Clouds);
    }

    [Fact]
    public void Every_fault_of_every_file_is_told_at_once()
    {
        var first = _directory.Write("a.yaml", "jenkins:\n  clouds:\n  - kubernetes:\n      name: one\n      containerCap: many\n      nonsense: 1\n");
        var second = _directory.Write("b.yaml", "jenkins:\n  clouds:\n  - kubernetes:\n      name: two\n      credentialsId: nobody\n      serverUrl: https://elsewhere:6443\n");
        var missing = Path.Combine(_directory.Root, "missing.yaml");

        var faults = _directory.Read(first, second, missing).Faults;

        Assert.Equal(
            [(missing, ""), (first, "jenkins.clouds[0].kubernetes.containerCap"), (first, "jenkins.clouds[0].kubernetes.nonsense"), (second, "jenkins.clouds[0].kubernetes.credentialsId")],
            faults.Select(fault => (fault.File, fault.Key)));
    }

    [Fact]
    public void What_is_no_YAML_is_told_once_with_its_line()
    {
        var fault = Assert.Single(_directory.ReadText("jenkins:\n  clouds: [\n").Faults);

        Assert.Contains("no YAML", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_that_this_version_does_not_apply_are_listed()
    {
        var result = _directory.ReadText("jenkins:\n  numExecutors: 0\n  clouds:\n  - docker: {}\nunclassified: {}\nsecurity: {}\n");

        Assert.Equal(["jenkins.clouds[].docker", "jenkins.numExecutors", "security", "unclassified"], result.NotApplied);
        Assert.Empty(result.Faults);
    }

    [Fact]
    public void Equal_contents_have_equal_fingerprints_and_a_changed_secret_another_one()
    {
        const string Text = "jenkins:\n  clouds:\n  - kubernetes:\n      jenkinsUrl: http://${HOST}/\n";
        _directory.Environment["HOST"] = "one";
        var before = _directory.ReadText(Text).Fingerprint;
        Assert.Equal(before, _directory.ReadText("# said again\n" + Text).Fingerprint);

        _directory.Environment["HOST"] = "two";

        Assert.NotEqual(before, _directory.ReadText(Text).Fingerprint);
    }

    private static string Cloud(string name) => $"jenkins:\n  clouds:\n  - kubernetes:\n      name: {name}\n";
}
