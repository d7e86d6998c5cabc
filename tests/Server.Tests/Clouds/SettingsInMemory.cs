using System.Collections.Concurrent;
using Slipway.Store.Settings;

namespace Slipway.Server.Tests.Clouds;

internal sealed class SettingsInMemory : ISettingStore
{
    public ConcurrentDictionary<string, string> Values { get; } = new();

    public int Writes { get; private set; }

    public Task<string?> FindAsync(string key, CancellationToken cancellation = default) => Task.FromResult(Values.GetValueOrDefault(key));

    public Task SetAsync(string key, string value, CancellationToken cancellation = default)
    {
        Writes++;
        Values[key] = value;
        return Task.CompletedTask;
    }

    public Task<string> GetOrAddAsync(string key, Func<string> create, CancellationToken cancellation = default) => Task.FromResult(Values.GetOrAdd(key, _ => create()));

    public Task<bool> RemoveAsync(string key, CancellationToken cancellation = default) => Task.FromResult(Values.TryRemove(key, out _));
}
