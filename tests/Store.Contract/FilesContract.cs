using System.Text;
using Slipway.Model;

namespace Slipway.Store.Contract;

public abstract class FilesContract : StoreTest
{
    private static readonly RunId Run = new(7);

    private static MemoryStream Content(string text) => new(Encoding.UTF8.GetBytes(text));

    private static async Task<string> TextOf(Stream? stream)
    {
        Assert.NotNull(stream);
        await using (stream)
        {
            using var reader = new StreamReader(stream);
            return await reader.ReadToEndAsync();
        }
    }

    [Fact]
    public async Task Artifacts_are_listed_by_path_and_read_back()
    {
        await Store.Artifacts.SaveAsync(Run, "target/app.jar", Content("jar"));
        var saved = await Store.Artifacts.SaveAsync(Run, "a b/ü.txt", Content("text"));

        Assert.Equal(("a b/ü.txt", 4L), (saved.Path, saved.Size));
        Assert.Equal([("a b/ü.txt", 4L), ("target/app.jar", 3L)], (await Store.Artifacts.ListAsync(Run)).Select(a => (a.Path, a.Size)));
        Assert.Equal("jar", await TextOf(await Store.Artifacts.OpenAsync(Run, "target/app.jar")));
        Assert.Null(await Store.Artifacts.OpenAsync(Run, "target/other.jar"));
        Assert.Null(await Store.Artifacts.OpenAsync(Run, "target"));
        Assert.Empty(await Store.Artifacts.ListAsync(new RunId(8)));
    }

    [Fact]
    public async Task An_artifact_can_be_read_in_part_and_is_replaced_whole()
    {
        await Store.Artifacts.SaveAsync(Run, "x", Content("0123456789"));
        await using (var stream = await Store.Artifacts.OpenAsync(Run, "x"))
        {
            Assert.Equal(10, stream!.Length);
            stream.Position = 4;
            var part = new byte[3];
            await stream.ReadExactlyAsync(part, TestContext.Current.CancellationToken);
            Assert.Equal("456", Encoding.UTF8.GetString(part));

            await Store.Artifacts.SaveAsync(Run, "x", Content("new"));
        }

        Assert.Equal("new", await TextOf(await Store.Artifacts.OpenAsync(Run, "x")));
        await Store.Artifacts.DeleteAllAsync(Run);
        Assert.Empty(await Store.Artifacts.ListAsync(Run));
        await Store.Artifacts.DeleteAllAsync(Run);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    [InlineData("a\\..\\b")]
    [InlineData("a\0b")]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/")]
    public async Task Paths_that_could_lead_elsewhere_are_refused(string path)
    {
        await Assert.ThrowsAsync<IllegalPathException>(() => Store.Artifacts.SaveAsync(Run, path, Content("x")));
        await Assert.ThrowsAsync<IllegalPathException>(() => Store.Artifacts.OpenAsync(Run, path));
        await Assert.ThrowsAsync<IllegalPathException>(() => Store.Artifacts.SaveAsync(Run, new string('n', 300), Content("x")));
    }

    [Fact]
    public async Task A_transfer_that_breaks_off_leaves_nothing()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Store.Artifacts.SaveAsync(Run, "x", new BreakingStream()));

        Assert.Empty(await Store.Artifacts.ListAsync(Run));
        Assert.Null(await Store.Artifacts.OpenAsync(Run, "x"));
    }

    [Fact]
    public async Task Stashes_have_any_name_and_go_with_the_run()
    {
        await Store.Stashes.SaveAsync(Run, "../../evil name/ü", Content("one"));
        await Store.Stashes.SaveAsync(Run, "b", Content("two"));
        await Store.Stashes.SaveAsync(Run, "b", Content("three"));

        Assert.Equal(["../../evil name/ü", "b"], await Store.Stashes.ListAsync(Run));
        Assert.Equal("one", await TextOf(await Store.Stashes.OpenAsync(Run, "../../evil name/ü")));
        Assert.Equal("three", await TextOf(await Store.Stashes.OpenAsync(Run, "b")));
        Assert.Null(await Store.Stashes.OpenAsync(Run, "c"));
        await Assert.ThrowsAsync<IllegalPathException>(() => Store.Stashes.SaveAsync(Run, "", Content("x")));

        await Store.Stashes.DeleteAllAsync(Run);
        Assert.Empty(await Store.Stashes.ListAsync(Run));
    }

    private sealed class BreakingStream : MemoryStream
    {
        private int _reads;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _reads++ < 3 ? ValueTask.FromResult(buffer.Length) : throw new InvalidOperationException("the connection was lost");

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) => CopyAsync(destination, cancellationToken);

        private async Task CopyAsync(Stream destination, CancellationToken cancellation)
        {
            var buffer = new byte[1000];
            while (true)
            {
                var read = await ReadAsync(buffer, cancellation);
                await destination.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }
        }
    }
}
