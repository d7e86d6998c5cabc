using Microsoft.Extensions.Logging;
using Slipway.Configuration;
using Slipway.Provisioning.Kubernetes.Configuration;
using Slipway.Server.Settings;

namespace Slipway.Server.Clouds;

/// <summary>How the configuration stands.</summary>
/// <param name="Applied">What is in use.</param>
/// <param name="AppliedAt">When it came into use.</param>
/// <param name="Faults">Of files that changed since and cannot be used; empty where what is in use is what the files say.</param>
internal sealed record ConfigurationState(ConfigurationResult Applied, DateTimeOffset AppliedAt, IReadOnlyList<ConfigurationFault> Faults, DateTimeOffset? FaultsAt)
{
    /// <summary>The last change took every cloud away that there was: their names; empty otherwise.</summary>
    public IReadOnlyList<string> AllTakenOut { get; init; } = [];
}

/// <summary>
/// Configuration as Code while the server runs. A change is read and checked whole, then applied in one step; one with faults changes nothing, and is told in the log and on the page of clouds.
/// </summary>
internal sealed class LiveConfiguration : IAsyncDisposable
{
    private const int MostReadings = 4;

    private readonly IReadOnlyList<string> _paths;
    private readonly ConfigurationReader _reader;
    private readonly ConfiguredClouds _clouds;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _reloading = new(1, 1);
    private readonly ConfigurationWatch _watch;
    private readonly CancellationTokenSource _stopping = new();
    private Task _following = Task.CompletedTask;
    private readonly string _seenFirst;
    private volatile ConfigurationState _state;

    /// <exception cref="SettingsException">The configuration has faults: all of them.</exception>
    public LiveConfiguration(IReadOnlyList<string> paths, ConfigurationReader reader, ConfiguredClouds clouds, TimeProvider time, ILogger log)
    {
        (_paths, _reader, _clouds, _time, _log) = (paths, reader, clouds, time, log);
        (var first, _seenFirst) = ReadSteadily(paths);
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
            _watch.Set(first.Watched, _seenFirst);
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
            var (read, seen) = ReadSteadily(_state.Applied.Watched);
            _watch.Set(read.Watched, seen);
            IReadOnlyList<ConfigurationFault> faults = [.. read.Faults, .. Losses.Find(_state.Applied, read)];
            if (faults.Count > 0)
            {
                _log.LogError("The configuration changed and cannot be used. Everything stays as it was. {Faults}", string.Join(" | ", faults));
                _state = _state with { Faults = faults, FaultsAt = _time.GetUtcNow() };
                Changed?.Invoke();
                return faults;
            }

            var before = _state.Applied.Clouds.Select(cloud => cloud.Settings.Name).ToList();
            var changes = await _clouds.ApplyAsync(read.Clouds, cancellation);
            _state = new ConfigurationState(read, _time.GetUtcNow(), [], null) { AllTakenOut = read.Clouds.Count > 0 ? [] : before.Count > 0 ? before : _state.AllTakenOut };
            if (before.Count > 0 && read.Clouds.Count == 0)
            {
                _log.LogWarning("The configuration says now that there is no cloud: {Clouds} make no new nodes, and builds that ask for one wait. If that was not meant, put them back", string.Join(", ", before));
            }

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

    /// <summary>Reads what did not change while it was read, and tells by which look a later change is noticed.</summary>
    /// <param name="expected">What the look is taken over before the reading; another round follows where the reading finds that more or less is to be watched.</param>
    private (ConfigurationResult Read, string Seen) ReadSteadily(IReadOnlyList<string> expected)
    {
        for (var round = 0; ; round++)
        {
            var seen = ConfigurationWatch.Look(expected);
            var read = _reader.Read(_paths);
            if (round == MostReadings || (read.Watched.SequenceEqual(expected) && ConfigurationWatch.Look(expected) == seen))
            {
                return (read, seen);
            }

            expected = read.Watched;
        }
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
