using System.Net.Sockets;
using System.Text;
using Slipway.Agent.Masking;

namespace Slipway.Agent.Spool;

/// <summary>
/// The writing end of an operation's output: decodes what is not UTF-8, masks, appends to the spool, tells the agent. Not thread-safe.
/// </summary>
internal sealed class OutputFile : IDisposable
{
    /// <summary>The agent's socket, seen from an operation's directory: relative, because the path of a socket may not be long.</summary>
    public const string NotifyPath = "../../notify";

    private readonly FileStream _file;
    private readonly SecretMasker _masker;
    private readonly Decoder? _decoder;
    private readonly Socket _notify = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
    private readonly UnixDomainSocketEndPoint _agent = new(NotifyPath);
    private readonly byte[] _operation;
    private readonly LineTimes? _times;

    /// <param name="encoding">What the writers write; null for UTF-8, which passes unread.</param>
    public OutputFile(OperationSpool spool, IEnumerable<string> masked, Encoding? encoding, bool timestamps)
    {
        _file = new FileStream(spool.OutputPath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _times = timestamps ? new LineTimes(bytes => _file.Write(bytes), TimeProvider.System) : null;
        _masker = new SecretMasker(SecretEncodings.Of(masked), _times is null ? bytes => _file.Write(bytes) : _times.Write);
        _decoder = encoding is null or UTF8Encoding ? null : encoding.GetDecoder();
        _operation = Encoding.ASCII.GetBytes(spool.OperationId);
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

        Notify();
    }

    public void WriteLine(string line) => Write(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Everything was written. The agent looks again when the result is there; see <see cref="Notify"/>.</summary>
    public void Complete()
    {
        if (_decoder is not null)
        {
            Decode([], isLast: true);
        }

        _masker.Complete();
        _file.Flush();
    }

    /// <summary>Tells the agent to look. It looks by itself now and then, so that a lost word costs time and nothing else.</summary>
    public void Notify()
    {
        try
        {
            _notify.SendTo(_operation, _agent);
        }
        catch (SocketException)
        {
            // The agent is away, or has not read its earlier notices yet.
        }
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
        _notify.Dispose();
    }
}
