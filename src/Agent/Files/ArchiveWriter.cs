using System.Formats.Tar;
using System.IO.Compression;

namespace Slipway.Agent.Files;

/// <summary>Packs files as a gzip-compressed tar archive, keeping their modes and times.</summary>
internal static class ArchiveWriter
{
    /// <summary>Two blocks of zeros.</summary>
    private const int EndOfArchive = 1024;

    /// <param name="keepLinks">A symbolic link stays one; otherwise the content of the file that it names is packed.</param>
    /// <returns>The bytes of all contents.</returns>
    public static long Write(Stream destination, string root, IReadOnlyList<string> paths, bool keepLinks, CancellationToken cancellation)
    {
        var bytes = 0L;
        var entries = 0;
        using var compressed = new GZipStream(destination, CompressionLevel.Fastest, leaveOpen: true);
        using (var archive = new TarWriter(compressed, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var path in paths)
            {
                cancellation.ThrowIfCancellationRequested();
                var file = new FileInfo(Path.Combine(root, path));
                if (file.LinkTarget is { } target && keepLinks)
                {
                    archive.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, path) { LinkName = target, ModificationTime = file.LastWriteTimeUtc });
                    entries++;
                }
                else if (TryOpen(file, out var content))
                {
                    using (content)
                    {
                        // The length is fixed when the entry's header is written: a log that still grows is packed as long as it is now.
                        var length = content.Length;
                        archive.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path)
                        {
                            DataStream = new FixedLengthStream(content, length),
                            Mode = file.UnixFileMode & (UnixFileMode)0x1ff,
                            ModificationTime = file.LastWriteTimeUtc,
                        });
                        bytes += length;
                        entries++;
                    }
                }
            }
        }

        if (entries == 0)
        {
            // .NET's writer ends an archive only after an entry; what it leaves of none is no archive to any reader.
            compressed.Write(new byte[EndOfArchive]);
        }

        return bytes;
    }

    /// <summary>Sockets, pipes, links to nowhere and files that went away since the walk are no content.</summary>
    private static bool TryOpen(FileInfo file, out FileStream content)
    {
        content = null!;
        var real = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo;
        if (real is not { Exists: true } || (real.Attributes & FileAttributes.Device) != 0)
        {
            return false;
        }

        try
        {
            content = new FileStream(real.FullName, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 });
            return content.CanSeek;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Exactly so many bytes: the rest of a longer file is left out, a shorter one is filled with zeros.</summary>
    private sealed class FixedLengthStream(Stream inner, long length) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get => _position; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var wanted = buffer[..(int)Math.Min(buffer.Length, length - _position)];
            if (wanted.IsEmpty)
            {
                return 0;
            }

            var count = inner.Read(wanted);
            if (count == 0)
            {
                wanted.Clear();
                count = wanted.Length;
            }

            _position += count;
            return count;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }
    }
}
