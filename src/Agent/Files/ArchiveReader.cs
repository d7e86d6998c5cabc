using System.Formats.Tar;
using System.IO.Compression;
using Slipway.Agent.Operations;
using Slipway.Agent.Processes;

namespace Slipway.Agent.Files;

/// <summary>Unpacks a gzip-compressed tar archive below one directory, and nowhere else: whatever names and links the archive holds.</summary>
internal static class ArchiveReader
{
    /// <returns>How many files were unpacked, and their bytes.</returns>
    public static (int Count, long Bytes) Extract(Stream source, string root, CancellationToken cancellation)
    {
        Directory.CreateDirectory(root);
        var realRoot = Native.RealPath(root);
        var count = 0;
        var bytes = 0L;
        using var decompressed = new GZipStream(source, CompressionMode.Decompress, leaveOpen: true);
        using var archive = new TarReader(decompressed, leaveOpen: true);
        while (archive.GetNextEntry() is { } entry)
        {
            cancellation.ThrowIfCancellationRequested();
            var path = Locate(realRoot, entry.Name);
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    Directory.CreateDirectory(path);
                    break;
                case TarEntryType.SymbolicLink:
                    Remove(path);
                    File.CreateSymbolicLink(path, entry.LinkName);
                    count++;
                    break;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                    bytes += WriteFile(entry, path, cancellation);
                    count++;
                    break;
                case TarEntryType.GlobalExtendedAttributes:
                    break;
                default:
                    throw new OperationFault($"The archive holds '{entry.Name}' of the kind {entry.EntryType}, which is not unpacked.");
            }
        }

        return (count, bytes);
    }

    private static long WriteFile(TarEntry entry, string path, CancellationToken cancellation)
    {
        // Removed first: writing into what is there would follow a link, or change a file that other names share.
        Remove(path);
        var written = 0L;
        using (var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = (entry.Mode & (UnixFileMode)0x1ff) | UnixFileMode.UserWrite | UnixFileMode.UserRead }))
        {
            if (entry.DataStream is { } content)
            {
                var buffer = new byte[81920];
                for (int count; (count = content.Read(buffer)) > 0; written += count)
                {
                    cancellation.ThrowIfCancellationRequested();
                    file.Write(buffer, 0, count);
                }
            }
        }

        File.SetUnixFileMode(path, entry.Mode & (UnixFileMode)0x1ff);
        File.SetLastWriteTimeUtc(path, entry.ModificationTime.UtcDateTime);
        return written;
    }

    /// <summary>Where an entry goes; its directories are made. Refuses names that lead out, directly or through a link.</summary>
    private static string Locate(string root, string name)
    {
        var segments = name.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(segment => segment != ".").ToArray();
        if (segments.Length == 0)
        {
            return root;
        }

        if (name.StartsWith('/') || segments.Contains("..") || name.Contains('\0', StringComparison.Ordinal))
        {
            throw new OperationFault($"The archive holds the name '{name}', which leads out of the directory. Nothing of it is unpacked.");
        }

        var directory = root;
        foreach (var segment in segments[..^1])
        {
            directory = Path.Combine(directory, segment);
            Directory.CreateDirectory(directory);
            var real = Native.RealPath(directory);
            if (real != root && !real.StartsWith(root + "/", StringComparison.Ordinal))
            {
                throw new OperationFault($"The archive's '{name}' would be written to '{real}' through a link, which leads out of '{root}'.");
            }

            directory = real;
        }

        return Path.Combine(directory, segments[^1]);
    }

    private static void Remove(string path)
    {
        var info = new FileInfo(path);
        if (info.LinkTarget is not null || info.Exists)
        {
            info.Delete();
        }
        else if (Directory.Exists(path))
        {
            throw new OperationFault($"'{path}' is a directory, and the archive holds a file of that name. Delete the directory first.");
        }
    }
}
