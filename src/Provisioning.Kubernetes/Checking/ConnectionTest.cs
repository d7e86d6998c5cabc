using System.Diagnostics;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Connecting;
using Slipway.Provisioning.Kubernetes.Cloud;
using Slipway.Provisioning.Kubernetes.Failures;
using Slipway.Provisioning.Kubernetes.Injection;
using Slipway.Provisioning.Kubernetes.Pods;
using Slipway.Provisioning.Kubernetes.Templates;

namespace Slipway.Provisioning.Kubernetes.Checking;

public enum FindingState
{
    Works,

    /// <summary>Agents come, and something is missing or odd.</summary>
    Warning,

    /// <summary>No agent will come.</summary>
    Fails,
}

/// <summary>One thing that a connection test found.</summary>
/// <param name="Subject">What was tried: <c>API server</c>, <c>rights in ci</c>.</param>
/// <param name="Message">What was found.</param>
/// <param name="Cure">What to do; may be several lines (YAML to apply). Null where nothing needs doing.</param>
public sealed record ConnectionFinding(string Subject, FindingState State, string Message, string? Cure = null);

/// <param name="Findings">In the order in which they were made.</param>
public sealed record ConnectionReport(IReadOnlyList<ConnectionFinding> Findings)
{
    /// <summary>Agents can be expected to come.</summary>
    public bool IsUsable => Findings.All(finding => finding.State != FindingState.Fails);
}

/// <summary>
/// Tries everything that a cloud needs before a build needs it: the API server, its clock, the rights and quotas in each namespace, and whether a pod reaches the controller, by really starting one.
/// Each finding is reported as soon as it is made. It changes nothing that it does not remove again.
/// </summary>
public sealed class ConnectionTest
{
    private static readonly TimeSpan PodPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan PodPoll = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan WorryingClockDifference = TimeSpan.FromSeconds(5);

    private readonly KubernetesCloudSettings _settings;
    private readonly ClusterConnection _connection;
    private readonly AgentWay? _way;
    private readonly string _agentImage;
    private readonly Action<ConnectionFinding>? _progress;
    private readonly TimeProvider _time;
    private readonly List<ConnectionFinding> _findings = [];

    private ConnectionTest(KubernetesCloudSettings settings, ClusterConnection connection, Uri? controllerUrl, string agentImage, Action<ConnectionFinding>? progress, TimeProvider time)
    {
        (_settings, _connection, _agentImage, _progress, _time) = (settings, connection, agentImage, progress, time);
        _way = AgentWay.Of(settings, controllerUrl);
    }

    /// <param name="controllerUrl">What agents dial where the settings name nothing else; null where nobody knows: then the way to the controller is not tried if they do not.</param>
    /// <param name="progress">Told each finding as it is made; may be null.</param>
    /// <exception cref="OperationCanceledException">Cancelled; the pod that was started is removed.</exception>
    public static async Task<ConnectionReport> RunAsync(
        KubernetesCloudSettings settings, ClusterConnection connection, Uri? controllerUrl, string agentImage, Action<ConnectionFinding>? progress, TimeProvider time, CancellationToken cancellation)
    {
        var test = new ConnectionTest(settings, connection.With(TimeSpan.FromSeconds(Math.Max(1, settings.ConnectTimeout)), TimeSpan.FromSeconds(Math.Max(1, settings.ReadTimeout))), controllerUrl, agentImage, progress, time);
        using var client = new KubernetesClient(test._connection, time);
        await test.RunAsync(client, cancellation);
        return new ConnectionReport(test._findings);
    }

    private async Task RunAsync(KubernetesClient client, CancellationToken cancellation)
    {
        if (!await CheckServerAsync(client, cancellation))
        {
            return;
        }

        var templates = TemplateResolver.OfCloud(_settings, _connection, fault => Find("pod templates", FindingState.Warning, fault, "Correct the template."));
        var own = string.IsNullOrWhiteSpace(_settings.Namespace) ? _connection.Namespace ?? "default" : _settings.Namespace.Trim();
        var mayCreate = false;
        foreach (var space in templates.Select(template => template.Namespace).Prepend(own).Distinct())
        {
            var isUsable = await CheckNamespaceAsync(client, space, cancellation);
            mayCreate |= isUsable && space == own;
        }

        if (_way is null)
        {
            Find("pod to controller", FindingState.Warning, "Whether a pod reaches the controller was not tried, for nothing says what agents dial.", "Set jenkinsUrl of the cloud, or give --agent-url.");
        }
        else if (mayCreate)
        {
            await CheckPodAsync(client, own, _way, templates, cancellation);
        }
        else
        {
            Find("pod to controller", FindingState.Warning, $"Whether a pod reaches {_way} was not tried: pods cannot be created in the namespace '{own}' yet.");
        }
    }

