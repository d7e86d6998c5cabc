using System.Security.Cryptography;

namespace Slipway.Store.Secrets;

/// <summary>Keys of the installation: random bytes in files of <c>secrets/</c>, made at the first start, which their owner alone can read.</summary>
public static class SecretKeyFile
{
    private const int Length = 32;

    /// <param name="loss">What the loss of this key means and what to do then, for the message about a file that is none.</param>
    /// <exception cref="InvalidDataException">The file is there but is not a key.</exception>
    public static byte[] LoadOrCreate(string dataDirectory, string name, string loss)
    {
        var directory = Path.Combine(dataDirectory, "secrets");
        var file = Path.Combine(directory, name);
        if (!File.Exists(file))
        {
            Create(directory, file);
        }

        var key = File.ReadAllBytes(file);
        return key.Length == Length ? key : throw new InvalidDataException($"{file} has {key.Length} bytes, not {Length}. Restore it from a back-up. {loss}");
    }

    private static void Create(string directory, string file)
    {
        var mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Directory.CreateDirectory(directory, mine | UnixFileMode.UserExecute);
        var draft = file + ".new";
        File.Delete(draft);
        using (var stream = new FileStream(draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mine }))
        {
            stream.Write(RandomNumberGenerator.GetBytes(Length));
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, file, overwrite: false);
    }
}
