namespace Slipway.Store.Settings;

/// <summary>Small values of the server itself, such as its instance id and the secret behind its crumbs.</summary>
public interface ISettingStore
{
    Task<string?> FindAsync(string key, CancellationToken cancellation = default);

    Task SetAsync(string key, string value, CancellationToken cancellation = default);

    /// <summary>The value, or a new one that is kept from now on. Of two callers at once, both get the same.</summary>
    Task<string> GetOrAddAsync(string key, Func<string> create, CancellationToken cancellation = default);

    Task<bool> RemoveAsync(string key, CancellationToken cancellation = default);
}
