using System.Formats.Tar;
using System.IO.Compression;
using Slipway.Agent.Tests.Testing;
using Slipway.Model.Operations;

namespace Slipway.Agent.Tests.EndToEnd;

/// <summary>With a supervisor for each operation.</summary>
public sealed class SupervisedFileOperationTests() : FileOperationTests(isOneShot: false);

/// <summary>On an agent that does its operations itself.</summary>
public sealed class OneShotFileOperationTests() : FileOperationTests(isOneShot: true);

public abstract class FileOperationTests(bool isOneShot) : IAsyncLifetime
{
    private AgentFixture _agent = null!;

    private string Workspace => Path.Combine(_agent.Root, "ws");

    public async ValueTask InitializeAsync()
    {
        _agent = await StartAsync();
        Directory.CreateDirectory(Workspace);
    }

    public async ValueTask DisposeAsync()
    {
        await _agent.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_workspace_lies_where_Jenkins_puts_it_and_one_in_use_gets_a_sibling()
    {
        var first = Assert.IsType<WorkspacePrepared>(await PrepareAsync("team/app", "a1"));
        var second = Assert.IsType<WorkspacePrepared>(await PrepareAsync("team/app", "a2"));
        var again = Assert.IsType<WorkspacePrepared>(await PrepareAsync("team/app", "a1"));

        Assert.Equal(Path.Combine(_agent.WorkDirectory, "workspace/team/app"), first.Directory);
        Assert.Equal(first.Directory + "@2", second.Directory);
        Assert.Equal(first.Directory, again.Directory);
        Assert.Equal(first.Directory + "@tmp", first.Temporary);
        Assert.True(Directory.Exists(first.Temporary));
        Assert.True(first.Environment.ContainsKey("PATH"));
        Assert.False(first.Environment.ContainsKey("JENKINS_SECRET"));

        await _agent.Hub.ReleaseAsync(AgentFixture.Node, "a1", default);
        Assert.Equal(first.Directory, Assert.IsType<WorkspacePrepared>(await PrepareAsync("team/app", "a3")).Directory);
    }

    [Fact]
    public async Task A_restarted_agent_knows_which_workspaces_are_in_use()
    {
        var first = Assert.IsType<WorkspacePrepared>(await PrepareAsync("app", "a1"));
        _agent.Agent!.Process.Kill();
        await _agent.Agent.WaitForExitAsync();
        _agent.StartAgent();

        Assert.Equal(first.Directory + "@2", Assert.IsType<WorkspacePrepared>(await PrepareAsync("app", "a2")).Directory);
        Assert.Contains("a1", _agent.Hub.Agents.Single().Info!.HeldAllocations);
    }

    [Fact]
    public async Task A_custom_workspace_lies_below_the_working_directory_unless_it_is_absolute()
    {
        var relative = Assert.IsType<WorkspacePrepared>(await PrepareAsync("app", "a1", "custom/place"));
        var absolute = Assert.IsType<WorkspacePrepared>(await PrepareAsync("app", "a1", Path.Combine(_agent.Root, "abs")));

        Assert.Equal(Path.Combine(_agent.WorkDirectory, "custom/place"), relative.Directory);
        Assert.Equal(Path.Combine(_agent.Root, "abs"), absolute.Directory);
    }

    [Fact]
    public async Task A_workspace_that_cannot_be_made_is_a_failure_of_infrastructure()
    {
        await File.WriteAllTextAsync(Path.Combine(_agent.Root, "file"), "");

        var failed = Assert.IsType<OperationFailed>(await PrepareAsync("app", "a1", Path.Combine(_agent.Root, "file", "below")));

        Assert.True(failed.IsInfrastructure);
        Assert.Contains("of 'app' cannot be written by the agent", failed.Message);
    }

    [Theory]
    [InlineData(null, "grün\n")]
    [InlineData("ISO-8859-1", "grün\n")]
    [InlineData("Base64", "AP/+Cg==")]
    public async Task A_text_written_in_an_encoding_is_read_back_in_it(string? encoding, string text)
    {
        Assert.IsType<OperationDone>(await RunAsync(new WriteTextFile("sub/file.txt", text, encoding)));

        Assert.Equal(new TextRead(text), await RunAsync(new ReadTextFile("sub/file.txt", encoding)));
        Assert.Equal(new FileExistence(true), await RunAsync(new CheckFileExists("sub/file.txt")));
        Assert.Equal(new FileExistence(false), await RunAsync(new CheckFileExists("sub/other.txt")));
    }

    [Fact]
    public async Task A_file_that_does_not_exist_is_the_pipelines_fault_and_named()
    {
        var failed = Assert.IsType<OperationFailed>(await RunAsync(new ReadTextFile("missing.txt", null)));

        Assert.False(failed.IsInfrastructure);
        Assert.Equal($"The file 'missing.txt' does not exist: there is no {Workspace}/missing.txt.", failed.Message);
    }

    [Fact]
    public async Task An_unknown_encoding_is_named_with_those_that_there_are()
    {
        var failed = Assert.IsType<OperationFailed>(await RunAsync(new WriteTextFile("f", "x", "EBCDIC-37")));

        Assert.False(failed.IsInfrastructure);
        Assert.StartsWith("The encoding 'EBCDIC-37' is not known. Use UTF-8", failed.Message);
    }

    [Fact]
    public async Task Deleting_a_directory_takes_protected_content_along_and_leaves_what_links_point_to()
    {
        var outside = Directory.CreateDirectory(Path.Combine(_agent.Root, "outside"));
        await File.WriteAllTextAsync(Path.Combine(outside.FullName, "kept"), "x");
        var inner = Directory.CreateDirectory(Path.Combine(Workspace, "mod", "cache"));
        await File.WriteAllTextAsync(Path.Combine(inner.FullName, "file"), "x");
        File.CreateSymbolicLink(Path.Combine(Workspace, "link"), outside.FullName);
        inner.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserExecute;

        Assert.IsType<OperationDone>(await RunAsync(new DeleteDirectory()));

        Assert.False(Directory.Exists(Workspace));
        Assert.True(File.Exists(Path.Combine(outside.FullName, "kept")));
    }

    [Fact]
    public async Task Cleaning_a_workspace_keeps_what_the_patterns_keep()
    {
        foreach (var path in (string[])["a.log", "sub/b.log", "sub/keep.txt", "other/c.log"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Workspace, path))!);
            await File.WriteAllTextAsync(Path.Combine(Workspace, path), "x");
        }

