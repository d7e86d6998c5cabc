using Slipway.Provisioning;

namespace Slipway.Controller.Tests.Testing;

/// <summary>Clouds that come and go as a test says.</summary>
internal sealed class ChangingClouds(params ICloud[] clouds) : ICloudSet
{
    public IReadOnlyList<ICloud> Clouds { get; private set; } = [.. clouds];

    public IReadOnlyList<ICloud> Draining { get; private set; } = [];


    public event Action? Changed;

    public void Become(IReadOnlyList<ICloud> clouds, IReadOnlyList<ICloud>? draining = null)
    {
        (Clouds, Draining) = (clouds, draining ?? []);
        Changed?.Invoke();
    }
}
