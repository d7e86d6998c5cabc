using System.Text;

namespace Slipway.Agent.Processes;

/// <summary>
/// Takes the agent's secret out of what the system shows of this process. Command lines can be read by everybody, environments by every process of the same user, which in a pod is what a build's steps are.
/// Both show the memory that they were given in, which is ours to write.
/// </summary>
internal static unsafe class OwnSecret
{
    private const int SetDumpable = 4;

    // The first of four: begin and end of the arguments, begin and end of the environment.
    private const int ArgumentsField = 48;

    /// <summary>Overwrites it with stars of the same length, wherever it stands. Where the kernel does not tell the places, nothing is done.</summary>
    public static void Hide(string secret)
    {
        if (secret.Length == 0 || Places() is not var (arguments, argumentsEnd, variables, variablesEnd))
        {
            return;
        }

        var needle = Encoding.UTF8.GetBytes(secret);
        Overwrite(arguments, argumentsEnd, needle);
        Overwrite(variables, variablesEnd, needle);
    }

    /// <summary>Other processes of this user may neither trace this one nor read its memory and environment. For a container only: whoever starts an agent elsewhere finds it by its environment.</summary>
    public static void Close() => _ = Native.ProcessControl(SetDumpable, 0, 0, 0, 0);

    /// <summary>Begin and end of the arguments, begin and end of the environment; null where the kernel does not tell.</summary>
    private static (nuint Arguments, nuint ArgumentsEnd, nuint Variables, nuint VariablesEnd)? Places()
    {
        Span<byte> buffer = stackalloc byte[1024];
        ReadOnlySpan<byte> stat = buffer[..Native.ReadFile("/proc/self/stat", buffer)];
        return (ProcessStat.Number(stat, ArgumentsField), ProcessStat.Number(stat, ArgumentsField + 1), ProcessStat.Number(stat, ArgumentsField + 2), ProcessStat.Number(stat, ArgumentsField + 3))
            is ({ } arguments and > 0, { } argumentsEnd, { } variables and > 0, { } variablesEnd) && arguments <= argumentsEnd && variables <= variablesEnd
            ? ((nuint)arguments, (nuint)argumentsEnd, (nuint)variables, (nuint)variablesEnd)
            : null;
    }

    private static void Overwrite(nuint start, nuint end, byte[] needle)
    {
        var memory = new Span<byte>((void*)start, checked((int)(end - start)));
        while (memory.IndexOf(needle) is var at and >= 0)
        {
            memory.Slice(at, needle.Length).Fill((byte)'*');
            memory = memory[(at + needle.Length)..];
        }
    }
}
