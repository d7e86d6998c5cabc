using System.Text;
using Slipway.Kubernetes.Http;

namespace Slipway.Kubernetes.Api;

/// <summary>Logs of containers.</summary>
public sealed partial class KubernetesClient
{
    private const int TailLimit = 256 * 1024;

    /// <summary>Opens a container's log. The caller disposes the stream; reading it throws <see cref="IOException"/> or <see cref="HttpRequestException"/> when the connection breaks.</summary>
    public async Task<Stream> OpenLogAsync(string @namespace, string pod, LogSelection selection, CancellationToken cancellation)
    {
        var query = new QueryString()
            .Add("container", selection.Container)
            .AddFlag("follow", selection.IsFollowed)
            .AddFlag("previous", selection.IsPrevious)
            .AddFlag("timestamps", selection.HasTimestamps)
            .Add("tailLines", selection.TailLines)
            .Add("limitBytes", selection.LimitBytes)
            .Add("sinceTime", selection.Since?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"));
        var subject = new RequestSubject("get", "pods/log", @namespace, pod);
        var request = new ApiRequest(HttpMethod.Get, ResourceType.Pods.Path(@namespace, pod, "log") + query, subject, Accept: "*/*");
        var response = await _transport.OpenAsync(request, isHeaderTimed: !selection.IsFollowed, cancellation);
        return new ResponseStream(response, await response.Content.ReadAsStreamAsync(cancellation));
    }

    /// <summary>The last lines of a container's log, for a message; at most 256 KiB of it.</summary>
    /// <param name="isPrevious">Of the container before its last restart.</param>
    public async Task<string> ReadLogTailAsync(string @namespace, string pod, string? container, int lines, CancellationToken cancellation, bool isPrevious = false)
    {
        var selection = new LogSelection { Container = container, TailLines = lines, IsPrevious = isPrevious, LimitBytes = TailLimit };
        using var limit = new CancellationTokenSource(Connection.ReadTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await using var log = await OpenLogAsync(@namespace, pod, selection, either.Token);
            using var reader = new StreamReader(log, Encoding.UTF8);
            return await reader.ReadToEndAsync(either.Token);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is OperationCanceledException or IOException or HttpRequestException)
        {
            var subject = new RequestSubject("get", "pods/log", @namespace, pod);
            throw KubernetesException.NoAnswer(subject, limit.IsCancellationRequested ? "no end within the read time-out" : $"the connection broke: {e.Message}", isTransient: true, isOutcomeUnknown: false, e);
        }
    }

    /// <summary>Ends its answer with itself.</summary>
    private sealed class ResponseStream(HttpResponseMessage response, Stream body) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => body.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => body.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => body.ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                body.Dispose();
                response.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}

/// <summary>Which part of a log.</summary>
public sealed record LogSelection
{
    /// <summary>Null: the pod's only container.</summary>
    public string? Container { get; init; }

    /// <summary>The stream goes on until the container ends.</summary>
    public bool IsFollowed { get; init; }

    /// <summary>Of the container before its last restart.</summary>
    public bool IsPrevious { get; init; }

    public bool HasTimestamps { get; init; }

    public int? TailLines { get; init; }

    public long? LimitBytes { get; init; }

    public DateTimeOffset? Since { get; init; }
}
