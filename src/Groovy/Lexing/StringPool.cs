namespace Slipway.Groovy.Lexing;

/// <summary>Gives equal names the same string, so that a file's names are allocated once. A table of fixed size: a collision only costs an allocation.</summary>
internal sealed class StringPool
{
    private const int Size = 1024;

    private readonly string?[] _slots = new string?[Size];

    public string Get(ReadOnlySpan<char> text)
    {
        ref var slot = ref _slots[Hash(text) & (Size - 1)];
        if (slot is not null && text.SequenceEqual(slot))
        {
            return slot;
        }

        return slot = text.ToString();
    }

    private static uint Hash(ReadOnlySpan<char> text)
    {
        var hash = (uint)text.Length;
        foreach (var c in text)
        {
            hash = (hash * 31) + c;
        }

        return hash ^ (hash >> 10);
    }
}
