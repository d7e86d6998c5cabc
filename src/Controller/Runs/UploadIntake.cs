using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Slipway.Controller.Agents;
using Slipway.Controller.Tests;
using Slipway.Model;
using Slipway.Model.Effects;
using Slipway.Model.Operations;
using Slipway.Store;
using Slipway.Store.Tests;

namespace Slipway.Controller.Runs;

/// <summary>Takes the archives that a run's operations send: stashes as they are, artifacts file by file, test reports read.</summary>
internal sealed class UploadIntake(IStore store, RunId run)
{
    private const int MostReports = 100_000;
    private const long LargestReport = 256L * 1024 * 1024;

    /// <exception cref="AgentTransferDelayedException">The store cannot take them now.</exception>
    /// <exception cref="AgentTransferException">They cannot be taken, now or later.</exception>
    public async Task ReceiveAsync(long effect, UploadFiles upload, Stream body, Action<TestsRecorded> recorded, CancellationToken cancellation)
    {
        // What fails while it is read is told apart from what fails while it is stored: to the store both are I/O errors.
        await using var archive = new WatchedStream(body);
        try
        {
            switch (upload.Purpose)
            {
                case UploadPurpose.Stash:
                    await store.Stashes.SaveAsync(run, upload.Name, archive, cancellation);
                    break;
                case UploadPurpose.Artifacts:
                    await foreach (var (path, content) in ReadFilesAsync(archive, cancellation))
                    {
                        await WholeAsync(content, () => store.Artifacts.SaveAsync(run, path, content, cancellation));
                    }

                    break;
                case UploadPurpose.TestReports:
                    recorded(await ReadReportsAsync(effect, archive, cancellation));
                    break;
                default:
                    throw new AgentTransferException($"This server does not know what to do with files for '{upload.Purpose}'.");
            }
        }
        catch (Exception) when (archive.Fault is not null)
        {
            // The connection broke: the agent sends again.
            ExceptionDispatchInfo.Throw(archive.Fault);
        }
        catch (DamagedArchiveException damaged)
        {
            throw new AgentTransferException($"The archive that the agent sent is damaged: {damaged.Message}", isInfrastructure: true, damaged);
        }
        catch (InvalidDataException fault)
        {
            throw new AgentTransferException(fault.Message, cause: fault);
        }
        catch (Exception fault) when (TransferFaults.AreOurs(fault))
        {
            throw TransferFaults.Translate(fault);
        }
    }

    private async Task<TestsRecorded> ReadReportsAsync(long effect, Stream archive, CancellationToken cancellation)
    {
        var suites = new List<TestSuiteRecord>();
        var files = 0;
        await foreach (var (path, content) in ReadFilesAsync(archive, cancellation))
        {
            if (++files > MostReports)
            {
                throw new InvalidDataException($"More than {MostReports} test reports were sent. Narrow the pattern of junit.");
            }

            // Read whole first: the XML reader is synchronous, and the network must not be.
            using var buffer = new MemoryStream();
            await WholeAsync(content, () => CopyBoundedAsync(path, content, buffer, cancellation));
            buffer.Position = 0;
            suites.AddRange(JUnitReader.Read(path, buffer));
        }

        var summary = await store.Tests.AddAsync(run, effect, suites, cancellation);
        return new TestsRecorded(files, summary.Total, summary.Failed, summary.Skipped);
    }

    private static async Task CopyBoundedAsync(string path, Stream from, MemoryStream to, CancellationToken cancellation)
    {
        var chunk = new byte[64 * 1024];
        int read;
        while ((read = await from.ReadAsync(chunk, cancellation)) > 0)
        {
            if (to.Length + read > LargestReport)
            {
                throw new InvalidDataException($"The test report '{path}' is larger than {LargestReport / (1024 * 1024)} MiB.");
            }

            to.Write(chunk, 0, read);
        }
    }

    /// <summary>Uses a file of the archive; what fails while it is read is the archive's damage, whoever says so.</summary>
    private static async Task WholeAsync(WatchedStream content, Func<Task> use)
    {
        try
        {
            await use();
        }
        catch (Exception) when (content.Fault is not (null or OperationCanceledException))
        {
            throw new DamagedArchiveException(content.Fault.Message, content.Fault);
        }
    }

    private static async IAsyncEnumerable<(string Path, WatchedStream Content)> ReadFilesAsync(Stream archive, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var unzipped = new GZipStream(archive, CompressionMode.Decompress, leaveOpen: true);
        await using var tar = new TarReader(unzipped, leaveOpen: true);
        while (await NextAsync(tar, cancellation) is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
            {
                continue;
            }

            await using var content = new WatchedStream(entry.DataStream ?? Stream.Null);
            yield return (entry.Name, content);
        }

        await ReadTrailerAsync(unzipped, cancellation);
    }

    /// <summary>The checksum of all that was read stands at the end, behind tar's padding; it is only looked at by whoever reads as far.</summary>
    private static async Task ReadTrailerAsync(GZipStream unzipped, CancellationToken cancellation)
    {
        var padding = new byte[64 * 1024];
        try
        {
            if (await unzipped.ReadAtLeastAsync(padding, padding.Length, throwOnEndOfStream: false, cancellation) == padding.Length)
            {
                throw new InvalidDataException("something follows its end");
            }
        }
        catch (InvalidDataException fault)
        {
            throw new DamagedArchiveException(fault.Message, fault);
        }
    }

    private static async Task<TarEntry?> NextAsync(TarReader tar, CancellationToken cancellation)
    {
        try
        {
            return await tar.GetNextEntryAsync(copyData: false, cancellation);
        }
        catch (Exception fault) when (fault is InvalidDataException or EndOfStreamException or FormatException or ArgumentException)
        {
            throw new DamagedArchiveException(fault.Message, fault);
        }
    }

    private sealed class DamagedArchiveException(string message, Exception cause) : Exception(message, cause);
}
