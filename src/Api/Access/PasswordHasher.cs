using System.Security.Cryptography;
using System.Text;

namespace Slipway.Api.Access;

/// <summary>PBKDF2 with SHA-256, written as <c>pbkdf2-sha256$iterations$salt$hash</c>. The cost is what an attacker pays for each guess at a stolen database.</summary>
internal static class PasswordHasher
{
    private const int Iterations = 600_000;
    private const int Size = 32;

    public static string Hash(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        return $"pbkdf2-sha256${Iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Derive(password, salt, Iterations))}";
    }

    public static bool Verify(string password, string stored)
    {
        var parts = stored.Split('$');
        return parts is ["pbkdf2-sha256", var count, var salt, var hash]
            && int.TryParse(count, out var iterations)
            && CryptographicOperations.FixedTimeEquals(Derive(password, Convert.FromBase64String(salt), iterations), Convert.FromBase64String(hash));
    }

    private static byte[] Derive(string password, byte[] salt, int iterations) => Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, Size);
}
