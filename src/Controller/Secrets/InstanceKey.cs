using System.Security.Cryptography;

namespace Slipway.Controller.Secrets;

/// <summary>The key that this installation's derived secrets come from (agents' secrets, crumbs). Made once, in a file that its owner alone can read.</summary>
public static class InstanceKey
{
    private const int Length = 32;

    /// <exception cref="InvalidDataException">The file is there but is not a key.</exception>
    public static byte[] LoadOrCreate(string dataDirectory)
    {
        var directory = Path.Combine(dataDirectory, "secrets");
        var file = Path.Combine(directory, "instance.key");
        if (!File.Exists(file))
        {
            Create(directory, file);
        }

        var key = File.ReadAllBytes(file);
        return key.Length == Length
            ? key
            : throw new InvalidDataException($"{file} has {key.Length} bytes, not {Length}. Restore it from a back-up; if it is lost, delete it and give every permanent agent its new secret.");
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