    private void Find(string subject, FindingState state, string message, string? cure = null)
    {
        var finding = new ConnectionFinding(subject, state, message, cure);
        _findings.Add(finding);
        _progress?.Invoke(finding);
    }

    private async Task<bool> CheckServerAsync(KubernetesClient client, CancellationToken cancellation)
    {
        try
        {
            // The first opens the connection; the second tells how fast the server is.
            await client.ProbeAsync(cancellation);
            var probe = await client.ProbeAsync(cancellation);
            Find("API server", FindingState.Works, $"{_connection.Server} answers in {probe.RoundTrip.TotalMilliseconds:0} ms; it is Kubernetes {probe.Version.GitVersion} ({probe.Version.Platform}).");
            if (probe.ClockDifference is { } difference)
            {
                var isFar = difference.Duration() > WorryingClockDifference;
                Find(
                    "clock", isFar ? FindingState.Warning : FindingState.Works,
                    isFar ? $"The API server's clock is {difference.Duration().TotalSeconds:0} seconds {(difference > TimeSpan.Zero ? "ahead of" : "behind")} this machine's." : "The API server's clock agrees with this machine's.",
                    isFar ? "Let both follow a time server (NTP); tokens and certificates are refused by clocks that differ." : null);
            }

            return true;
        }
        catch (KubernetesException e)
        {
            Find("API server", FindingState.Fails, $"{_connection.Server} cannot be used: {e.Explanation}", e.IsUnauthorized ? "Renew the credentials of the cloud (credentialsId, kubeconfig or service account)." : "Check serverUrl, serverCertificate and the way from this machine to the API server.");
            return false;
        }
    }

    private async Task<bool> CheckNamespaceAsync(KubernetesClient client, string space, CancellationToken cancellation)
    {
        try
        {
            if (await client.FindAsync(ResourceType.Namespaces, null, space, cancellation) is null)
            {
                Find($"namespace {space}", FindingState.Fails, $"There is no namespace '{space}'.", $"kubectl create namespace {space}");
                return false;
            }
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            // Namespaces are often none of our business: what we may do inside tells enough.
        }
        catch (KubernetesException e)
        {
            Find($"namespace {space}", FindingState.Fails, $"The namespace '{space}' cannot be looked at: {e.Explanation}");
            return false;
        }

        try
        {
            var answers = await Task.WhenAll(RequiredRights.All.Select(async right => (Right: right, Answer: await client.CanAsync(new AccessQuestion(right.Verb, right.Resource, space, Subresource: right.Subresource), cancellation))));
            var missing = answers.Where(answer => !answer.Answer.IsAllowed).Select(answer => answer.Right).ToList();
            var state = missing.Count == 0 ? FindingState.Works : missing.Any(right => right.IsRequired) ? FindingState.Fails : FindingState.Warning;
            Find(
                $"rights in {space}", state,
                missing.Count == 0 ? $"Everything that is needed is allowed in '{space}'." : $"Not allowed in '{space}': {string.Join("; ", missing.GroupBy(right => right.For).Select(group => $"{string.Join(", ", group.Select(right => $"{right.Verb} {right.Target}"))} (without it, not so: {group.Key})"))}.",
                missing.Count == 0 ? null : RequiredRights.Yaml(space, RequiredRights.AccountOf(_connection)));
            if (!missing.Exists(right => right.Resource == "resourcequotas"))
            {
                await CheckQuotaAsync(client, space, cancellation);
            }

            return state != FindingState.Fails;
        }
        catch (KubernetesException e)
        {
            Find($"rights in {space}", FindingState.Warning, $"What is allowed in '{space}' cannot be asked: {e.Explanation}");
            return true;
        }
    }