        await RunAsync(new CleanWorkspace(["**/*.log"], ["other/**"], DeleteDirectories: false));
        Assert.Equal(["other/c.log", "sub/keep.txt"], Files());

        await RunAsync(new CleanWorkspace([], [], DeleteDirectories: true));
        Assert.True(Directory.Exists(Workspace));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Workspace));
    }

    [Fact]
    public async Task A_stash_comes_back_with_its_modes_links_and_bytes_and_default_excludes_stay_out()
    {
        var bytes = new byte[3_000_000];
        new Random(1).NextBytes(bytes);
        Directory.CreateDirectory(Path.Combine(Workspace, "bin"));
        Directory.CreateDirectory(Path.Combine(Workspace, ".git"));
        await File.WriteAllBytesAsync(Path.Combine(Workspace, "bin/data"), bytes);
        await File.WriteAllTextAsync(Path.Combine(Workspace, ".git/config"), "x");
        await File.WriteAllTextAsync(Path.Combine(Workspace, "bin/ünï cödé"), "name");
        File.SetUnixFileMode(Path.Combine(Workspace, "bin/data"), (UnixFileMode)0b111_101_000);
        File.CreateSymbolicLink(Path.Combine(Workspace, "link"), "bin/data");

        Assert.Equal(new FilesUploaded(3, bytes.Length + 4), await RunAsync(Stash("s", "**")));
        Directory.Delete(Workspace, recursive: true);
        Assert.IsType<OperationDone>(await RunAsync(new DownloadFiles("s")));

        Assert.Equal(["bin/data", "bin/ünï cödé", "link"], Files());
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(Workspace, "link")));
        Assert.Equal((UnixFileMode)0b111_101_000, File.GetUnixFileMode(Path.Combine(Workspace, "bin/data")));
        Assert.Equal("bin/data", new FileInfo(Path.Combine(Workspace, "link")).LinkTarget);
    }

    [Fact]
    public async Task Artifacts_hold_the_content_of_linked_files()
    {
        await File.WriteAllTextAsync(Path.Combine(Workspace, "real"), "content");
        File.CreateSymbolicLink(Path.Combine(Workspace, "app.jar"), "real");

        await RunAsync(new UploadFiles(UploadPurpose.Artifacts, "", ["*.jar"], [], true, false));

        using var archive = new TarReader(new GZipStream(new MemoryStream(_agent.Transfers.Archives[""]), CompressionMode.Decompress));
        var entry = archive.GetNextEntry()!;
        Assert.Equal(("app.jar", TarEntryType.RegularFile, 7L), (entry.Name, entry.EntryType, entry.Length));
    }

    [Fact]
    public async Task Nothing_to_stash_or_archive_is_the_pipelines_fault_unless_it_is_allowed()
    {
        var stash = Assert.IsType<OperationFailed>(await RunAsync(Stash("s", "*.none")));
        var artifacts = Assert.IsType<OperationFailed>(await RunAsync(new UploadFiles(UploadPurpose.Artifacts, "", ["a/*.jar", "b"], [], true, AllowEmpty: false)));

        Assert.StartsWith("No files included in stash 's'", stash.Message);
        Assert.StartsWith("No artifacts found that match the file pattern \"a/*.jar, b\". Configuration error?", artifacts.Message);
        Assert.False(stash.IsInfrastructure || artifacts.IsInfrastructure);
        Assert.Equal(new FilesUploaded(0, 0), await RunAsync(Stash("s", "*.none") with { AllowEmpty = true }));
    }

    [Fact]
    public async Task An_archive_of_nothing_is_a_whole_archive()
    {
        await RunAsync(Stash("s", "*.none") with { AllowEmpty = true });

        using var archive = new TarReader(new GZipStream(new MemoryStream(_agent.Transfers.Archives["s"]), CompressionMode.Decompress));
        Assert.Null(archive.GetNextEntry());
        Assert.IsType<OperationDone>(await RunAsync(new DownloadFiles("s")));
    }

    [Fact]
    public async Task An_archive_of_what_went_away_is_a_whole_archive()
    {
        File.CreateSymbolicLink(Path.Combine(Workspace, "dangling.jar"), "nowhere");

        await RunAsync(new UploadFiles(UploadPurpose.Artifacts, "", ["*.jar"], [], true, true));

        using var archive = new TarReader(new GZipStream(new MemoryStream(_agent.Transfers.Archives[""]), CompressionMode.Decompress));
        Assert.Null(archive.GetNextEntry());
    }

    [Fact]
    public async Task What_the_controller_refuses_to_take_or_give_is_told_in_its_words()
    {
        await File.WriteAllTextAsync(Path.Combine(Workspace, "f"), "x");

        Assert.Equal(new OperationFailed("The stash 'refused' is too large for this job.", false), await RunAsync(Stash("refused", "**")));
        Assert.Equal(new OperationFailed("No such saved stash 'never'", false), await RunAsync(new DownloadFiles("never")));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/tmp/outside")]
    [InlineData("a/../../outside")]
    public async Task An_archive_that_leads_out_of_the_directory_is_not_unpacked(string name)
    {
        _agent.Transfers.Archives["evil"] = Pack(archive => archive.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream([1]) }));

        var failed = Assert.IsType<OperationFailed>(await RunAsync(new DownloadFiles("evil")));

        Assert.Contains("leads out of the directory", failed.Message);
        Assert.False(File.Exists(Path.Combine(_agent.Root, "outside")));
    }

    [Fact]
    public async Task An_archive_cannot_write_through_a_link_that_it_brought()
    {
        var outside = Directory.CreateDirectory(Path.Combine(_agent.Root, "outside")).FullName;
        _agent.Transfers.Archives["evil"] = Pack(archive =>
        {
            archive.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "x") { LinkName = outside });
            archive.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "y") { LinkName = "x/sub" });
            archive.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "y/file") { DataStream = new MemoryStream([1]) });
        });
        Directory.CreateDirectory(Path.Combine(outside, "sub"));

        var failed = Assert.IsType<OperationFailed>(await RunAsync(new DownloadFiles("evil")));

        Assert.Contains("leads out of", failed.Message);
        Assert.Empty(Directory.EnumerateFiles(outside, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_transfer_survives_a_connection_that_breaks()
    {
        await using var proxy = new CuttingProxy(() => _agent.Controller.Url.Port, 5, meanBytes: 2_000_000);
        _agent.StartAgent(proxy.Url);
        var bytes = new byte[3_000_000];
        new Random(2).NextBytes(bytes);
        await File.WriteAllBytesAsync(Path.Combine(Workspace, "data"), bytes);

        Assert.Equal(new FilesUploaded(1, bytes.Length), await RunAsync(Stash("s", "**")));
        File.Delete(Path.Combine(Workspace, "data"));
        Assert.IsType<OperationDone>(await RunAsync(new DownloadFiles("s")));

        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(Workspace, "data")));
    }

    private static UploadFiles Stash(string name, string include) => new(UploadPurpose.Stash, name, [include], [], UseDefaultExcludes: true, AllowEmpty: false);

    private static byte[] Pack(Action<TarWriter> write)
    {
        var bytes = new MemoryStream();
        using (var compressed = new GZipStream(bytes, CompressionLevel.Fastest))
        using (var archive = new TarWriter(compressed))
        {
            write(archive);
        }

        return bytes.ToArray();
    }

    private IEnumerable<string> Files() =>
        Directory.EnumerateFiles(Workspace, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Select(path => Path.GetRelativePath(Workspace, path)).Order(StringComparer.Ordinal);

    private Task<OperationResult> RunAsync(AgentOperation operation) => _agent.RunAsync(operation with { Surroundings = _agent.In("ws") });

    private Task<OperationResult> PrepareAsync(string job, string allocation, string? custom = null) =>
        _agent.Hub.RunAsync(new Controller.Agents.AgentWork(AgentFixture.Node, _agent.NextId(), allocation, new PrepareWorkspace(job, custom), _agent.Sink), default).WaitAsync(TimeSpan.FromSeconds(30));

    private Task<AgentFixture> StartAsync(IReadOnlyDictionary<string, string>? environment = null) =>
        AgentFixture.StartAsync(environment: isOneShot ? new Dictionary<string, string>(environment ?? new Dictionary<string, string>()) { ["SLIPWAY_ONE_SHOT"] = "1" } : environment);
}
