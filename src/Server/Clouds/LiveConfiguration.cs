using Microsoft.Extensions.Logging;
using Slipway.Configuration;
using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Server.Settings;

namespace Slipway.Server.Clouds;

/// <summary>How the configuration stands.</summary>
/// <param name="Applied">What is in use.</param>
/// <param name="AppliedAt">When it came into use.</param>
/// <param name="Faults">Of files that changed since and cannot be used; empty where what is in use is what the files say.</param>
internal sealed record ConfigurationState(ConfigurationResult Applied, DateTimeOffset AppliedAt, IReadOnlyList<ConfigurationFault> Faults, DateTimeOffset? FaultsAt);

/// <summary>
/// Configuration as Code while the server runs. A change is read and checked whole, then applied in one step; one with faults changes nothing, and is told in the log and on the page of clouds.
/// </summary>
internal sealed class LiveConfiguration : IAsyncDisposable
{
    private readonly IReadOnlyList<string> _paths;
    private readonly ConfigurationReader _reader;
    private readonly ConfiguredClouds _clouds;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _reloading = new(1, 1);
    private readonly ConfigurationWatch _watch;
    private readonly CancellationTokenSource _stopping = new();
    private Task _following = Task.CompletedTask;
    private volatile ConfigurationState _state;

    /// <exception cref="SettingsException">The configuration has faults: all of them.</exception>
    public LiveConfiguration(IReadOnlyList<string> paths, ConfigurationReader reader, ConfiguredClouds clouds, TimeProvider time, ILogger log)
    {
        (_paths, _reader, _clouds, _time, _log) = (paths, reader, clouds, time, log);
        var first = reader.Read(paths);
        if (first.Faults.Count > 0)
        {
            throw new SettingsException([.. first.Faults.Select(fault => fault.ToString())]);
        }

        _state = new ConfigurationState(first, time.GetUtcNow(), [], null);
        _watch = new ConfigurationWatch(time);
    }

    /// <summary>Raised from any thread after <see cref="State"/> changed.</summary>
    public event Action? Changed;

    public ConfigurationState State => _state;

    /// <summary>Starts the clouds, then follows the files.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var first = _state.Applied;
        foreach (var warning in first.Warnings)
        {
            _log.LogWarning("{Warning}", warning);
        }

        if (first.NotApplied.Count > 0)
        {
            _log.LogInformation("This version leaves these keys of the configuration alone: {Keys}", string.Join(", ", first.NotApplied));
        }

        await _clouds.StartAsync(first.Clouds, cancellation);
        if (_paths.Count > 0)
        {
            _log.LogInformation("Configured from {Files}: {Clouds}", string.Join(", ", first.Files), first.Clouds.Count == 0 ? "no clouds" : string.Join("; ", first.Clouds.Select(cloud => $"cloud '{cloud.Settings.Name}' at {cloud.Connection}")));
            _watch.Set(first.Watched);
            _following = FollowAsync();
        }
    }

    /// <summary>Reads the files again and applies what they say.</summary>
    /// <returns>The faults that stand against it; empty when it is in use.</returns>
    public async Task<IReadOnlyList<ConfigurationFault>> ReloadAsync(CancellationToken cancellation)
    {
        await _reloading.WaitAsync(cancellation);
        try
        {
            var read = _reader.Read(_paths);
            _watch.Set(read.Watched);
            if (read.Faults.Count > 0)
            {
                _log.LogError("The configuration changed and cannot be used. Everything stays as it was. {Faults}", string.Join(" | ", read.Faults));
                _state = _state with { Faults = read.Faults, FaultsAt = _time.GetUtcNow() };
                Changed?.Invoke();
                return read.Faults;
            }

            var changes = await _clouds.ApplyAsync(read.Clouds, cancellation);
            _state = new ConfigurationState(read, _time.GetUtcNow(), [], null);
            foreach (var warning in read.Warnings)
            {
                _log.LogWarning("{Warning}", warning);
            }

            _log.LogInformation("The configuration was read again: {Changes}", changes.Count == 0 ? "nothing of clouds changed" : string.Join("; ", changes));
            Changed?.Invoke();
            return [];
        }
        finally
        {
            _reloading.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _following;
        _watch.Dispose();
        _stopping.Dispose();
    }

    private async Task FollowAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await _watch.WaitAsync(_stopping.Token);
                await ReloadAsync(_stopping.Token);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                _log.LogError(fault, "The configuration could not be read again. Everything stays as it was until the files change once more, or a reload is asked for");
            }
        }
    }
}
