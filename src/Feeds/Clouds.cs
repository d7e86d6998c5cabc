using Slipway.Model;

namespace Slipway.Feeds;

/// <summary>The clouds and their configuration, for those who administer the server.</summary>
public interface ICloudReads
{
    IReadOnlyList<CloudView> List();

    ConfigurationView Configuration { get; }
}

public interface ICloudCommands
{
    /// <summary>Reads the configuration again; the fault has all that stands against it.</summary>
    Task<CommandOutcome> ReloadAsync(Caller caller, CancellationToken cancellation);

    /// <summary>Begins to try what a cloud needs; how it goes is in <see cref="CloudView.Check"/>. One that is under way goes on.</summary>
    CommandOutcome StartCheck(string cloud, Caller caller);
}

/// <summary>How far the configuration that is in use is what its files say.</summary>
/// <param name="Files">Empty where nothing was configured.</param>
/// <param name="Warnings">Of what is in use.</param>
/// <param name="NotApplied">Keys that this version leaves alone.</param>
/// <param name="Faults">Of what the files say now, where that cannot be used.</param>
public sealed record ConfigurationView(IReadOnlyList<string> Files, DateTimeOffset AppliedAt, IReadOnlyList<string> Warnings, IReadOnlyList<string> NotApplied, IReadOnlyList<string> Faults, DateTimeOffset? FaultsAt)
{
    /// <summary>The clouds that the last change took away, where it took away all that there were.</summary>
    public IReadOnlyList<string> AllTakenOut { get; init; } = [];
}

/// <param name="Kind"><c>kubernetes</c>, <c>local</c>.</param>
/// <param name="Address">The cluster and who we are there, without secrets; null where there is none.</param>
/// <param name="Cap">At most so many nodes; null for no limit.</param>
/// <param name="IsLeaving">It is not configured any more, and stays until its nodes are gone.</param>
/// <param name="Check">The last try of what it needs; null for none since the server started.</param>
public sealed record CloudView(
    string Name,
    string Kind,
    string? Address,
    int? Cap,
    bool IsLeaving,
    IReadOnlyList<CloudWatchView> Watches,
    IReadOnlyList<CloudTemplateView> Templates,
    IReadOnlyList<CloudNodeView> Nodes,
    CloudCheckView? Check)
{
    /// <summary>What keeps it from being observed; null while all is well.</summary>
    public string? Fault => Watches.Select(w => w.Fault).FirstOrDefault(f => f is not null);

    /// <summary>It was not seen yet, for the first time since the server started.</summary>
    public bool IsUnseen { get; init; }

    public bool CanCheck { get; init; }
}

/// <summary>How the observation of a namespace stands.</summary>
/// <param name="LastContact">When the cluster last confirmed what is known; null before the first time.</param>
public sealed record CloudWatchView(string Namespace, DateTimeOffset? LastContact, string? Fault);

/// <param name="Image">What its agent runs in; null where that is not one image.</param>
/// <param name="Cap">At most so many nodes of it.</param>
/// <param name="WhyNotNow">Why none can be made now.</param>
/// <param name="Idle">How long its nodes wait for further work; null: each is made for one use.</param>
public sealed record CloudTemplateView(string Name, IReadOnlyList<string> Labels, bool IsExclusive, string? Image, int? Cap, int InUse, string? WhyNotNow, TimeSpan? Idle, int MinIdle);

/// <param name="Job">What it was made for; empty for a spare one.</param>
/// <param name="IsWaiting">It waits for work.</param>
public sealed record CloudNodeView(string Name, string Template, RunId? Run, string Job, DateTimeOffset Created, bool IsAlive, bool IsWaiting);

/// <param name="Ended">Null while it is under way.</param>
public sealed record CloudCheckView(DateTimeOffset Started, DateTimeOffset? Ended, IReadOnlyList<CloudCheckStep> Steps)
{
    /// <summary>The cloud's settings or secrets changed since: it says nothing of how it stands now.</summary>
    public bool IsOfEarlierSettings { get; init; }
}

public enum CloudCheckState
{
    Works,

    /// <summary>Agents come, and something is missing or odd.</summary>
    Warning,

    /// <summary>No agent will come.</summary>
    Fails,
}

/// <param name="Cure">What to do; may be YAML to apply to the cluster. Null where nothing needs doing.</param>
public sealed record CloudCheckStep(string Name, CloudCheckState State, string Text, string? Cure);
