using Slipway.Kubernetes.Connecting;

namespace Slipway.Kubernetes.Http;

/// <summary>
/// The bearer token of the next request. One from a file is read again when it is older than <see cref="MaxAge"/>, or at once after the server refused it: service
/// account tokens are replaced in their file while we run. A file that cannot be read just now leaves the last token in use.
/// </summary>
internal sealed class TokenSource(ClusterCredential credential, TimeProvider time)
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private string? _token = credential.Token;
    private DateTimeOffset _readAt = DateTimeOffset.MinValue;

    public string? Current()
    {
        lock (_lock)
        {
            if (credential.TokenFile is not null && time.GetUtcNow() - _readAt >= MaxAge)
            {
                Read(credential.TokenFile);
            }

            return _token;
        }
    }

    /// <summary>After the server refused <paramref name="token"/>: whether there is another one to try.</summary>
    public bool HasReplacementFor(string? token)
    {
        lock (_lock)
        {
            if (credential.TokenFile is not null && _token == token)
            {
                Read(credential.TokenFile);
            }

            return _token != token;
        }
    }

    private void Read(string file)
    {
        _readAt = time.GetUtcNow();
        try
        {
            // Half-written files do not occur: the kubelet swaps a symbolic link.
            if (File.ReadAllText(file).Trim() is { Length: > 0 } read)
            {
                _token = read;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _readAt = DateTimeOffset.MinValue;
        }
    }
}
