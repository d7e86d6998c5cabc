namespace Slipway.Store.Files;

/// <summary>Holds a data directory for one server. The lock is the operating system's: it goes with the process, however that ends.</summary>
public sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DataDirectoryLock(FileStream file) => _file = file;

    /// <exception cref="StoreInUseException"/>
    /// <exception cref="StoreUnavailableException"/>
    public static DataDirectoryLock Acquire(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, "lock");
        try
        {
            MakePrivate(dataDirectory);
            return new DataDirectoryLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException held) when (File.Exists(path) && held is not (DirectoryNotFoundException or PathTooLongException))
        {
            throw new StoreInUseException($"The data directory '{dataDirectory}' is used by another server. Stop that one, or give this one a directory of its own.", held);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw DurableFiles.Translate(failure, $"The data directory '{dataDirectory}' cannot be used");
        }
    }

    private static void MakePrivate(string directory)
    {
        if (Directory.Exists(directory))
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            // It holds secrets (tokens, parameters): nobody else on the machine reads it.
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public void Dispose() => _file.Dispose();
}
