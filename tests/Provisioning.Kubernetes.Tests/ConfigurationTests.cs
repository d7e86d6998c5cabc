using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Tests;

public sealed class ConfigurationTests
{
    [Fact]
    public void Every_fault_is_told_with_its_place_and_the_key_that_was_meant()
    {
        var read = Read("""
            jenkins:
              clouds:
                - kubernetes:
                    name: one
                    conainerCap: 3
                    webSocket: perhaps
                    templates:
                      - name: a
                        idleMinutes: soon
                        volumes:
                          - hostPathVolum:
                              mountPath: /x
                          - configMapVolume:
                              mountPath: relative
                        containers: x
            """);

        Assert.Equal(
            [
                "casc.yaml:5:9: jenkins.clouds[0].kubernetes.conainerCap: There is no such setting. Did you mean 'containerCap'?",
                "casc.yaml:6:20: jenkins.clouds[0].kubernetes.webSocket: 'perhaps' has to be true or false.",
            ],
            read.Faults.Take(2).Select(fault => fault.ToString()));
        Assert.Equal([5, 6, 9, 11, 14, 14, 15], read.Faults.Select(fault => fault.Line));
        Assert.Contains("Did you mean 'hostPathVolume'?", read.Faults[3].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 172800)]
    [InlineData("podDeadlineSeconds: 3600", 3600)]
    [InlineData("podDeadlineSeconds: 0", 0)]
    public void The_deadline_of_pods_is_two_days_unless_the_cloud_says_otherwise(string setting, int seconds)
    {
        var read = Read($"jenkins:\n  clouds:\n    - kubernetes:\n        name: a\n        {setting}\n");

        Assert.Empty(read.Faults);
        Assert.Equal(seconds, read.Clouds[0].PodDeadlineSeconds);
    }

    [Theory]
    [InlineData("59", "59 seconds end every pod before it has done any work. Give 60 at least, or 0 for no deadline.")]
    [InlineData("-1", "'-1' has to be a whole number from 0 to 2147483647.")]
    [InlineData("2 days", "'2 days' has to be a whole number from 0 to 2147483647.")]
    public void A_deadline_of_pods_that_cannot_be_is_a_fault(string value, string message)
    {
        var fault = Assert.Single(Read($"jenkins:\n  clouds:\n    - kubernetes:\n        podDeadlineSeconds: {value}\n").Faults);

        Assert.Equal(("jenkins.clouds[0].kubernetes.podDeadlineSeconds", message), (fault.Key, fault.Message));
    }

    [Theory]
    [InlineData("jenkins: ]", 1)]
    [InlineData("jenkins:\n  clouds:\n    - kubernetes: {name: a, name: b}", 3)]
    [InlineData("a: *nothing", 1)]
    public void A_text_that_is_no_YAML_is_one_fault_at_its_line(string text, int line)
    {
        var fault = Assert.Single(Read(text).Faults);

        Assert.Equal(line, fault.Line);
    }

