using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Slipway.Kubernetes.Http;

namespace Slipway.Kubernetes.Api;

/// <summary>One connection's worth of changes. <see cref="Watching.ResourceWatcher"/> makes an unbroken stream of many.</summary>
public sealed partial class KubernetesClient
{
    /// <summary>No object is larger than etcd takes (1.5 MiB by default); a line beyond this is not a watch.</summary>
    private const int LongestWatchLine = 32 * 1024 * 1024;

    /// <summary>How much longer than asked for a watch may go on before the connection is taken for dead.</summary>
    private static readonly TimeSpan WatchGrace = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Changes after <paramref name="resourceVersion"/>, in order, until the server ends the watch (after about <paramref name="timeout"/>): the sequence then ends too, and goes on with a new
    /// call from the last version seen.
    /// </summary>
    /// <exception cref="KubernetesException">
    /// The version is too old (<see cref="KubernetesException.IsGone"/>, whether the server says so by its status or in the stream), the connection broke (transient), or another refusal. A
    /// change whose line did not arrive whole is never returned.
    /// </exception>
    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ResourceType type, string? @namespace, Selection? selection, string resourceVersion, TimeSpan timeout, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var query = new QueryString().Add("watch", "true").Add("allowWatchBookmarks", "true").Add(selection)
            .Add("resourceVersion", resourceVersion)
            .Add("timeoutSeconds", (long)Math.Ceiling(timeout.TotalSeconds));
        var subject = new RequestSubject("watch", type.Plural, @namespace);
        using var limit = new CancellationTokenSource(timeout + WatchGrace, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using var response = await OpenWatchAsync(new ApiRequest(HttpMethod.Get, type.Path(@namespace) + query, subject), limit, either.Token, cancellation);
        var reader = PipeReader.Create(await response.Content.ReadAsStreamAsync(either.Token), new StreamPipeReaderOptions(bufferSize: 16 * 1024));
        try
        {
            while (true)
            {
                var read = await ReadAsync(reader, subject, limit, either.Token, cancellation);
                var buffer = read.Buffer;
                while (TakeLine(ref buffer, out var line))
                {
                    if (!line.IsEmpty)
                    {
                        yield return ReadEvent(subject, line);
                    }
                }

                if (read.IsCompleted)
                {
                    if (!buffer.IsEmpty)
                    {
                        throw KubernetesException.NoAnswer(subject, "the connection broke in the middle of a change", isTransient: true, isOutcomeUnknown: false, null);
                    }

                    yield break;
                }

                if (buffer.Length > LongestWatchLine)
                {
                    throw KubernetesException.NoAnswer(subject, $"a change is larger than {LongestWatchLine} bytes", isTransient: false, isOutcomeUnknown: false, null);
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private async Task<HttpResponseMessage> OpenWatchAsync(ApiRequest request, CancellationTokenSource limit, CancellationToken either, CancellationToken cancellation)
    {
        try
        {
            return await _transport.OpenAsync(request, isHeaderTimed: true, either);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw WatchFailure(request.Subject, e, limit);
        }
    }

    private static async Task<ReadResult> ReadAsync(PipeReader reader, RequestSubject subject, CancellationTokenSource limit, CancellationToken either, CancellationToken cancellation)
    {
        try
        {
            return await reader.ReadAsync(either);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is IOException or HttpRequestException or OperationCanceledException)
        {
            throw WatchFailure(subject, e, limit);
        }
    }

    private static KubernetesException WatchFailure(RequestSubject subject, Exception cause, CancellationTokenSource limit) =>
        KubernetesException.NoAnswer(subject, limit.IsCancellationRequested ? "the server did not end the watch in its time: the connection is taken for dead" : $"the connection broke: {cause.Message}", isTransient: true, isOutcomeUnknown: false, cause);

    private static bool TakeLine(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> line)
    {
        if (buffer.PositionOf((byte)'\n') is not { } end)
        {
            line = default;
            return false;
        }

        line = buffer.Slice(0, end);
        buffer = buffer.Slice(buffer.GetPosition(1, end));
        return true;
    }

    private static WatchEvent ReadEvent(RequestSubject subject, ReadOnlySequence<byte> line)
    {
        JsonElement json;
        try
        {
            var reader = new Utf8JsonReader(line);
            json = JsonElement.ParseValue(ref reader);
        }
        catch (JsonException e)
        {
            throw KubernetesException.NoAnswer(subject, $"a change is not JSON ({e.Message})", isTransient: true, isOutcomeUnknown: false, e);
        }

        if (json.At("object") is not { } body)
        {
            throw KubernetesException.NoAnswer(subject, "a change has no object", isTransient: true, isOutcomeUnknown: false, null);
        }

        return json.TextAt("type") switch
        {
            "ADDED" => new WatchEvent(WatchEventType.Added, new KubernetesObject(body)),
            "MODIFIED" => new WatchEvent(WatchEventType.Modified, new KubernetesObject(body)),
            "DELETED" => new WatchEvent(WatchEventType.Deleted, new KubernetesObject(body)),
            "BOOKMARK" => new WatchEvent(WatchEventType.Bookmark, new KubernetesObject(body)),
            "ERROR" => throw KubernetesException.FromStatus(subject, body),
            var other => throw KubernetesException.NoAnswer(subject, $"a change of the unknown type '{other}'", isTransient: false, isOutcomeUnknown: false, null),
        };
    }
}

public enum WatchEventType
{
    Added,
    Modified,
    Deleted,

    /// <summary>Nothing changed up to the object's resource version.</summary>
    Bookmark,
}

/// <param name="Object">The object after the change; its last state when it was deleted; for a bookmark only its resource version counts.</param>
public sealed record WatchEvent(WatchEventType Type, KubernetesObject Object);
