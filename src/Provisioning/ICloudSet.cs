namespace Slipway.Provisioning;

/// <summary>The clouds that there are now. They change while the controller runs: configuration is reloaded. May be used from any thread.</summary>
public interface ICloudSet
{
    /// <summary>
    /// In order of preference, each name once; a snapshot that never changes. Every cloud in it has been started; whether it has been looked at, <see cref="ICloud.Observed"/> tells. A cloud that was taken out makes no new nodes, and stays usable for those that it has until they are gone.
    /// </summary>
    IReadOnlyList<ICloud> Clouds { get; }

    /// <summary>Clouds that were taken out and still have nodes, or may have: they take no new work. A snapshot that never changes.</summary>
    IReadOnlyList<ICloud> Draining { get; }

    /// <summary><see cref="Clouds"/> or <see cref="Draining"/> is another list than before. Called from any thread; must not throw.</summary>
    event Action? Changed;
}

/// <summary>Clouds that stay as they are.</summary>
public sealed class FixedClouds(IReadOnlyList<ICloud> clouds) : ICloudSet
{
    public IReadOnlyList<ICloud> Clouds { get; } = [.. clouds];

    public IReadOnlyList<ICloud> Draining => [];

    public event Action? Changed
    {
        add { }
        remove { }
    }
}
