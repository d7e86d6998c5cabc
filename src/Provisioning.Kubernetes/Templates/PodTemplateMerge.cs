namespace Slipway.Provisioning.Kubernetes.Templates;

/// <summary>A child's template over its parent's: what the child says wins, and what both list is joined by its key.</summary>
public static class PodTemplateMerge
{
    public static PodTemplate Combine(PodTemplate? parent, PodTemplate child)
    {
        parent ??= new PodTemplate();
        return child with
        {
            // Name, label, id and inheritFrom are the child's own: a parent's label must not make the child serve it.
            Namespace = Said(child.Namespace, parent.Namespace),
            ServiceAccount = Said(child.ServiceAccount, parent.ServiceAccount),
            NodeSelector = Said(child.NodeSelector, parent.NodeSelector),
            NodeUsageMode = child.NodeUsageMode ?? parent.NodeUsageMode,
            InstanceCap = child.InstanceCap ?? parent.InstanceCap,
            SlaveConnectTimeout = child.SlaveConnectTimeout ?? parent.SlaveConnectTimeout,
            IdleMinutes = child.IdleMinutes ?? parent.IdleMinutes,
            MinIdle = child.MinIdle ?? parent.MinIdle,
            MaxIdle = child.MaxIdle ?? parent.MaxIdle,
            MaxAgeMinutes = child.MaxAgeMinutes ?? parent.MaxAgeMinutes,
            ActiveDeadlineSeconds = child.ActiveDeadlineSeconds ?? parent.ActiveDeadlineSeconds,
            PodRetention = child.PodRetention is null or PodRetention.Default ? parent.PodRetention ?? child.PodRetention : child.PodRetention,
            HostNetwork = child.HostNetwork ?? parent.HostNetwork,
            ShowRawYaml = child.ShowRawYaml ?? parent.ShowRawYaml,
            RunAsUser = Said(child.RunAsUser, parent.RunAsUser),
            RunAsGroup = Said(child.RunAsGroup, parent.RunAsGroup),
            SupplementalGroups = Said(child.SupplementalGroups, parent.SupplementalGroups),
            SchedulerName = Said(child.SchedulerName, parent.SchedulerName),
            AgentContainer = Said(child.AgentContainer, parent.AgentContainer),
            AgentInjection = child.AgentInjection ?? parent.AgentInjection,
            WorkspaceVolume = child.WorkspaceVolume ?? parent.WorkspaceVolume,
            Containers = Join(parent.Containers, child.Containers, container => container.Name, Combine),
            EnvVars = JoinEnvironment(parent.EnvVars, child.EnvVars),
            Volumes = Join(parent.Volumes, child.Volumes, volume => volume.MountPath),
            Annotations = Join(parent.Annotations, child.Annotations, annotation => annotation.Key),
            ImagePullSecrets = Join(parent.ImagePullSecrets, child.ImagePullSecrets, secret => secret.Name),
            NodeProperties = [.. parent.NodeProperties, .. child.NodeProperties],
            Yamls = [.. parent.Yamls, .. child.Yamls],
            YamlMergeStrategy = child.YamlMergeStrategy ?? (parent.InheritYamlMergeStrategy ? parent.YamlMergeStrategy : null),
            InheritYamlMergeStrategy = child.InheritYamlMergeStrategy || parent.InheritYamlMergeStrategy,
        };
    }

    public static ContainerTemplate Combine(ContainerTemplate parent, ContainerTemplate child) => child with
    {
        Image = Said(child.Image, parent.Image),
        Privileged = child.Privileged ?? parent.Privileged,
        AlwaysPullImage = child.AlwaysPullImage ?? parent.AlwaysPullImage,
        WorkingDir = Said(child.WorkingDir, parent.WorkingDir),
        Command = Said(child.Command, parent.Command),
        Args = Said(child.Args, parent.Args),
        TtyEnabled = child.TtyEnabled ?? parent.TtyEnabled,
        Shell = Said(child.Shell, parent.Shell),
        ResourceRequestCpu = Said(child.ResourceRequestCpu, parent.ResourceRequestCpu),
        ResourceRequestMemory = Said(child.ResourceRequestMemory, parent.ResourceRequestMemory),
        ResourceRequestEphemeralStorage = Said(child.ResourceRequestEphemeralStorage, parent.ResourceRequestEphemeralStorage),
        ResourceLimitCpu = Said(child.ResourceLimitCpu, parent.ResourceLimitCpu),
        ResourceLimitMemory = Said(child.ResourceLimitMemory, parent.ResourceLimitMemory),
        ResourceLimitEphemeralStorage = Said(child.ResourceLimitEphemeralStorage, parent.ResourceLimitEphemeralStorage),
        RunAsUser = Said(child.RunAsUser, parent.RunAsUser),
        RunAsGroup = Said(child.RunAsGroup, parent.RunAsGroup),
        EnvVars = JoinEnvironment(parent.EnvVars, child.EnvVars),
        Ports = Join(parent.Ports, child.Ports, port => port.Name),
        LivenessProbe = child.LivenessProbe ?? parent.LivenessProbe,
    };

    private static List<EnvVar> JoinEnvironment(IReadOnlyList<EnvVar> parent, IReadOnlyList<EnvVar> child) =>
        Join([.. parent.Where(HasKey)], [.. child.Where(HasKey)], variable => variable.Key!);

    private static bool HasKey(EnvVar variable) => !string.IsNullOrWhiteSpace(variable.Key);

    private static string? Said(string? child, string? parent) => string.IsNullOrEmpty(child) ? parent : child;

    /// <summary>The parent's in their order, each replaced by (or combined with) the child's of the same key, then what only the child has.</summary>
    private static List<T> Join<T>(IReadOnlyList<T> parent, IReadOnlyList<T> child, Func<T, string> key, Func<T, T, T>? combine = null)
    {
        var joined = new List<T>();
        var places = new Dictionary<string, int>();
        foreach (var item in parent.Concat(child))
        {
            if (places.TryGetValue(key(item), out var place))
            {
                joined[place] = combine is null ? item : combine(joined[place], item);
            }
            else
            {
                places.Add(key(item), joined.Count);
                joined.Add(item);
            }
        }

        return joined;
    }
}
