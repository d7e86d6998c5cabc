using System.Security.Cryptography;
using System.Text;
using Slipway.Groovy.Runtime;

namespace Slipway.Groovy.Library;

/// <summary>Base64, URL encoding, character sets, digests.</summary>
internal static class Encodings
{
    public static void RegisterCharset(ClassBuilder t)
    {
        t.Static("forName(String)", (_, _, a) => new CharsetValue((string)a[0]!));
        t.Static("defaultCharset()", (_, _, _) => new CharsetValue("UTF-8"));
        t.Method("name()", (_, self, _) => ((CharsetValue)self!).Name);
        t.Method("toString()", (_, self, _) => ((CharsetValue)self!).Name);
    }

    public static void RegisterStandardCharsets(ClassBuilder t)
    {
        foreach (var name in (ReadOnlySpan<string>)["UTF-8", "US-ASCII", "ISO-8859-1", "UTF-16", "UTF-16LE", "UTF-16BE"])
        {
            t.Constant(name.Replace('-', '_'), new CharsetValue(name));
        }
    }

    public static void RegisterBase64(ClassBuilder t)
    {
        t.Static("getEncoder()", (_, _, _) => new Base64Value(true, Url: false, Mime: false));
        t.Static("getUrlEncoder()", (_, _, _) => new Base64Value(true, Url: true, Mime: false));
        t.Static("getMimeEncoder()", (_, _, _) => new Base64Value(true, Url: false, Mime: true));
        t.Static("getDecoder()", (_, _, _) => new Base64Value(false, Url: false, Mime: false));
        t.Static("getUrlDecoder()", (_, _, _) => new Base64Value(false, Url: true, Mime: false));
        t.Static("getMimeDecoder()", (_, _, _) => new Base64Value(false, Url: false, Mime: true));
    }

    public static void RegisterEncoder(ClassBuilder t)
    {
        t.Method("encodeToString(byte[])", (_, self, a) => ((Base64Value)self!).Encode(Bytes.Of(a[0])));
        t.Method("encode(byte[])", (_, self, a) => Bytes.Array(Encoding.ASCII.GetBytes(((Base64Value)self!).Encode(Bytes.Of(a[0])))));
        t.Method("withoutPadding()", (_, self, _) => ((Base64Value)self!) with { NoPadding = true });
    }

    public static void RegisterDecoder(ClassBuilder t)
    {
        t.Method("decode(String)", (_, self, a) => Bytes.Array(((Base64Value)self!).Decode((string)a[0]!)));
        t.Method("decode(byte[])", (_, self, a) => Bytes.Array(((Base64Value)self!).Decode(Encoding.ASCII.GetString(Bytes.Of(a[0])))));
    }

    public static void RegisterUrlEncoder(ClassBuilder t)
    {
        t.Static("encode(String)", (_, _, a) => UrlEncode((string)a[0]!));
        t.Static("encode(String,Object)", (_, _, a) => UrlEncode((string)a[0]!));
    }

    public static void RegisterUrlDecoder(ClassBuilder t)
    {
        t.Static("decode(String)", (_, _, a) => Uri.UnescapeDataString(((string)a[0]!).Replace('+', ' ')));
        t.Static("decode(String,Object)", (_, _, a) => Uri.UnescapeDataString(((string)a[0]!).Replace('+', ' ')));
    }

    public static void RegisterDigest(ClassBuilder t)
    {
        t.Static("getInstance(String)", (_, _, a) => new DigestValue((string)a[0]!));
        t.Method("update(byte[])", (_, self, a) =>
        {
            ((DigestValue)self!).Data.Write(Bytes.Of(a[0]));
            return null;
        });
        t.Method("digest()", (_, self, _) => Bytes.Array(((DigestValue)self!).Finish()));
        t.Method("digest(byte[])", (_, self, a) =>
        {
            ((DigestValue)self!).Data.Write(Bytes.Of(a[0]));
            return Bytes.Array(((DigestValue)self).Finish());
        });
        t.Method("reset()", (_, self, _) =>
        {
            ((DigestValue)self!).Data.SetLength(0);
            return null;
        });
    }

    public static string Md5(byte[] data) => Convert.ToHexStringLower(Md5Bytes(data));

#pragma warning disable CA5350, CA5351 // Checksums that scripts compute and compare; nothing of ours rests on them.
    public static byte[] Md5Bytes(byte[] data) => MD5.HashData(data);

    public static byte[] Sha1Bytes(byte[] data) => SHA1.HashData(data);
#pragma warning restore CA5350, CA5351

