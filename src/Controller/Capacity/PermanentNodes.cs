using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>A node that someone registered and starts the agent of.</summary>
public sealed record PermanentNode(string Name, IReadOnlyList<string> Labels, NodeMode Mode, int Executors, string RemoteDirectory, byte[] SecretHash, bool IsTakenOffline, string? OfflineReason);
