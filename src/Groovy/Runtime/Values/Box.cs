namespace Slipway.Groovy.Runtime;

/// <summary>Boxed values that are used all the time, made once.</summary>
public static class Box
{
    private const int Low = -128;
    private const int High = 1024;

    public static readonly object True = true;
    public static readonly object False = false;

    private static readonly object[] Ints = [.. Enumerable.Range(Low, High - Low + 1).Select(i => (object)i)];
    private static readonly object[] Longs = [.. Enumerable.Range(Low, High - Low + 1).Select(i => (object)(long)i)];
    private static readonly string[] Characters = [.. Enumerable.Range(0, 128).Select(i => ((char)i).ToString())];

    public static object Bool(bool value) => value ? True : False;

    public static object Int(int value) => (uint)(value - Low) <= High - Low ? Ints[value - Low] : value;

    public static object Long(long value) => (ulong)(value - Low) <= High - Low ? Longs[value - Low] : value;

    /// <summary>A string of one character.</summary>
    public static string Text(char value) => value < 128 ? Characters[value] : value.ToString();
}