    private async Task CheckQuotaAsync(KubernetesClient client, string space, CancellationToken cancellation)
    {
        var quotas = await client.ListAsync(ResourceType.ResourceQuotas, space, null, cancellation);
        if (quotas.Items.Count == 0)
        {
            Find($"quota in {space}", FindingState.Works, $"No quota limits '{space}'.");
        }

        foreach (var item in quotas.Items)
        {
            var quota = new ResourceQuotaView(item);
            var usedUp = quota.Left().Where(left => left.Value == 0).Select(left => left.Key).Order().ToList();
            var left = string.Join(", ", quota.Hard.OrderBy(hard => hard.Key).Select(hard => $"{hard.Key} {quota.Used.GetValueOrDefault(hard.Key, "0")} of {hard.Value}"));
            Find(
                $"quota in {space}", usedUp.Count == 0 ? FindingState.Works : FindingState.Warning,
                $"The quota '{quota.Name}' of '{space}' is used as follows: {left}.",
                usedUp.Count == 0 ? null : $"Nothing is left of {string.Join(", ", usedUp)}: builds wait until something ends. Raise the quota if that is not wanted.");
        }
    }

    private async Task CheckPodAsync(KubernetesClient client, string space, AgentWay way, IReadOnlyList<KubernetesNodeTemplate> templates, CancellationToken cancellation)
    {
        const string Subject = "pod to controller";
        var name = PodNames.Create("slipway-check", PodNames.NewSuffix());
        var image = AgentInjection.DefaultImage(_settings, _agentImage);
        var since = Stopwatch.GetTimestamp();
        try
        {
            await client.CreateAsync(ResourceType.Pods, space, TrialPod.Make(name, image, way, _settings, [.. templates.Where(template => template.Namespace == space)], PodPatience), cancellation);
        }
        catch (KubernetesException e)
        {
            Find(Subject, FindingState.Fails, PodRefusal.Explain(name, _settings.Name, space, e).Message);
            return;
        }

        try
        {
            await WatchPodAsync(client, Subject, space, name, way, since, cancellation);
        }
        catch (KubernetesException e)
        {
            Find(Subject, FindingState.Warning, $"The pod {space}/{name} that was to try {way} could not be followed: {e.Explanation}");
        }
        finally
        {
            try
            {
                await client.DeleteAsync(ResourceType.Pods, space, name, CancellationToken.None, new Deletion(GracePeriod: TimeSpan.Zero));
            }
            catch (KubernetesException e)
            {
                Find(Subject, FindingState.Warning, $"The pod {space}/{name} of this test could not be removed: {e.Explanation} It ends by itself; delete it.");
            }
        }
    }

    private async Task WatchPodAsync(KubernetesClient client, string subject, string space, string name, AgentWay way, long since, CancellationToken cancellation)
    {
        var known = new PodKnowledge("check", new Dictionary<string, ContainerAccess> { ["check"] = ContainerAccess.Agent }, PodPatience, []);
        while (true)
        {
            var pod = await client.GetAsync(ResourceType.Pods, space, name, cancellation);
            var view = new PodView(pod);
            if (view.IsFinished)
            {
                var said = await ReadSaidAsync(client, space, name, cancellation);
                Find(
                    subject, view.Phase == "Succeeded" ? FindingState.Works : FindingState.Fails,
                    view.Phase == "Succeeded" ? $"A pod in '{space}' started, ran and ended within {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} seconds. {said}" : $"A pod in '{space}' does not reach the controller. {said}",
                    view.Phase == "Succeeded" ? null : way.Cure);
                return;
            }

            var problem = PodDiagnosis.Find(pod, known).FirstOrDefault(problem => problem.Grace < PodPatience);
            if (problem is { Grace.Ticks: 0 } || Stopwatch.GetElapsedTime(since) > PodPatience)
            {
                Find(subject, FindingState.Fails, problem?.Message ?? $"The pod {space}/{name} did not run within {PodPatience.TotalSeconds:0} seconds: {view.Condition("PodScheduled")?.Message ?? "it waits for its container"}");
                return;
            }

            await Task.Delay(PodPoll, _time, cancellation);
        }
    }

    private static async Task<string> ReadSaidAsync(KubernetesClient client, string space, string name, CancellationToken cancellation)
    {
        try
        {
            return (await client.ReadLogTailAsync(space, name, "check", 5, cancellation)).Trim();
        }
        catch (KubernetesException e)
        {
            return $"(Its log cannot be read: {e.Explanation})";
        }
    }
}
