using Slipway.Provisioning.Kubernetes.Configuration;

namespace Slipway.Provisioning.Kubernetes.Tests;

public sealed class CloudCheckTests
{
    [Theory]
    [InlineData("jenkinsUrl: not a url", "jenkinsUrl", "no http or https address")]
    [InlineData("jenkinsUrl: ftp://x", "jenkinsUrl", "no http or https address")]
    [InlineData("jenkinsTunnel: '::::'", "jenkinsTunnel", "host:port")]
    [InlineData("jenkinsTunnel: 'host:70000'", "jenkinsTunnel", "host:port")]
    [InlineData("jenkinsTunnel: ':'", "jenkinsTunnel", "host:port")]
    [InlineData("namespace: Not_A_Namespace", "namespace", "lower-case")]
    [InlineData("garbageCollection: {namespaces: \"fine\\nNot_Fine\"}", "garbageCollection.namespaces", "'Not_Fine'")]
    [InlineData("podLabels: [{key: a b, value: x}]", "podLabels[0].key", "no key of a label")]
    [InlineData("defaultsProviderTemplate: nosuch", "defaultsProviderTemplate", "no template 'nosuch'")]
    public void What_a_cloud_cannot_use_is_a_fault_at_its_key(string settings, string key, string message)
    {
        var fault = Assert.Single(Read($"jenkins:\n  clouds:\n  - kubernetes:\n      {settings}\n").Faults);

        Assert.Equal((4, $"jenkins.clouds[0].kubernetes.{key}"), (fault.Line, fault.Key));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("namespace: Not_A_Namespace", "namespace", "lower-case")]
    [InlineData("inheritFrom: nosuch", "inheritFrom", "which does not exist")]
    [InlineData("inheritFrom: circle", "inheritFrom", "circle")]
    [InlineData("serviceAccount: Some One", "serviceAccount", "no name of a service account")]
    [InlineData("nodeSelector: nonsense", "nodeSelector", "label=value")]
    [InlineData("nodeSelector: 'a=b,c d=e'", "nodeSelector", "'c d=e'")]
    [InlineData("runAsUser: root", "runAsUser", "number")]
    [InlineData("minIdle: 5, maxIdle: 2", "minIdle", "at most 2")]
    [InlineData("annotations: [{key: a b, value: x}]", "annotations[0].key", "annotation")]
    [InlineData("envVars: [{envVar: {key: A B, value: x}}]", "envVars[0].envVar.key", "'A B'")]
    [InlineData("envVars: [{secretEnvVar: {key: A, secretName: s, secretKey: 'a b'}}]", "envVars[0].secretEnvVar.secretKey", "key of a Secret")]
    [InlineData("volumes: [{emptyDirVolume: {mountPath: /x}}, {emptyDirVolume: {mountPath: /x/}}]", "volumes[1].emptyDirVolume.mountPath", "Another volume")]
    [InlineData("volumes: [{dynamicPVC: {mountPath: /x, accessModes: Sometimes}}]", "volumes[0].dynamicPVC.accessModes", "ReadWriteOnce")]
    [InlineData("volumes: [{dynamicPVC: {mountPath: /x, requestsSize: much}}]", "volumes[0].dynamicPVC.requestsSize", "no quantity")]
    [InlineData("volumes: [{dynamicPVC: {mountPath: /x, storageClassName: A_B}}]", "volumes[0].dynamicPVC.storageClassName", "storage class")]
    [InlineData("workspaceVolume: {dynamicPVC: {accessModes: Sometimes}}", "workspaceVolume.dynamicPVC.accessModes", "ReadWriteOnce")]
    [InlineData("containers: [{name: Bad_Name, image: x}]", "containers[0].name", "no name of a container")]
    [InlineData("containers: [{name: a, image: x}, {name: a, image: y}]", "containers[1].name", "Another container")]
    [InlineData("containers: [{name: a, image: x, resourceLimitMemory: 4Gib}]", "containers[0].resourceLimitMemory", "no quantity")]
    [InlineData("containers: [{name: a, image: x, resourceRequestCpu: lots}]", "containers[0].resourceRequestCpu", "no quantity")]
    [InlineData("containers: [{name: a, image: x, resourceRequestCpu: '2', resourceLimitCpu: 500m}]", "containers[0].resourceRequestCpu", "more than the limit")]
    [InlineData("containers: [{name: a, image: x, workingDir: relative}]", "containers[0].workingDir", "slash")]
    [InlineData("containers: [{name: a, image: x, ports: [{name: p, containerPort: 999999}]}]", "containers[0].ports[0].containerPort", "999999 is no port")]
    [InlineData("containers: [{name: a, image: x, envVars: [{envVar: {key: 1A, value: x}}]}]", "containers[0].envVars[0].envVar.key", "'1A'")]
    [InlineData("containers: [{name: a, image: ''}]", "containers", "has no image")]
    [InlineData("containers: [{name: a}]", "containers", "has no image")]
    [InlineData("yaml: 'spec: {containers: [{name: Bad_Name, image: x}]}'", "yaml", "Bad_Name")]
    public void What_Kubernetes_would_refuse_of_a_template_is_a_fault_at_its_key(string settings, string key, string message)
    {
        var faults = Read($"jenkins:\n  clouds:\n  - kubernetes:\n      templates:\n      - {{name: circle, inheritFrom: t}}\n      - {{name: t, label: l, {settings}}}\n").Faults;

        var fault = Assert.Single(faults, fault => fault.Line == 6);
        Assert.Equal($"jenkins.clouds[0].kubernetes.templates[1].{key}", fault.Key);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("imagePullSecrets: [{name: A_B}]", "imagePullSecrets[0].name")]
    [InlineData("volumes: [{configMapVolume: {mountPath: /x, configMapName: A_B}}]", "volumes[0].configMapVolume.configMapName")]
    [InlineData("envVars: [{secretEnvVar: {key: A, secretName: A_B, secretKey: k}}]", "envVars[0].secretEnvVar.secretName")]
    public void A_name_that_Kubernetes_takes_though_nothing_can_bear_it_is_worth_a_warning(string settings, string key)
    {
        var read = Read($"jenkins:\n  clouds:\n  - kubernetes:\n      templates:\n      - {{name: t, label: l, {settings}}}\n");

        Assert.Empty(read.Faults);
        Assert.Equal((5, $"jenkins.clouds[0].kubernetes.templates[0].{key}"), (read.Warnings[0].Line, read.Warnings[0].Key));
    }