    [Fact]
    public void Aliases_that_multiply_are_refused_before_they_fill_the_memory()
    {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 9).Select(level => $"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10))}]\n"));

        Assert.Contains("counting each use of an alias", Assert.Single(Read(bomb).Faults).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_without_end_is_refused() =>
        Assert.Contains("levels deep", Assert.Single(Read(new string('[', 5000) + new string(']', 5000)).Faults).Message, StringComparison.Ordinal);

    [Fact]
    public void Without_secrets_references_stay_as_they_are_written_and_are_listed()
    {
        var read = Read("jenkins:\n  clouds:\n    - kubernetes:\n        credentialsId: ${TOKEN}\n        containerCapStr: ${CAP:-7}\n");

        Assert.Empty(read.Faults);
        Assert.Equal("${TOKEN}", read.Clouds[0].CredentialsId);
        Assert.Equal([("TOKEN", 4), ("CAP", 5)], read.References.Select(reference => (reference.Name, reference.Line)));
    }

    [Fact]
    public void With_secrets_references_become_values_and_escaped_ones_stay_text()
    {
        var read = Read("jenkins:\n  clouds:\n    - kubernetes:\n        credentialsId: a-${TOKEN}\n        containerCapStr: ${CAP:-7}\n        jenkinsUrl: ^${computer.name}\n", name => name == "TOKEN" ? "value" : null);

        Assert.Empty(read.Faults);
        Assert.Equal(("a-value", 7, "${computer.name}"), (read.Clouds[0].CredentialsId, read.Clouds[0].ContainerCap, read.Clouds[0].JenkinsUrl));
    }

    [Fact]
    public void A_name_that_no_secret_has_is_a_fault_at_its_place()
    {
        var fault = Assert.Single(Read("jenkins:\n  clouds:\n    - kubernetes:\n        credentialsId: ${TOKEN}\n", _ => null).Faults);

        Assert.Equal((4, 24, "jenkins.clouds[0].kubernetes.credentialsId"), (fault.Line, fault.Column, fault.Key));
    }

    [Fact]
    public void Raw_pods_are_checked_when_they_are_read()
    {
        var fault = Assert.Single(Read("jenkins:\n  clouds:\n    - kubernetes:\n        templates:\n          - yaml: |\n              spec:\n                containers:\n                - image: x\n").Faults);

        Assert.Contains("the container has no name", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_namespace_with_capitals_loads_and_is_warned_about()
    {
        var read = Read("jenkins:\n  clouds:\n    - kubernetes:\n        namespace: NAMESPACE\n");

        Assert.Empty(read.Faults);
        Assert.Contains(read.Warnings, warning => warning.Line == 4 && warning.Message.Contains("'NAMESPACE'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("namespace: a/b", "jenkins.clouds[0].kubernetes.namespace")]
    [InlineData("templates: [{namespace: ../x}]", "jenkins.clouds[0].kubernetes.templates[0].namespace")]
    [InlineData("garbageCollection: {namespaces: 'ok,kube-system%2Fpods'}", "jenkins.clouds[0].kubernetes.garbageCollection.namespaces")]
    public void A_namespace_that_is_none_is_a_fault_at_its_place(string setting, string key)
    {
        var fault = Assert.Single(Read($"jenkins:\n  clouds:\n    - kubernetes:\n        {setting}\n").Faults);

        Assert.Equal((4, key), (fault.Line, fault.Key));
        Assert.Contains("is no name of a namespace: at most 63 lower-case letters", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("''")]
    [InlineData("2147483647")]
    public void A_cap_of_zero_of_nothing_and_of_the_largest_number_is_none(string cap)
    {
        var read = Read($"jenkins:\n  clouds:\n    - kubernetes:\n        containerCapStr: {cap}\n        templates: [{{instanceCapStr: {cap}}}]\n");

        Assert.Empty(read.Faults);
        Assert.Null(read.Clouds[0].ContainerCap);
        Assert.Null(read.Clouds[0].Templates[0].InstanceCap);
    }

    [Fact]
    public void Two_clouds_of_one_name_are_a_fault() =>
        Assert.Contains("Two clouds are called 'a'", Assert.Single(Read("jenkins:\n  clouds:\n    - kubernetes: {name: a}\n    - kubernetes: {name: a}\n").Faults).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_kind_of_volume_is_read()
    {
        var read = Read("""
            jenkins:
              clouds:
                - kubernetes:
                    templates:
                      - volumes:
                          - configMapVolume: {mountPath: /1, configMapName: a, subPath: s}
                          - secretVolume: {mountPath: /2, secretName: a, defaultMode: "0400"}
                          - emptyDirVolume: {mountPath: /3, memory: true}
                          - hostPathVolume: {mountPath: /4, hostPath: /h, readOnly: true}
                          - nfsVolume: {mountPath: /5, serverAddress: s, serverPath: /p}
                          - persistentVolumeClaim: {mountPath: /6, claimName: c}
                          - dynamicPVC: {mountPath: /7, requestsSize: 1Gi, storageClassName: fast}
                          - genericEphemeralVolume: {mountPath: /8}
                        workspaceVolume:
                          dynamicPVC: {accessModes: ReadWriteOnce}
                        podRetention: "onFailure"
            """);

        Assert.Empty(read.Faults);
        var template = read.Clouds[0].Templates[0];
        Assert.Equal(
            [typeof(ConfigMapVolume), typeof(SecretVolume), typeof(EmptyDirVolume), typeof(HostPathVolume), typeof(NfsVolume), typeof(PersistentVolumeClaim), typeof(DynamicPVCVolume), typeof(GenericEphemeralVolume)],
            template.Volumes.Select(volume => volume.GetType()));
        Assert.IsType<DynamicPVCWorkspaceVolume>(template.WorkspaceVolume);
        Assert.Equal(PodRetention.OnFailure, template.PodRetention);
    }

    private static KubernetesConfigurationResult Read(string text, Func<string, string?>? secrets = null) => KubernetesConfiguration.Read(text, "casc.yaml", secrets);
}
