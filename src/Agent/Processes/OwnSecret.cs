using System.Globalization;
using System.Text;

namespace Slipway.Agent.Processes;

/// <summary>
/// Takes the agent's secret out of what the system shows of this process. Command lines can be read by everybody, environments by every process of the same user, which in a pod is what a build's steps are.
/// Both show the memory that they were given in, which is ours to write.
/// </summary>
internal static unsafe class OwnSecret
{
    private const int SetDumpable = 4;

    // Fields 48 to 51 of /proc/self/stat, counted from the third: begin and end of the arguments, begin and end of the environment.
    private const int FirstField = 48 - 3;

    /// <summary>Overwrites it with stars of the same length, wherever it stands. Where the kernel does not tell the places, nothing is done.</summary>
    public static void Hide(string secret)
    {
        if (secret.Length == 0 || Places() is not [var arguments, var argumentsEnd, var variables, var variablesEnd])
        {
            return;
        }

        var needle = Encoding.UTF8.GetBytes(secret);
        Overwrite(arguments, argumentsEnd, needle);
        Overwrite(variables, variablesEnd, needle);
    }

    /// <summary>Other processes of this user may neither trace this one nor read its memory and environment. For a container only: whoever starts an agent elsewhere finds it by its environment.</summary>
    public static void Close() => _ = Native.ProcessControl(SetDumpable, 0, 0, 0, 0);

    private static nuint[]? Places()
    {
        var buffer = new byte[1024];
        var length = Native.ReadFile("/proc/self/stat", ref buffer);
        var stat = Encoding.ASCII.GetString(buffer, 0, Math.Max(length, 0));
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var places = fields.Skip(FirstField).Take(4).Select(field => nuint.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var place) ? place : 0).ToArray();
        return places.Length == 4 && places.All(place => place > 0) && places[0] <= places[1] && places[2] <= places[3] ? places : null;
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
