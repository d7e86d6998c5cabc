namespace Slipway.Store;

/// <param name="DataDirectory">Where everything lies; made if it is missing. One server at a time.</param>
public sealed record StoreOptions(string DataDirectory)
{
    /// <summary>Payload bytes after which a log chunk is finished and compressed.</summary>
    public int LogChunkBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Payload bytes of a log that may wait for the disk before its writers are held back.</summary>
    public int LogPendingBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Told of failures of background work (compressing, removing what was deleted), which is tried again later. Must not throw.</summary>
    public Action<Exception>? OnBackgroundFault { get; init; }
}