    // application/x-www-form-urlencoded, as Java writes it.
    private static string UrlEncode(string text)
    {
        var result = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            var c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '*' or '_')
            {
                result.Append(c);
            }
            else if (c == ' ')
            {
                result.Append('+');
            }
            else
            {
                result.Append('%').Append(b.ToString("X2"));
            }
        }

        return result.ToString();
    }

    private sealed record Base64Value(bool IsEncoder, bool Url, bool Mime) : ILibraryValue
    {
        public string JavaClass => IsEncoder ? "java.util.Base64$Encoder" : "java.util.Base64$Decoder";

        public bool NoPadding { get; init; }

        public string Encode(byte[] data)
        {
            var text = Convert.ToBase64String(data);
            if (Url)
            {
                text = text.Replace('+', '-').Replace('/', '_');
            }

            if (Mime)
            {
                text = string.Join("\r\n", text.Chunk(76).Select(c => new string(c)));
            }

            return NoPadding ? text.TrimEnd('=') : text;
        }

        public byte[] Decode(string text) => Bytes.FromBase64(Url ? text.Replace('-', '+').Replace('_', '/') : text);
    }

    private sealed class DigestValue(string algorithm) : ILibraryValue
    {
        private readonly Func<byte[], byte[]> _hash = algorithm.ToUpperInvariant() switch
        {
            "MD5" => Md5Bytes,
            "SHA-1" or "SHA" or "SHA1" => Sha1Bytes,
            "SHA-256" => SHA256.HashData,
            "SHA-384" => SHA384.HashData,
            "SHA-512" => SHA512.HashData,
            _ => throw Throw.New("java.security.NoSuchAlgorithmException", $"{algorithm} MessageDigest not available"),
        };

        public string JavaClass => "java.security.MessageDigest";

        public MemoryStream Data { get; } = new();

        public byte[] Finish()
        {
            var hash = _hash(Data.ToArray());
            Data.SetLength(0);
            return hash;
        }
    }
}

/// <summary>java.net.URL and URI: taken apart, never opened.</summary>
internal sealed class UrlValue(Uri uri, string text, bool isUri) : ILibraryValue
{
    public string JavaClass => isUri ? "java.net.URI" : "java.net.URL";

    public Uri Uri { get; } = uri;

    public static UrlValue Parse(string text, bool isUri)
    {
        if (Uri.TryCreate(text, isUri ? UriKind.RelativeOrAbsolute : UriKind.Absolute, out var uri) && (isUri || text.Contains(':', StringComparison.Ordinal)))
        {
            return new UrlValue(uri, text, isUri);
        }

        throw Throw.New(isUri ? "java.net.URISyntaxException" : "java.net.MalformedURLException", $"no protocol: {text}");
    }

    public override bool Equals(object? obj) => obj is UrlValue other && other.ToString() == ToString();

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    public override string ToString() => text;
}

internal static class Urls
{
    public static void Register(ClassBuilder t)
    {
        t.New("(String)", (_, self, a) => UrlValue.Parse((string)a[0]!, ((GroovyClass)self!).Name == "java.net.URI"));
        t.Static("create(String)", (_, _, a) => UrlValue.Parse((string)a[0]!, isUri: true));
        t.Method("getHost()", (_, self, _) => U(self).IsAbsoluteUri ? U(self).Host : null);
        t.Method("getPort()", (_, self, _) => Box.Int(!U(self).IsAbsoluteUri || U(self).IsDefaultPort ? -1 : U(self).Port));
        t.Method("getPath()", (_, self, _) => U(self).IsAbsoluteUri ? (U(self).AbsolutePath == "/" && !self!.ToString()!.EndsWith('/') ? "" : U(self).AbsolutePath) : self!.ToString());
        t.Method("getQuery()", (_, self, _) => U(self).IsAbsoluteUri && U(self).Query.Length > 1 ? Uri.UnescapeDataString(U(self).Query[1..]) : null);
        t.Method("getFragment()", (_, self, _) => U(self).IsAbsoluteUri && U(self).Fragment.Length > 1 ? U(self).Fragment[1..] : null);
        t.Method("getRef()", (_, self, _) => U(self).IsAbsoluteUri && U(self).Fragment.Length > 1 ? U(self).Fragment[1..] : null);
        t.Method("getScheme()", (_, self, _) => U(self).IsAbsoluteUri ? U(self).Scheme : null);
        t.Method("getProtocol()", (_, self, _) => U(self).IsAbsoluteUri ? U(self).Scheme : null);
        t.Method("getUserInfo()", (_, self, _) => U(self).IsAbsoluteUri && U(self).UserInfo.Length > 0 ? U(self).UserInfo : null);
        t.Method("getAuthority()", (_, self, _) => U(self).IsAbsoluteUri ? U(self).Authority : null);
        t.Method("toString()", (_, self, _) => self!.ToString());
        t.Method("toExternalForm()", (_, self, _) => self!.ToString());
        t.Method("toURI()", (_, self, _) => UrlValue.Parse(self!.ToString()!, isUri: true));
        t.Method("toURL()", (_, self, _) => UrlValue.Parse(self!.ToString()!, isUri: false));
        foreach (var name in (ReadOnlySpan<string>)["openConnection()", "openStream()", "getText()", "getText(Object)", "getBytes()", "withReader(Closure)", "withInputStream(Closure)"])
        {
            t.Method(name, (_, self, _) => throw Throw.New("java.lang.SecurityException", $"A script cannot open {self} from the server: use a step such as httpRequest, or sh with curl"));
        }
    }

    private static Uri U(object? self) => ((UrlValue)self!).Uri;
}

