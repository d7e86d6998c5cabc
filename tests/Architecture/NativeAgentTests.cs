using System.Buffers.Binary;
using System.Diagnostics;

namespace Slipway.Architecture;

/// <summary>What the agent's binary promises (docs/adr/0005-agent-native-static.md), held against the one that `./dev agent` built.</summary>
public sealed class NativeAgentTests
{
    private const int LargestBytes = 16 * 1024 * 1024;

    private static readonly string Binary = Path.Combine(Repository.Root, "artifacts/agent/linux-x64/slipway-agent");

    [Fact]
    public void Agent_is_small()
    {
        SkipIfNotBuilt();

        Assert.InRange(new FileInfo(Binary).Length, 1, LargestBytes);
    }

    // No interpreter means that no dynamic linker is asked for: it runs in an image that holds nothing else.
    [Fact]
    public void Agent_is_linked_statically()
    {
        SkipIfNotBuilt();
        const uint interpreter = 3;

        Assert.DoesNotContain(interpreter, ProgramHeaderTypes(File.ReadAllBytes(Binary)));
    }

    [Fact]
    public void Agent_says_its_version_without_any_environment()
    {
        SkipIfNotBuilt();
        var start = new ProcessStartInfo(Binary, "-version") { RedirectStandardOutput = true };
        start.Environment.Clear();
        using var agent = Process.Start(start)!;
        var said = agent.StandardOutput.ReadToEnd();
        agent.WaitForExit();

        Assert.Equal(0, agent.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+", said);
    }

    private static void SkipIfNotBuilt() => Assert.SkipUnless(File.Exists(Binary), "the native agent is not built; ./dev agent builds it");

    private static IEnumerable<uint> ProgramHeaderTypes(byte[] elf)
    {
        var table = (int)BinaryPrimitives.ReadUInt64LittleEndian(elf.AsSpan(0x20));
        var size = BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(0x36));
        var count = BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(0x38));
        return Enumerable.Range(0, count).Select(index => BinaryPrimitives.ReadUInt32LittleEndian(elf.AsSpan(table + (index * size))));
    }
}
