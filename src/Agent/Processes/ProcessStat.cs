namespace Slipway.Agent.Processes;

/// <summary>Fields of <c>/proc/PID/stat</c>, by the numbers that proc(5) gives them. Read where they lie: an agent must stay small, and a list of processes is long.</summary>
internal static class ProcessStat
{
    /// <summary>The first one behind the name, which may hold anything, spaces and parentheses too.</summary>
    private const int FirstField = 3;

    /// <summary>The letter of the process's state; 0 where there is none.</summary>
    public static byte State(ReadOnlySpan<byte> stat) => Field(stat, FirstField) is { Length: > 0 } state ? state[0] : (byte)0;

    /// <returns>Null where the field is not there or is no number.</returns>
    public static ulong? Number(ReadOnlySpan<byte> stat, int field) => ParseDigits(Field(stat, field));

    /// <returns>Null where anything but digits is there, or nothing.</returns>
    public static ulong? ParseDigits(ReadOnlySpan<byte> digits)
    {
        if (digits.Length is 0 or > 19)
        {
            return null;
        }

        var number = 0UL;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return null;
            }

            number = (number * 10) + (ulong)(digit - '0');
        }

        return number;
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> stat, int field)
    {
        var rest = stat[(stat.LastIndexOf((byte)')') + 1)..].Trim((byte)' ').TrimEnd((byte)'\n');
        for (var at = FirstField; ; at++)
        {
            var end = rest.IndexOf((byte)' ');
            if (at == field)
            {
                return end < 0 ? rest : rest[..end];
            }

            if (end < 0)
            {
                return default;
            }

            rest = rest[(end + 1)..];
        }
    }
}
