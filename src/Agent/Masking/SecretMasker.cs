using System.Buffers;
using System.Collections;

namespace Slipway.Agent.Masking;

/// <summary>
/// Replaces secrets in a stream of bytes by <c>****</c>, also where they lie across the borders of chunks. The outcome does not depend on how the stream was cut.
/// Matches that overlap are covered as one: no piece of either shows. Bytes that may be the beginning of a secret are held back until more follow; never more than the longest secret.
/// </summary>
internal sealed class SecretMasker
{
    private readonly byte[][]?[] _byFirstByte = new byte[256][][];
    private readonly BitArray _firstTwoBytes = new(65536);
    private readonly SearchValues<byte> _firstBytes;
    private readonly MaskedOutput _output;
    private readonly bool _isIdle;
    private byte[] _held = [];
    private int _heldLength;

    // How many of the next bytes belong to a match that is masked already.
    private int _covered;

    public SecretMasker(IEnumerable<byte[]> forms, MaskedOutput output)
    {
        _output = output;
        var longestFirst = forms.OrderByDescending(form => form.Length).ToArray();
        _isIdle = longestFirst.Length == 0;
        foreach (var group in longestFirst.GroupBy(form => form[0]))
        {
            _byFirstByte[group.Key] = [.. group];
        }

        foreach (var form in longestFirst)
        {
            _firstTwoBytes[(form[0] << 8) | form[1]] = true;
        }

        _firstBytes = SearchValues.Create([.. longestFirst.Select(form => form[0]).Distinct()]);
    }

    private static ReadOnlySpan<byte> Mask => "****"u8;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_isIdle)
        {
            _output(bytes);
        }
        else if (_heldLength == 0)
        {
            Scan(bytes, isLast: false);
        }
        else
        {
            var joined = ArrayPool<byte>.Shared.Rent(_heldLength + bytes.Length);
            _held.AsSpan(0, _heldLength).CopyTo(joined);
            bytes.CopyTo(joined.AsSpan(_heldLength));
            var length = _heldLength + bytes.Length;
            _heldLength = 0;
            Scan(joined.AsSpan(0, length), isLast: false);
            ArrayPool<byte>.Shared.Return(joined, clearArray: true);
        }
    }

    /// <summary>The stream has ended: what was held back is judged as it is.</summary>
    public void Complete()
    {
        if (_heldLength > 0)
        {
            var rest = _held.AsSpan(0, _heldLength).ToArray();
            _heldLength = 0;
            Scan(rest, isLast: true);
        }
    }

    private void Scan(ReadOnlySpan<byte> data, bool isLast)
    {
        var plainFrom = 0;
        var position = 0;
        while (position < data.Length)
        {
            if (_covered == 0)
            {
                var next = data[position..].IndexOfAny(_firstBytes);
                if (next < 0)
                {
                    break;
                }

                position += next;
            }

            var length = LongestMatch(data[position..], isLast, out var isOpen);
            if (isOpen)
            {
                Emit(data, plainFrom, position);
                Hold(data[position..]);
                return;
            }

            if (length > 0 && _covered == 0)
            {
                Emit(data, plainFrom, position);
                _output(Mask);
            }

            _covered = Math.Max(_covered, length);
            position++;
            if (_covered > 0)
            {
                _covered--;
                plainFrom = position;
            }
        }

        Emit(data, plainFrom, data.Length);
    }

    /// <param name="isOpen">The data ends inside of what may become a longer match.</param>
    private int LongestMatch(ReadOnlySpan<byte> data, bool isLast, out bool isOpen)
    {
        isOpen = false;
        if (_byFirstByte[data[0]] is not { } forms || (data.Length > 1 && !_firstTwoBytes[(data[0] << 8) | data[1]]))
        {
            return 0;
        }

        foreach (var form in forms)
        {
            if (form.Length > data.Length)
            {
                isOpen |= !isLast && data.SequenceEqual(form.AsSpan(0, data.Length));
            }
            else if (data.StartsWith(form))
            {
                return form.Length;
            }
        }

        return 0;
    }

    private void Emit(ReadOnlySpan<byte> data, int from, int to)
    {
        if (to > from)
        {
            _output(data[from..to]);
        }
    }

    private void Hold(ReadOnlySpan<byte> rest)
    {
        if (_held.Length < rest.Length)
        {
            _held = new byte[Math.Max(rest.Length, 256)];
        }

        rest.CopyTo(_held);
        _heldLength = rest.Length;
    }
}

internal delegate void MaskedOutput(ReadOnlySpan<byte> bytes);
