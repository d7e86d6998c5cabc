namespace Slipway.Store;

/// <param name="DataDirectory">Where everything lies; made if it is missing. One server at a time.</param>
public sealed record StoreOptions(string DataDirectory)
{
    /// <summary>Payload bytes after which a log chunk is finished and compressed.</summary>
    public int LogChunkBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes of a log that may wait for the disk before its writers are held back. Large, because one sync costs the same for much as for little.</summary>
    public int LogPendingBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Bytes of all logs together that may wait for the disk; beyond, each log is held back at <see cref="LogPendingFloor"/>.</summary>
    public long LogPendingTotal { get; init; } = 64 * 1024 * 1024;

    /// <summary>What every log may have waiting, however many there are.</summary>
    public const int LogPendingFloor = 256 * 1024;

    /// <summary>Told of failures of background work (compressing, removing what was deleted), which is tried again later. Must not throw.</summary>
    public Action<Exception>? OnBackgroundFault { get; init; }
}
