using Slipway.Provisioning.Kubernetes.Checking;
using Slipway.Provisioning.Kubernetes.Yaml;

namespace Slipway.Provisioning.Kubernetes.Tests;

public sealed class RequiredRightsTests
{
    [Fact]
    public void The_role_that_is_offered_grants_every_needed_right_for_applying_it_replaces_what_a_role_of_its_name_granted() =>
        Assert.Equal(Needed, GrantedBy(Documents(RequiredRights.Yaml("ci", new RbacSubject("jenkins", "ci")))));

    [Fact]
    public void The_role_that_is_installed_grants_what_is_needed_and_no_more() =>
        Assert.Equal(Needed, GrantedBy(Documents(File.ReadAllText(InCheckout("deploy/base/rbac.yaml")))));

    [Fact]
    public void The_table_of_the_operators_guide_names_the_same_rights()
    {
        var rows = File.ReadLines(InCheckout("docs/operations/kubernetes.md")).SkipWhile(line => line != "| resource | verbs | for |").Skip(2).TakeWhile(line => line.StartsWith('|'));

        var named = rows.Select(row => row.Split('|', StringSplitOptions.TrimEntries)).SelectMany(cells => cells[2].Split(", ").Select(verb => $"{verb} {cells[1]}"));

        Assert.Equal(Needed, named.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_binding_bears_the_name_of_its_account_so_that_it_replaces_nobody_elses()
    {
        var one = Binding(new RbacSubject("jenkins", "ci"));
        var other = Binding(new RbacSubject("jenkins", "tools"));
        var user = Binding(new RbacSubject("system:node: \"x\"", null));

        Assert.Equal("slipway-agents-ci-jenkins", Text(one, "metadata", "name"));
        Assert.Equal("slipway-agents-tools-jenkins", Text(other, "metadata", "name"));
        Assert.Equal("slipway-agents-system-node-x", Text(user, "metadata", "name"));
        Assert.Equal("system:node: \"x\"", Text(Assert.Single(((YamlValue.Sequence)Find(user, "subjects")!).Items), "name"));
    }

    private static IEnumerable<string> Needed => RequiredRights.All.Select(right => $"{right.Verb} {right.Target}").Order(StringComparer.Ordinal);

    private static YamlValue Binding(RbacSubject account) => Documents(RequiredRights.Yaml("ci", account)).Single(document => Text(document, "kind") == "RoleBinding");

    private static IEnumerable<string> GrantedBy(IEnumerable<YamlValue> documents) =>
        ((YamlValue.Sequence)Find(documents.Single(document => Text(document, "kind") == "Role"), "rules")!).Items
            .SelectMany(rule => Texts(Find(rule, "resources")).SelectMany(resource => Texts(Find(rule, "verbs")).Select(verb => $"{verb} {resource}")))
            .Order(StringComparer.Ordinal);

    private static IEnumerable<YamlValue> Documents(string text) => text.Split("\n---\n").Select(document => YamlDocument.Read(document)!);

    private static IEnumerable<string> Texts(YamlValue? list) => ((YamlValue.Sequence)list!).Items.Select(item => ((YamlValue.Scalar)item).Text);

    private static string? Text(YamlValue? value, params string[] path) => (Find(value, path) as YamlValue.Scalar)?.Text;

    private static YamlValue? Find(YamlValue? value, params string[] path) =>
        path.Aggregate(value, (at, name) => (at as YamlValue.Mapping)?.Entries.FirstOrDefault(entry => entry.Key.Text == name).Value);

    private static string InCheckout(string file)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Slipway.slnx")))
            {
                return Path.Combine(at.FullName, file);
            }
        }

        throw new InvalidOperationException($"{AppContext.BaseDirectory} lies in no checkout.");
    }
}
