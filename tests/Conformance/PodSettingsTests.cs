using System.Text.Json.Nodes;
using Slipway.Jenkinsfile.Steps;
using Slipway.Jenkinsfile.Steps.Binding;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Provisioning.Kubernetes.Templates;
using Slipway.Testing;

namespace Slipway.Conformance;

/// <summary>What pipelines declare is what a cloud reads: the two know each other only by names of settings.</summary>
public sealed class PodSettingsTests
{
    private const string Everything =
        """
        podTemplate(
          namespace: 'n', serviceAccount: 's', nodeSelector: 'a=b', nodeUsageMode: 'NORMAL', instanceCap: 3, slaveConnectTimeout: 60, idleMinutes: 5, activeDeadlineSeconds: 90,
          runAsUser: '1000', runAsGroup: '2000', supplementalGroups: '1,2', hostNetwork: true, schedulerName: 'batch', agentContainer: 'a', agentInjection: true, workingDir: '/w',
          yaml: 'spec: {dnsPolicy: Default}', yamlMergeStrategy: merge(), inheritYamlMergeStrategy: true, showRawYaml: false, podRetention: onFailure(), inheritFrom: '',
          imagePullSecrets: ['one'], annotations: [podAnnotation(key: 'k', value: 'v ${X} é')],
          envVars: [envVar(key: 'A', value: '1'), podEnvVar(key: 'B', value: '2'), secretEnvVar(key: 'C', secretName: 's', secretKey: 'k', optional: true)],
          workspaceVolume: WORKSPACE,
          volumes: [
            emptyDirVolume(mountPath: '/1', memory: true), hostPathVolume(mountPath: '/2', hostPath: '/h', readOnly: true), configMapVolume(mountPath: '/3', configMapName: 'c', subPath: 's', optional: true),
            secretVolume(mountPath: '/4', secretName: 's', defaultMode: '0400', optional: true), nfsVolume(mountPath: '/5', serverAddress: 'a', serverPath: '/p', readOnly: true),
            persistentVolumeClaim(mountPath: '/6', claimName: 'c', readOnly: true), dynamicPVC(mountPath: '/7', accessModes: 'ReadWriteOnce', requestsSize: '1Gi', storageClassName: 'x'),
            genericEphemeralVolume(mountPath: '/8', accessModes: 'ReadWriteOnce', requestsSize: '1Gi', storageClassName: 'x')],
          containers: [containerTemplate(
            name: 'a', image: 'i', privileged: true, alwaysPullImage: true, workingDir: '/own', command: 'sleep', args: '9', ttyEnabled: true, shell: '/bin/bash',
            resourceRequestCpu: '1', resourceRequestMemory: '1Gi', resourceRequestEphemeralStorage: '1Gi', resourceLimitCpu: '1', resourceLimitMemory: '1Gi', resourceLimitEphemeralStorage: '1Gi',
            runAsUser: '1', runAsGroup: '1', envVars: [envVar(key: 'A', value: '1'), containerEnvVar(key: 'B', value: '2')], ports: [portMapping(name: 'p', containerPort: 80, hostPort: 81)],
            livenessProbe: containerLivenessProbe(execArgs: 'x', timeoutSeconds: 1, initialDelaySeconds: 2, failureThreshold: 3, periodSeconds: 4, successThreshold: 1))]) {
          node(POD_LABEL) { }
        }
        """;

    public static TheoryData<string> WorkspaceVolumes { get; } =
    [
        "emptyDirWorkspaceVolume(memory: true)",
        "hostPathWorkspaceVolume(hostPath: '/h')",
        "nfsWorkspaceVolume(serverAddress: 'a', serverPath: '/p', readOnly: true)",
        "persistentVolumeClaimWorkspaceVolume(claimName: 'c', readOnly: true)",
        "dynamicPVC(accessModes: 'ReadWriteOnce', requestsSize: '1Gi', storageClassName: 'x')",
        "genericEphemeralVolume(accessModes: 'ReadWriteOnce', requestsSize: '1Gi', storageClassName: 'x')",
    ];

    [Theory]
    [MemberData(nameof(WorkspaceVolumes))]
    public async Task Every_setting_of_a_pipeline_is_one_of_the_clouds(string workspace)
    {
        var run = await ScriptRun.ExecuteAsync(Everything.Replace("WORKSPACE", workspace, StringComparison.Ordinal));
        Assert.True(run.Result == RunResult.Success, run.Log);
        var template = Read(run.World.Performed.Select(p => p.Request).OfType<AllocateNode>().Single().Templates).Single();

        Assert.Equal(("n", "s", "batch", 90, PodRetention.OnFailure, 8), (template.Namespace, template.ServiceAccount, template.SchedulerName, template.ActiveDeadlineSeconds, template.PodRetention, template.Volumes.Count));
        Assert.Equal(["A", "B", "C"], template.EnvVars.Select(v => v.Key));
        Assert.Equal("/own", Assert.Single(template.Containers).WorkingDir);
        Assert.NotNull(template.WorkspaceVolume);
        Assert.Equal("spec: {dnsPolicy: Default}", Assert.Single(template.Yamls));
        Assert.Equal("v ${X} é", Assert.Single(template.Annotations).Value);
    }

    [Fact]
    public void Every_parameter_is_in_that_test()
    {
        // These say what the template is called and where it goes; the cloud is told apart from the settings.
        string[] apart = ["cloud", "label", "name", "volumes", "workspaceVolume", "nodeProperties"];
        var names = StepCatalog.Find("podTemplate")!.Parameters.Select(p => p.Name).Except(apart).Concat(SymbolCatalog.Find("containerTemplate")!.Parameters.Select(p => p.Name));

        Assert.All(names, name => Assert.Contains($"{name}:", Everything, StringComparison.Ordinal));
    }

    /// <summary>The templates as a cloud reads them; a setting that it does not know fails the test.</summary>
    internal static IReadOnlyList<PodTemplate> Read(IReadOnlyList<DeclaredPodTemplate> declared)
    {
        var templates = declared.Select(template =>
        {
            var settings = JsonNode.Parse(template.Settings)!.AsObject();
            settings["name"] = template.Name;

            // It says where steps run, and is none of the pod's.
            settings.Remove("defaultContainer");
            return settings.ToJsonString();
        });
        var read = KubernetesConfiguration.Read($"jenkins: {{clouds: [{{kubernetes: {{name: k, templates: [{string.Join(',', templates)}]}}}}]}}", "settings");

        Assert.True(read.Faults.Count == 0, $"{string.Join('\n', read.Faults)}\n{string.Join('\n', declared.Select(template => template.Settings))}");
        return read.Clouds.Single().Templates;
    }
}
