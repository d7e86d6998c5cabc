using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Slipway.Controller.Agents;
using Slipway.Controller.Runs;
using Slipway.Model;
using Slipway.Model.Operations;
using Slipway.Store;
using Slipway.Store.Sqlite;

namespace Slipway.Controller.Tests.Runs;

public sealed class UploadIntakeTests : IAsyncLifetime
{
    private static readonly RunId Run = new(7);
    private static readonly string Large = string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{i * 7919L % 1_000_003} "));

    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-intake-").FullName;
    private IStore _store = null!;

    private string Files => Path.Combine(_directory, "runs", "000000", "7");

    public async ValueTask InitializeAsync() => _store = await SqliteStore.OpenAsync(new StoreOptions(_directory), TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Artifacts_are_stored_file_by_file()
    {
        await ReceiveAsync(UploadPurpose.Artifacts, Archive(("a.txt", "A"), ("d/large", Large)));

        Assert.Equal([("a.txt", 1), ("d/large", Large.Length)], (await _store.Artifacts.ListAsync(Run)).Select(a => (a.Path, (int)a.Size)));
    }

    [Theory]
    [InlineData(UploadPurpose.Artifacts, 1)]
    [InlineData(UploadPurpose.Artifacts, 20)]
    [InlineData(UploadPurpose.Artifacts, 200_000)]
    [InlineData(UploadPurpose.TestReports, 1)]
    public async Task A_damaged_archive_is_a_failure_of_the_infrastructure_that_trying_again_does_not_mend(UploadPurpose purpose, int at)
    {
        var archive = Archive(("large", Large));
        archive[at] ^= 0x5a;

        var fault = await Assert.ThrowsAsync<AgentTransferException>(() => ReceiveAsync(purpose, archive));

        Assert.StartsWith("The archive that the agent sent is damaged: ", fault.Message, StringComparison.Ordinal);
        Assert.True(fault.IsInfrastructure);
    }

    [Fact]
    public async Task An_archive_that_ends_too_early_is_damaged()
    {
        using var cut = new MemoryStream();
        await using (var zip = new GZipStream(cut, CompressionLevel.Fastest, leaveOpen: true))
        {
            using var whole = new GZipStream(new MemoryStream(Archive(("large", Large))), CompressionMode.Decompress);
            var half = new byte[Large.Length / 2];
            await whole.ReadExactlyAsync(half, TestContext.Current.CancellationToken);
            await zip.WriteAsync(half, TestContext.Current.CancellationToken);
        }

        var fault = await Assert.ThrowsAsync<AgentTransferException>(() => ReceiveAsync(UploadPurpose.Artifacts, cut.ToArray()));

        Assert.StartsWith("The archive that the agent sent is damaged: ", fault.Message, StringComparison.Ordinal);
        Assert.True(fault.IsInfrastructure);
    }

    [Theory]
    [InlineData(UploadPurpose.Artifacts, "artifacts")]
    [InlineData(UploadPurpose.Stash, "stashes")]
    public async Task A_store_that_cannot_write_now_is_waited_for(UploadPurpose purpose, string folder)
    {
        Directory.CreateDirectory(Files);
        await File.WriteAllTextAsync(Path.Combine(Files, folder), "in the way", TestContext.Current.CancellationToken);

        var fault = await Assert.ThrowsAsync<AgentTransferDelayedException>(() => ReceiveAsync(purpose, Archive(("a.txt", "A"))));

        Assert.Contains("cannot be stored", fault.Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(Files, folder));
        await ReceiveAsync(purpose, Archive(("a.txt", "A")));
    }

    [Fact]
    public async Task A_report_that_is_none_is_the_builds_own_fault()
    {
        var fault = await Assert.ThrowsAsync<AgentTransferException>(() => ReceiveAsync(UploadPurpose.TestReports, Archive(("r.xml", "<html"))));

        Assert.Contains("'r.xml' is not well-formed XML", fault.Message, StringComparison.Ordinal);
        Assert.False(fault.IsInfrastructure);
    }

    [Theory]
    [InlineData(UploadPurpose.Artifacts)]
    [InlineData(UploadPurpose.Stash)]
    [InlineData(UploadPurpose.TestReports)]
    public async Task A_connection_that_breaks_is_neither_the_stores_fault_nor_the_archives(UploadPurpose purpose)
    {
        var archive = Archive(("large", Large));

        var fault = await Assert.ThrowsAsync<IOException>(() => ReceiveAsync(purpose, new BreakingStream(archive[..(archive.Length / 2)])));

        Assert.Equal("the connection broke", fault.Message);
    }

    private Task ReceiveAsync(UploadPurpose purpose, byte[] archive) => ReceiveAsync(purpose, new MemoryStream(archive));

    private Task ReceiveAsync(UploadPurpose purpose, Stream archive) =>
        new UploadIntake(_store, Run).ReceiveAsync(3, new UploadFiles(purpose, "files", ["**"], [], true, true), archive, _ => { }, TestContext.Current.CancellationToken);

    private static byte[] Archive(params (string Name, string Text)[] files)
    {
        var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionLevel.Fastest))
        using (var tar = new TarWriter(zip, TarEntryFormat.Pax))
        {
            foreach (var (name, text) in files)
            {
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
            }
        }

        return bytes.ToArray();
    }

    private sealed class BreakingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is > 0 and var read ? read : throw new IOException("the connection broke");
    }
}
