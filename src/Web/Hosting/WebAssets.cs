using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;

namespace Slipway.Web.Hosting;

/// <summary>
/// Scripts, styles and pictures, embedded in this assembly. Their URL holds a hash of all of them, so that browsers may keep them for ever and a page never meets
/// the scripts of another version.
/// </summary>
internal static class WebAssets
{
    private const string Prefix = "assets/";

    private static readonly FrozenDictionary<string, WebAsset> Files = Load();

    public static string Version { get; } = HashOfAll();

    /// <summary>The URL of an asset, relative to the server's root.</summary>
    public static string Url(string name) =>
        Files.ContainsKey(name) ? $"{Prefix}{Version}/{name}" : throw new ArgumentException($"There is no asset '{name}' in wwwroot.", nameof(name));

    public static WebAsset? Find(string name) => Files.GetValueOrDefault(name);

    private static FrozenDictionary<string, WebAsset> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(n =>
            {
                using var stream = assembly.GetManifestResourceStream(n) ?? throw new InvalidOperationException($"The resource '{n}' cannot be read.");
                using var memory = new MemoryStream();
                stream.CopyTo(memory);
                return new WebAsset(n[Prefix.Length..].Replace('\\', '/'), memory.ToArray());
            })
            .ToFrozenDictionary(f => f.Name, StringComparer.Ordinal);
    }

    private static string HashOfAll()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Files.Values.OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(file.Name));
            hash.AppendData(file.Content);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }
}

internal sealed class WebAsset(string name, byte[] content)
{
    private readonly Lazy<byte[]> _compressed = new(() => Compress(content));

    public string Name => name;

    public byte[] Content => content;

    /// <summary>Brotli, made when first asked for.</summary>
    public byte[] Compressed => _compressed.Value;

    public string ContentType => Path.GetExtension(name) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };

    private static byte[] Compress(byte[] content)
    {
        using var memory = new MemoryStream();
        using (var brotli = new BrotliStream(memory, CompressionLevel.Optimal, leaveOpen: true))
        {
            brotli.Write(content);
        }

        return memory.ToArray();
    }
}
