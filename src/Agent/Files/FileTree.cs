using Slipway.Model;

namespace Slipway.Agent.Files;

/// <summary>Walks and deletes directories. Symbolic links are taken for what they are: what they point to is never deleted.</summary>
internal static class FileTree
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false, RecurseSubdirectories = false, ReturnSpecialDirectories = false };

    /// <summary>Deletes a directory with all that is in it, also what is marked as not writable; a directory that is not there is deleted already.</summary>
    public static void Delete(string directory, CancellationToken cancellation)
    {
        var info = new DirectoryInfo(directory);
        if (info.LinkTarget is not null)
        {
            info.Delete();
        }
        else if (info.Exists)
        {
            DeleteContent(info, cancellation);
            info.Delete();
        }
    }

    private static void DeleteContent(DirectoryInfo directory, CancellationToken cancellation)
    {
        MakeWritable(directory);
        foreach (var entry in directory.EnumerateFileSystemInfos("*", Everything))
        {
            cancellation.ThrowIfCancellationRequested();
            if (IsRealDirectory(entry))
            {
                DeleteContent((DirectoryInfo)entry, cancellation);
            }

            entry.Delete();
        }
    }

    /// <summary>Deletes the files that the set names, and directories that are left empty where <paramref name="directories"/>.</summary>
    public static void Clean(string root, AntFileSet files, bool directories, CancellationToken cancellation) =>
        Clean(new DirectoryInfo(root), "", files, directories, cancellation);

    private static bool Clean(DirectoryInfo directory, string path, AntFileSet files, bool directories, CancellationToken cancellation)
    {
        var isEmpty = true;
        MakeWritable(directory);
        foreach (var entry in directory.EnumerateFileSystemInfos("*", Everything))
        {
            cancellation.ThrowIfCancellationRequested();
            var entryPath = path + entry.Name;
            if (IsRealDirectory(entry))
            {
                if (Clean((DirectoryInfo)entry, entryPath + "/", files, directories, cancellation) && directories && files.Contains(entryPath))
                {
                    entry.Delete();
                }
                else
                {
                    isEmpty = false;
                }
            }
            else if (files.Contains(entryPath))
            {
                entry.Delete();
            }
            else
            {
                isEmpty = false;
            }
        }

        return isEmpty;
    }

    /// <summary>
    /// The files (and links to files) of a set, as paths with <c>/</c>, sorted. Directories behind links are walked too, but never one that holds the walk itself.
    /// </summary>
    public static IReadOnlyList<string> Find(string root, AntFileSet files, CancellationToken cancellation)
    {
        var found = new List<string>();
        if (Directory.Exists(root))
        {
            Find(new DirectoryInfo(root), "", files, found, [], cancellation);
        }

        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private static void Find(DirectoryInfo directory, string path, AntFileSet files, List<string> found, List<string> ancestors, CancellationToken cancellation)
    {
        var real = directory.LinkTarget is null ? directory.FullName : directory.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? directory.FullName;
        if (ancestors.Contains(real))
        {
            return;
        }

        ancestors.Add(real);
        foreach (var entry in directory.EnumerateFileSystemInfos("*", Everything))
        {
            cancellation.ThrowIfCancellationRequested();
            var entryPath = path + entry.Name;
            if (entry is DirectoryInfo inner)
            {
                if (files.MayContainBelow(entryPath))
                {
                    Find(inner, entryPath + "/", files, found, ancestors, cancellation);
                }
            }
            else if (files.Contains(entryPath))
            {
                found.Add(entryPath);
            }
        }

        ancestors.RemoveAt(ancestors.Count - 1);
    }

    private static bool IsRealDirectory(FileSystemInfo entry) => entry is DirectoryInfo && entry.LinkTarget is null;

    /// <summary>Build tools (Go's module cache, for one) write-protect directories; what is ours we may open again.</summary>
    private static void MakeWritable(DirectoryInfo directory)
    {
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if ((directory.UnixFileMode & Owner) != Owner)
        {
            try
            {
                directory.UnixFileMode |= Owner;
            }
            catch (UnauthorizedAccessException)
            {
                // Another user's: deleting will say so.
            }
        }
    }
}
