using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Slipway.Configuration.Secrets;

/// <summary>
/// What <c>${NAME}</c> stands for, as Configuration as Code documents it: a file of that name in a directory of secrets, a line of the properties file, a variable of the environment;
/// and the functions <c>readFile</c>, <c>readFileBase64</c>, <c>base64</c>, <c>decodeBase64</c>, <c>trim</c>, <c>sha256</c> and <c>json</c>, whose arguments may be references themselves.
/// </summary>
internal sealed class SecretSources(ConfigurationSurroundings surroundings)
{
    private const int LargestBytes = 1024 * 1024;

    private readonly List<string> _files = [];
    private Dictionary<string, string>? _properties;

    /// <summary>Files and directories that were asked: when they change, the answers may.</summary>
    public IReadOnlyList<string> Files => [.. surroundings.SecretDirectories, .. _files.Distinct(StringComparer.Ordinal)];

    public string? Find(string name)
    {
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && Call(name[..colon], name[(colon + 1)..]) is { } called ? called.Value : OfDirectory(name) ?? OfProperties(name) ?? surroundings.Variable(name);
    }

    private Answer? Call(string function, string argument) => function switch
    {
        "readFile" or "file" => new Answer(ReadFile(argument) is { } bytes ? Encoding.UTF8.GetString(bytes) : null),
        "readFileBase64" or "fileBase64" => new Answer(ReadFile(argument) is { } bytes ? Convert.ToBase64String(bytes) : null),
        "base64" => new Answer(Convert.ToBase64String(Encoding.UTF8.GetBytes(argument))),
        "decodeBase64" => new Answer(DecodeBase64(argument)),
        "trim" => new Answer(argument.Trim()),
        "sha256" => new Answer(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(argument)))),
        "json" => new Answer(OfJson(argument)),
        _ => null,
    };

    private string? OfDirectory(string name)
    {
        if (name.Length is 0 or > 255 || name[0] == '.' || name.AsSpan().ContainsAny('/', '\\', '\0'))
        {
            return null;
        }

        return surroundings.SecretDirectories.Select(directory => Path.Combine(directory, name)).Where(File.Exists).Select(ReadFile).OfType<byte[]>().Select(bytes => Encoding.UTF8.GetString(bytes).Trim()).FirstOrDefault();
    }

    private string? OfProperties(string name) => (_properties ??= ReadProperties()).GetValueOrDefault(name);

    private Dictionary<string, string> ReadProperties()
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        if (surroundings.SecretsFile is { } file && File.Exists(file) && ReadFile(file) is { } bytes)
        {
            foreach (var line in Encoding.UTF8.GetString(bytes).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] is not '#' and not '!'))
            {
                var split = line.IndexOfAny(['=', ':']);
                if (split > 0)
                {
                    properties[line[..split].Trim()] = line[(split + 1)..].Trim();
                }
            }
        }

        return properties;
    }

    private byte[]? ReadFile(string path)
    {
        _files.Add(path);
        try
        {
            return new FileInfo(path) is { Exists: true, Length: <= LargestBytes } ? File.ReadAllBytes(path) : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static string? DecodeBase64(string text)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(text.Trim()));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary><c>key:{"key": "value"}</c>.</summary>
    private static string? OfJson(string argument)
    {
        var colon = argument.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(argument[(colon + 1)..]);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(argument[..colon], out var value)
                ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A function's answer, which may be that there is none.</summary>
    private readonly record struct Answer(string? Value);
}
