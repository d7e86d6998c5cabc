using System.Text;
using Slipway.Agent.Masking;

namespace Slipway.Agent.Spool;

/// <summary>
/// The writing end of an operation's output: decodes what is not UTF-8, masks, appends to the spool, tells whoever sends it. Not thread-safe.
/// </summary>
internal sealed class OutputFile : IDisposable
{
    private readonly FileStream _file;
    private readonly SecretMasker _masker;
    private readonly Decoder? _decoder;
    private readonly Action _notify;
    private readonly LineTimes? _times;

    /// <param name="notify">Called after each write.</param>
    /// <param name="encoding">What the writers write; null for UTF-8, which passes unread.</param>
    public OutputFile(OperationSpool spool, IEnumerable<string> masked, Encoding? encoding, bool timestamps, Action notify)
    {
        _file = new FileStream(spool.OutputPath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _times = timestamps ? new LineTimes(bytes => _file.Write(bytes), TimeProvider.System) : null;
        _masker = new SecretMasker(SecretEncodings.Of(masked), _times is null ? bytes => _file.Write(bytes) : _times.Write);
        _decoder = encoding is null or UTF8Encoding ? null : encoding.GetDecoder();
        _notify = notify;
    }

    /// <exception cref="IOException">The disk is full or broken.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_decoder is null)
        {
            _masker.Write(bytes);
        }
        else
        {
            Decode(bytes, isLast: false);
        }

        _notify();
    }

    public void WriteLine(string line) => Write(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Everything was written. The agent looks again when the result is there.</summary>
    public void Complete()
    {
        if (_decoder is not null)
        {
            Decode([], isLast: true);
        }

        _masker.Complete();
        _file.Flush();
    }

    private void Decode(ReadOnlySpan<byte> bytes, bool isLast)
    {
        var characters = new char[_decoder!.GetCharCount(bytes, isLast)];
        var count = _decoder.GetChars(bytes, characters, isLast);
        _masker.Write(Encoding.UTF8.GetBytes(characters, 0, count));
    }

    public void Dispose()
    {
        _file.Dispose();
    }
}