/// <summary>java.util.Random, with Java's own sequence for a given seed.</summary>
internal sealed class RandomValue(string javaClass, long seed) : ILibraryValue
{
    private const long Mask = (1L << 48) - 1;

    private long _seed = (seed ^ 0x5DEECE66DL) & Mask;
    private double? _nextGaussian;

    public string JavaClass { get; } = javaClass;

    public static async ValueTask<RandomValue> FreshAsync(Fiber fiber, string javaClass) =>
        new(javaClass, BitConverter.ToInt64(await fiber.Interpreter.Effects.RandomBytesAsync(8, fiber.Scope)));

    public void SetSeed(long value)
    {
        _seed = (value ^ 0x5DEECE66DL) & Mask;
        _nextGaussian = null;
    }

    public int NextInt(int bound)
    {
        if (bound <= 0)
        {
            throw Throw.IllegalArgument("bound must be positive");
        }

        if ((bound & -bound) == bound)
        {
            return (int)((bound * (long)Next(31)) >> 31);
        }

        int bits;
        int value;
        do
        {
            bits = Next(31);
            value = bits % bound;
        }
        while (unchecked(bits - value + (bound - 1)) < 0);
        return value;
    }

    public int Next(int bits)
    {
        _seed = unchecked((_seed * 0x5DEECE66DL) + 0xBL) & Mask;
        return (int)(_seed >> (48 - bits));
    }

    public long NextLong() => unchecked(((long)Next(32) << 32) + Next(32));

    public double NextDouble() => (((long)Next(26) << 27) + Next(27)) * (1.0 / (1L << 53));

    public double NextGaussian()
    {
        if (_nextGaussian is { } ready)
        {
            _nextGaussian = null;
            return ready;
        }

        double v1;
        double v2;
        double s;
        do
        {
            v1 = (2 * NextDouble()) - 1;
            v2 = (2 * NextDouble()) - 1;
            s = (v1 * v1) + (v2 * v2);
        }
        while (s is >= 1 or 0);
        var multiplier = Math.Sqrt(-2 * Math.Log(s) / s);
        _nextGaussian = v2 * multiplier;
        return v1 * multiplier;
    }
}

internal static class Randoms
{
    public static void Register(ClassBuilder t)
    {
        t.NewAsync("()", async (f, self, _) => await RandomValue.FreshAsync(f, ((GroovyClass)self!).Name));
        t.New("(long)", (_, self, a) => new RandomValue(((GroovyClass)self!).Name, (long)a[0]!));
        t.Method("nextInt()", (_, self, _) => Box.Int(R(self).Next(32)));
        t.Method("nextInt(int)", (_, self, a) => Box.Int(R(self).NextInt((int)a[0]!)));
        t.Method("nextLong()", (_, self, _) => Box.Long(R(self).NextLong()));
        t.Method("nextDouble()", (_, self, _) => R(self).NextDouble());
        t.Method("nextFloat()", (_, self, _) => R(self).Next(24) / (float)(1 << 24));
        t.Method("nextBoolean()", (_, self, _) => Box.Bool(R(self).Next(1) != 0));
        t.Method("nextGaussian()", (_, self, _) => R(self).NextGaussian());
        t.Method("nextBytes(byte[])", (_, self, a) =>
        {
            var items = ((GroovyArray)a[0]!).Items;
            for (var i = 0; i < items.Length;)
            {
                for (int value = R(self).Next(32), n = Math.Min(items.Length - i, 4); n-- > 0; value >>= 8)
                {
                    items[i++] = unchecked((sbyte)value);
                }
            }

            return null;
        });
        t.Method("setSeed(long)", (_, self, a) =>
        {
            R(self).SetSeed((long)a[0]!);
            return null;
        });
    }

    public static void RegisterUuid(ClassBuilder t)
    {
        t.StaticAsync("randomUUID()", async (f, _, _) =>
        {
            var bytes = (await f.Interpreter.Effects.RandomBytesAsync(16, f.Scope)).ToArray();
            bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
            bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
            return new UuidValue(new Guid(bytes, bigEndian: true));
        });
        t.Static("fromString(String)", (_, _, a) => Guid.TryParse((string)a[0]!, out var id) ? new UuidValue(id) : throw Throw.IllegalArgument($"Invalid UUID string: {a[0]}"));
        t.Static("nameUUIDFromBytes(byte[])", (_, _, a) =>
        {
            var bytes = Encodings.Md5Bytes(Bytes.Of(a[0]));
            bytes[6] = (byte)((bytes[6] & 0x0F) | 0x30);
            bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
            return new UuidValue(new Guid(bytes, bigEndian: true));
        });
        t.Method("toString()", (_, self, _) => self!.ToString());
        t.Method("version()", (_, self, _) => Box.Int(((UuidValue)self!).Id.Version));
    }

    private static RandomValue R(object? self) => (RandomValue)self!;

    private sealed record UuidValue(Guid Id) : ILibraryValue, IComparable
    {
        public string JavaClass => "java.util.UUID";

        public int CompareTo(object? obj) => obj is UuidValue other ? Id.CompareTo(other.Id) : 1;

        public override string ToString() => Id.ToString("D");
    }
}
