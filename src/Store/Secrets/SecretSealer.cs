using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Store.Secrets;

/// <summary>
/// Seals what must not lie readable on the disk (values of password parameters, journals of runs that have them) with a key of this installation: AES-256-GCM, see
/// <c>docs/formats/sealing.md</c>. The same text sealed for the same purpose gives the same bytes, so that equal requests can be told to be equal without being read; the nonce
/// comes from a keyed hash of what is sealed. Safe for use by many threads.
/// </summary>
public sealed class SecretSealer
{
    /// <summary>The first byte of everything sealed; no JSON begins with it.</summary>
    public const byte Version = 1;

    private const string TextStart = "{slipway:";
    private const int KeyLength = 32;
    private const int KeyIdLength = 4;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int Overhead = 1 + KeyIdLength + NonceLength + TagLength;

    private readonly byte[] _encryption;
    private readonly byte[] _nonces;
    private readonly byte[] _keyId;

    public SecretSealer(ReadOnlySpan<byte> key)
    {
        _encryption = HKDF.Expand(HashAlgorithmName.SHA256, key.ToArray(), KeyLength, "slipway seal: encryption"u8.ToArray());
        _nonces = HKDF.Expand(HashAlgorithmName.SHA256, key.ToArray(), KeyLength, "slipway seal: nonces"u8.ToArray());
        _keyId = HKDF.Expand(HashAlgorithmName.SHA256, key.ToArray(), KeyIdLength, "slipway seal: name of the key"u8.ToArray());
    }

    /// <summary>The sealer of the data directory's own key, <c>secrets/seal.key</c>, which is made where it is missing and which its owner alone can read.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be read or made, or is not a key.</exception>
    public static SecretSealer LoadOrCreate(string dataDirectory)
    {
        try
        {
            return new SecretSealer(SecretKeyFile.LoadOrCreate(dataDirectory, "seal.key", "Without it, passwords that were given to runs cannot be read any more; to go on without them, delete the file."));
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"The key that secrets are sealed with cannot be used: {fault.Message}", fault);
        }
    }

    public static bool IsSealed(ReadOnlySpan<byte> bytes) => bytes.Length >= Overhead && bytes[0] == Version;

    public static bool IsSealed(string text) => text.StartsWith(TextStart, StringComparison.Ordinal) && text.EndsWith('}');

    /// <param name="purpose">What it is: sealed for one purpose it cannot be passed off as another.</param>
    public byte[] Seal(ReadOnlySpan<byte> plain, string purpose)
    {
        var box = new byte[Overhead + plain.Length];
        box[0] = Version;
        _keyId.CopyTo(box, 1);
        var nonce = box.AsSpan(1 + KeyIdLength, NonceLength);
        var associated = Encoding.UTF8.GetBytes(purpose);
        DeriveNonce(plain, associated, nonce);
        var body = box.AsSpan(1 + KeyIdLength + NonceLength);
        using var cipher = new AesGcm(_encryption, TagLength);
        cipher.Encrypt(nonce, plain, body[..plain.Length], body[plain.Length..], associated);
        return box;
    }

    /// <exception cref="SealBrokenException">It was sealed with another key or for another purpose, or was changed.</exception>
    public byte[] Unseal(ReadOnlySpan<byte> box, string purpose)
    {
        if (!IsSealed(box))
        {
            throw new SealBrokenException($"What is sealed here ({purpose}) is cut short or of a kind that this version does not know.");
        }

        if (!box.Slice(1, KeyIdLength).SequenceEqual(_keyId))
        {
            throw new SealBrokenException($"What is sealed here ({purpose}) was sealed with another key than that in 'secrets/seal.key'. Restore that file from the backup that belongs to this data, or give the secret again.");
        }

        var body = box[(1 + KeyIdLength + NonceLength)..];
        var plain = new byte[body.Length - TagLength];
        try
        {
            using var cipher = new AesGcm(_encryption, TagLength);
            cipher.Decrypt(box.Slice(1 + KeyIdLength, NonceLength), body[..plain.Length], body[plain.Length..], plain, Encoding.UTF8.GetBytes(purpose));
            return plain;
        }
        catch (AuthenticationTagMismatchException fault)
        {
            throw new SealBrokenException($"What is sealed here ({purpose}) was changed, or sealed for something else. Give the secret again.", fault);
        }
    }

    /// <summary>As text for rows and configurations: <c>{slipway:…}</c>.</summary>
    public string SealText(string plain, string purpose) => $"{TextStart}{Base64Url.EncodeToString(Seal(Encoding.UTF8.GetBytes(plain), purpose))}}}";

    /// <exception cref="SealBrokenException">As of <see cref="Unseal"/>.</exception>
    public string UnsealText(string text, string purpose)
    {
        try
        {
            return Encoding.UTF8.GetString(Unseal(Base64Url.DecodeFromChars(text.AsSpan()[TextStart.Length..^1]), purpose));
        }
        catch (FormatException fault)
        {
            throw new SealBrokenException($"What is sealed here ({purpose}) is garbled.", fault);
        }
    }

    private void DeriveNonce(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> purpose, Span<byte> nonce)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _nonces);
        hash.AppendData(BitConverter.GetBytes((long)purpose.Length));
        hash.AppendData(purpose);
        hash.AppendData(plain);
        hash.GetHashAndReset().AsSpan(0, NonceLength).CopyTo(nonce);
    }
}

/// <summary>Something sealed cannot be read.</summary>
public sealed class SealBrokenException(string message, Exception? inner = null) : StoreException(message, inner);