    [Fact]
    public void Faults_of_all_templates_are_told_together()
    {
        var faults = Read("jenkins:\n  clouds:\n  - kubernetes:\n      templates:\n      - {name: a, nodeSelector: x}\n      - {name: b, inheritFrom: nosuch}\n      - {name: c, label: c, containers: [{name: c}]}\n").Faults;

        Assert.Equal([5, 6, 7], faults.Select(fault => fault.Line));
    }

    [Fact]
    public void A_template_without_a_label_may_be_one_that_is_only_inherited_from()
    {
        var read = Read("jenkins:\n  clouds:\n  - kubernetes:\n      templates:\n      - {name: base, containers: [{name: maven, workingDir: /w}]}\n      - {name: a, label: a, inheritFrom: base, containers: [{name: maven, image: maven}]}\n");

        Assert.Empty(read.Faults);
        var warning = Assert.Single(read.Warnings);
        Assert.Equal((5, "jenkins.clouds[0].kubernetes.templates[0]"), (warning.Line, warning.Key));
        Assert.Contains("only be inherited from", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_templates_of_one_name_are_worth_a_warning_for_Jenkins_allows_them()
    {
        var read = Read("jenkins:\n  clouds:\n  - kubernetes:\n      templates:\n      - {name: a, label: one}\n      - {name: a, label: two}\n");

        Assert.Empty(read.Faults);
        Assert.Contains("called 'a'", Assert.Single(read.Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void References_that_are_still_open_are_no_faults() => Assert.Empty(Read("""
        jenkins:
          clouds:
          - kubernetes:
              jenkinsUrl: ${URL}
              jenkinsTunnel: ${TUNNEL}
              namespace: ${SPACE}
              templates:
              - label: l
                inheritFrom: ${PARENT}
                nodeSelector: ${SELECTOR}
                runAsUser: ${USER}
                containers:
                - {name: '${NAME}', image: '${IMAGE}', resourceLimitMemory: '${MEMORY}', workingDir: '${DIR}'}
              - label: m
                namespace: ${SPACE}
                runAsUser: ${USER}
                containers:
                - {name: '${NAME}', image: '${IMAGE}'}
        """).Faults);

    [Theory]
    [InlineData("500m", 0.5)]
    [InlineData("4Gi", 4d * 1024 * 1024 * 1024)]
    [InlineData("1.5k", 1500d)]
    [InlineData("2e3", 2000d)]
    [InlineData("1E", 1e18)]
    [InlineData("4Gib", null)]
    [InlineData("lots", null)]
    [InlineData("-1", null)]
    [InlineData("1K", null)]
    [InlineData("4 Gi", null)]
    public void Quantities_are_those_of_Kubernetes(string written, double? amount) => Assert.Equal(amount, KubernetesForms.Quantity(written));

    private static KubernetesConfigurationResult Read(string text) => KubernetesConfiguration.Read(text, "casc.yaml");
}
