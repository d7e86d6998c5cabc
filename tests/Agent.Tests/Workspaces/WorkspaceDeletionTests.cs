using Slipway.Agent.Workspaces;
using Slipway.Model.Operations;

namespace Slipway.Agent.Tests.Workspaces;

public sealed class WorkspaceDeletionTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("slipway-agent-test-").FullName;

    private string Work => Path.Combine(_root, "work");

    private string Internal => Path.Combine(Work, "slipway");

    [Fact]
    public void A_released_allocations_workspaces_and_their_neighbours_are_gone_and_others_stay()
    {
        var leases = Leases();
        var mine = Prepare(leases, new PrepareWorkspace("app", null), "a1");
        var custom = Prepare(leases, new PrepareWorkspace("app", "mine/here"), "a1");
        var others = Prepare(leases, new PrepareWorkspace("app", null), "a2");

        leases.Delete("a1", retry: _ => { });

        Assert.False(Directory.Exists(mine.Directory) || Directory.Exists(mine.Temporary) || Directory.Exists(custom.Directory));
        Assert.True(File.Exists(Path.Combine(others.Directory, "file")));
        Assert.True(Directory.Exists(others.Temporary));
    }

    [Fact]
    public void A_workspace_outside_of_the_work_directory_stays()
    {
        var leases = Leases();
        var outside = Prepare(leases, new PrepareWorkspace("app", Path.Combine(_root, "outside")), "a1");
        var above = Prepare(leases, new PrepareWorkspace("app", ".."), "a1");

        leases.Delete("a1", retry: _ => { });

        Assert.True(File.Exists(Path.Combine(outside.Directory, "file")));
        Assert.True(File.Exists(Path.Combine(above.Directory, "file")));
    }

    [Fact]
    public void What_a_link_leads_to_stays()
    {
        var leases = Leases();
        var treasure = Directory.CreateDirectory(Path.Combine(_root, "treasure")).FullName;
        File.WriteAllText(Path.Combine(treasure, "file"), "");
        var mine = Prepare(leases, new PrepareWorkspace("app", "a/b"), "a1");
        var linked = Prepare(leases, new PrepareWorkspace("app", "c"), "a1");

        // The build replaced its workspace, and a directory above another one, by links.
        Directory.Delete(linked.Directory, recursive: true);
        Directory.CreateSymbolicLink(linked.Directory, treasure);
        Directory.Delete(Path.Combine(Work, "a"), recursive: true);
        Directory.CreateSymbolicLink(Path.Combine(Work, "a"), _root);
        Directory.CreateDirectory(Path.Combine(_root, "b"));
        File.WriteAllText(Path.Combine(_root, "b", "file"), "");

        leases.Delete("a1", retry: _ => { });

        Assert.True(File.Exists(Path.Combine(treasure, "file")));
        Assert.True(File.Exists(Path.Combine(_root, "b", "file")));
        Assert.False(Path.Exists(linked.Directory));
        Assert.Contains("a/b", mine.Directory);
    }

    [Fact]
    public void Where_the_work_directory_itself_was_the_workspace_the_agents_own_files_and_other_workspaces_stay()
    {
        var leases = Leases();
        var all = Prepare(leases, new PrepareWorkspace("app", "."), "a1");
        var agents = Prepare(leases, new PrepareWorkspace("app", "slipway"), "a1");
        var others = Prepare(leases, new PrepareWorkspace("app", null), "a2");

        leases.Delete("a1", retry: _ => { });

        Assert.False(File.Exists(Path.Combine(all.Directory, "file")));
        Assert.True(File.Exists(Path.Combine(agents.Directory, "file")));
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(Internal, "leases")));
        Assert.True(File.Exists(Path.Combine(others.Directory, "file")));
    }

    [Fact]
    public void A_persons_checkout_stays()
    {
        var checkout = Directory.CreateDirectory(Path.Combine(Work, "checkout")).FullName;
        var leases = Leases(checkout);
        var mine = Prepare(leases, new PrepareWorkspace("app", null), "a1");
        Prepare(leases, new PrepareWorkspace("app", "."), "a1");

        leases.Delete("a1", retry: _ => { });

        Assert.Equal(checkout, mine.Directory);
        Assert.True(File.Exists(Path.Combine(checkout, "file")));
    }

    [Fact]
    public void What_the_agents_user_cannot_delete_is_left_to_others_once_and_then_told()
    {
        var leases = Leases();
        var mine = Prepare(leases, new PrepareWorkspace("app", null), "a1");
        var asked = new List<string>();

        // A directory in the place of a file that is to be deleted cannot be made by rights alone when the tests run as root.
        var stubborn = Path.Combine(mine.Directory, "mounted");
        Directory.CreateDirectory(stubborn);
        Assert.SkipUnless(Environment.UserName == "root" && Mount(stubborn), "Mounting needs root.");
        try
        {
            Assert.Throws<IOException>(() => leases.Delete("a1", asked.Add));
            leases.Delete("a1", retry: _ => Unmount(stubborn));
        }
        finally
        {
            Unmount(stubborn);
        }

        Assert.Equal([mine.Directory], asked);
        Assert.False(Directory.Exists(mine.Directory));
    }

    public void Dispose()
    {
        Directory.Delete(_root, recursive: true);

        // The neighbour of a workspace above the work directory, where one was asked for.
        if (Directory.Exists(_root + "@tmp"))
        {
            Directory.Delete(_root + "@tmp", recursive: true);
        }
    }

    private WorkspaceLeases Leases(string? inPlace = null)
    {
        Directory.CreateDirectory(Internal);
        return new WorkspaceLeases(Work, Internal, inPlace);
    }

    private static WorkspacePrepared Prepare(WorkspaceLeases leases, PrepareWorkspace request, string allocation)
    {
        var prepared = leases.Prepare(request, Guid.NewGuid().ToString("N"), allocation);
        File.WriteAllText(Path.Combine(prepared.Directory, "file"), "content");
        return prepared;
    }

    private static bool Mount(string directory) => Run("mount", "-t", "tmpfs", "none", directory) == 0;

    private static void Unmount(string directory) => Run("umount", directory);

    private static int Run(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
