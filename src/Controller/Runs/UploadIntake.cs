using System.Formats.Tar;
using System.IO.Compression;
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

    public async Task ReceiveAsync(long effect, UploadFiles upload, Stream archive, Action<TestsRecorded> recorded, CancellationToken cancellation)
    {
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
                        await store.Artifacts.SaveAsync(run, path, content, cancellation);
                    }

                    break;
                case UploadPurpose.TestReports:
                    recorded(await ReadReportsAsync(effect, archive, cancellation));
                    break;
                default:
                    throw new AgentTransferException($"This server does not know what to do with files for '{upload.Purpose}'.");
            }
        }
        catch (StoreException fault)
        {
            throw new AgentTransferException(fault.Message, isInfrastructure: fault is StoreFullException or StoreUnavailableException);
        }
        catch (InvalidDataException fault)
        {
            throw new AgentTransferException(fault.Message);
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
            await CopyBoundedAsync(path, content, buffer, cancellation);
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

    private static async IAsyncEnumerable<(string Path, Stream Content)> ReadFilesAsync(Stream archive, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var unzipped = new GZipStream(archive, CompressionMode.Decompress, leaveOpen: true);
        await using var tar = new TarReader(unzipped, leaveOpen: true);
        while (await tar.GetNextEntryAsync(copyData: false, cancellation) is { } entry)
        {
            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
            {
                yield return (entry.Name, entry.DataStream ?? Stream.Null);
            }
        }
    }
}
