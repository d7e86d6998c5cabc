using Slipway.Store.Files;

namespace Slipway.Store.Artifacts;

/// <summary>Files that appear whole or not at all: written aside, synced, then renamed into place.</summary>
internal static class FileIntake
{
    public static async Task<long> SaveAsync(string incoming, string target, Stream content, string failing, CancellationToken cancellation)
    {
        var aside = Path.Combine(incoming, Guid.NewGuid().ToString("n"));
        try
        {
            DurableFiles.CreateDirectory(incoming);
            long size;
            await using (var file = new FileStream(aside, FileMode.CreateNew, FileAccess.Write, FileShare.None, 128 * 1024, FileOptions.Asynchronous))
            {
                await content.CopyToAsync(file, cancellation);
                await file.FlushAsync(cancellation);
                size = file.Length;
                DurableFiles.Sync(file.SafeFileHandle);
            }

            var directory = Path.GetDirectoryName(target)!;
            DurableFiles.CreateDirectory(directory);
            File.Move(aside, target, overwrite: true);
            DurableFiles.SyncDirectory(directory);
            return size;
        }
        catch (Exception failure)
        {
            Discard(aside);
            if (DurableFiles.Translate(failure, failing) is StoreException translated)
            {
                throw translated;
            }

            throw;
        }
    }

    public static Stream? Open(string path, string failing)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 64 * 1024, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException) when (Directory.Exists(path))
        {
            return null;
        }
        catch (Exception failure)
        {
            throw DurableFiles.Translate(failure, failing);
        }
    }

    public static void DeleteDirectory(string path, string failing)
    {
        if (!Directory.Exists(path))
        {
            // The usual case, and an exception for each run would cost more than asking.
            return;
        }

        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
        }
        catch (Exception failure)
        {
            throw DurableFiles.Translate(failure, failing);
        }
    }

    private static void Discard(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception leftover) when (leftover is IOException or UnauthorizedAccessException)
        {
            // It lies among the incoming files, which go with the run.
        }
    }
}
