using System.Security.Cryptography;
using System.Text;

namespace Slipway.Controller.Agents;

/// <summary>Knows which agents may connect: on-demand nodes that were started, and permanent ones.</summary>
public interface IAgentDirectory
{
    /// <summary>The agent that is expected under this name, or null. Asked at every connection and transfer, so it should answer from memory.</summary>
    ValueTask<ExpectedAgent?> FindAsync(string name, CancellationToken cancellation);
}

/// <param name="SecretHash">From <see cref="AgentSecret.Hash"/>; the secret itself is not kept.</param>
public sealed record ExpectedAgent(string Name, ReadOnlyMemory<byte> SecretHash);

/// <summary>What an agent proves its name with: 64 hexadecimal digits, as Jenkins' are.</summary>
public static class AgentSecret
{
    public static string Create() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    internal static bool Matches(string secret, ReadOnlyMemory<byte> hash) => CryptographicOperations.FixedTimeEquals(Hash(secret), hash.Span);
}
