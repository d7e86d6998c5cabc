using System.Security.Cryptography;
using System.Text;

namespace Slipway.Api.Access;

/// <summary>Random secrets and what is kept of them.</summary>
internal static class SecretText
{
    public static string Create(int bytes = 32) => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(bytes));

    /// <summary>Secrets of this kind are random and long, so a plain hash hides them.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    public static bool Same(string one, string other) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));
}
