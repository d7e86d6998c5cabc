using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using Slipway.Kubernetes.Api;
using Slipway.Kubernetes.Connecting;

namespace Slipway.Kubernetes.Http;

/// <summary>One request.</summary>
/// <param name="Path">Relative to the server's base address, without a leading slash.</param>
/// <param name="Subject">What it is about: for errors and metrics.</param>
internal sealed record ApiRequest(HttpMethod Method, string Path, RequestSubject Subject, byte[]? Body = null, string ContentType = "application/json", string Accept = "application/json");

/// <summary>A whole answer of success.</summary>
internal sealed record ApiResponse(byte[] Body, DateTimeOffset? ServerDate);

/// <summary>Sends requests: credentials, places, time limits, asking again where the server wants that, and every failure as a <see cref="KubernetesException"/>.</summary>
internal sealed class KubernetesTransport(ClusterConnection connection, TimeProvider time) : IDisposable
{
    private const int MaxAttempts = 5;

    /// <summary>A server that asks for a longer pause is left alone, and the caller told.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly (HttpClient Http, ServerTrust Trust) _way = HttpConnections.Create(connection, time);
    private readonly RequestLimiter _limiter = new(connection.MaxRequestsPerHost);
    private readonly TokenSource _tokens = new(connection.Credential, time);

    public TimeProvider Time => time;

    /// <summary>Reads the whole answer within the read time-out.</summary>
    public async Task<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            TimeSpan pause;
            using (await _limiter.EnterAsync(request.Subject.Verb, cancellation))
            {
                using var limit = new TimeLimit(connection.ReadTimeout, time, cancellation);
                using var response = await ExchangeAsync(request, HttpCompletionOption.ResponseHeadersRead, limit, cancellation);
                var body = await ReadBodyAsync(request, response, limit, cancellation);
                if (response.IsSuccessStatusCode)
                {
                    return new ApiResponse(body, response.Headers.Date);
                }

                var failure = KubernetesException.FromAnswer(request.Subject, response.StatusCode, body, RetryAfter(response));
                pause = PauseBeforeRetry(failure, attempt) ?? throw failure;
            }

            await Task.Delay(pause, time, cancellation);
        }
    }

    /// <summary>
    /// Opens an answer that has no end of its own. The caller disposes it. It takes no place among <c>maxRequestsPerHost</c>.
    /// </summary>
    /// <param name="isHeaderTimed">Whether the head of the answer must come within the read time-out; that of a silent container's log may take for ever.</param>
    public async Task<HttpResponseMessage> OpenAsync(ApiRequest request, bool isHeaderTimed, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var limit = new TimeLimit(isHeaderTimed ? connection.ReadTimeout : Timeout.InfiniteTimeSpan, time, cancellation);
            var response = await ExchangeAsync(request, HttpCompletionOption.ResponseHeadersRead, limit, cancellation);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                var failure = KubernetesException.FromAnswer(request.Subject, response.StatusCode, await ReadBodyAsync(request, response, limit, cancellation), RetryAfter(response));
                var pause = PauseBeforeRetry(failure, attempt) ?? throw failure;
                await Task.Delay(pause, time, cancellation);
            }
        }
    }

    /// <summary>Opens a WebSocket, as exec needs it. The caller disposes it.</summary>
    /// <param name="protocol">The subprotocol; the server must agree to it.</param>
    public async Task<ClientWebSocket> OpenWebSocketAsync(string path, string protocol, RequestSubject subject, CancellationToken cancellation)
    {
        using var limit = new TimeLimit(connection.ReadTimeout, time, cancellation);
        var request = new ApiRequest(HttpMethod.Get, path, subject);
        var token = _tokens.Current();
        var (socket, refusal) = await TryOpenWebSocketAsync(request, protocol, token, limit, cancellation);
        if (refusal == HttpStatusCode.Unauthorized && _tokens.HasReplacementFor(token))
        {
            (socket, refusal) = await TryOpenWebSocketAsync(request, protocol, _tokens.Current(), limit, cancellation);
        }

        return socket ?? throw KubernetesException.FromAnswer(subject, refusal, [], retryAfter: null);
    }

    private async Task<(ClientWebSocket? Socket, HttpStatusCode Refusal)> TryOpenWebSocketAsync(ApiRequest request, string protocol, string? token, TimeLimit limit, CancellationToken cancellation)
    {
        var address = new UriBuilder(new Uri(connection.Server, request.Path));
        address.Scheme = address.Scheme == Uri.UriSchemeHttps ? "wss" : "ws";
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(protocol);
        socket.Options.CollectHttpResponseDetails = true;
        if (token is not null)
        {
            socket.Options.SetRequestHeader("Authorization", "Bearer " + token);
        }

        if (connection.TlsServerName is not null)
        {
            socket.Options.SetRequestHeader("Host", connection.TlsServerName);
        }

        try
        {
            await socket.ConnectAsync(address.Uri, _way.Http, limit.Token);
            return (socket, HttpStatusCode.SwitchingProtocols);
        }
        catch (WebSocketException) when ((int)socket.HttpStatusCode >= 400)
        {
            var refusal = socket.HttpStatusCode;
            socket.Dispose();
            return (null, refusal);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is WebSocketException or HttpRequestException or OperationCanceledException or IOException)
        {
            socket.Dispose();
            throw Failure(request, (e as WebSocketException)?.InnerException ?? e, limit);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _way.Http.Dispose();
        _limiter.Dispose();
    }

    /// <summary>One exchange; a token that was replaced in its file is tried once more.</summary>
    private async Task<HttpResponseMessage> ExchangeAsync(ApiRequest request, HttpCompletionOption completion, TimeLimit limit, CancellationToken cancellation)
    {
        var token = _tokens.Current();
        var response = await ExchangeAsync(request, token, completion, limit, cancellation);
        if (response.StatusCode != HttpStatusCode.Unauthorized || !_tokens.HasReplacementFor(token))
        {
            return response;
        }

        response.Dispose();
        return await ExchangeAsync(request, _tokens.Current(), completion, limit, cancellation);
    }

    private async Task<HttpResponseMessage> ExchangeAsync(ApiRequest request, string? token, HttpCompletionOption completion, TimeLimit limit, CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(request.Method, request.Path);
        message.Headers.Accept.ParseAdd(request.Accept);
        message.Headers.UserAgent.ParseAdd("slipway");
        if (token is not null)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (connection.TlsServerName is not null)
        {
            // The handler takes the name that the certificate must carry from here.
            message.Headers.Host = connection.TlsServerName;
        }

        if (request.Body is not null)
        {
            message.Content = new ByteArrayContent(request.Body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(request.ContentType);
        }

        var status = 0;
        var since = Stopwatch.GetTimestamp();
        try
        {
            var response = await _way.Http.SendAsync(message, completion, limit.Token);
            status = (int)response.StatusCode;
            return response;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is HttpRequestException or OperationCanceledException or IOException)
        {
            throw Failure(request, e, limit);
        }
        finally
        {
            var tags = new TagList { { "verb", request.Subject.Verb }, { "resource", request.Subject.Resource }, { "status", status } };
            KubernetesMetrics.Requests.Add(1, tags);
            KubernetesMetrics.Duration.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, tags);
        }
    }

    private async Task<byte[]> ReadBodyAsync(ApiRequest request, HttpResponseMessage response, TimeLimit limit, CancellationToken cancellation)
    {
        try
        {
            return await response.Content.ReadAsByteArrayAsync(limit.Token);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is HttpRequestException or OperationCanceledException or IOException)
        {
            throw Failure(request, e, limit);
        }
    }

    private KubernetesException Failure(ApiRequest request, Exception cause, TimeLimit limit)
    {
        var isRead = request.Method == HttpMethod.Get;
        return cause switch
        {
            OperationCanceledException when limit.IsReached =>
                KubernetesException.NoAnswer(request.Subject, $"{connection.Server} gave no whole answer within {connection.ReadTimeout.TotalSeconds:0.#} s (read time-out)", isTransient: true, isOutcomeUnknown: !isRead, cause),
            OperationCanceledException =>
                KubernetesException.NoAnswer(request.Subject, $"no connection to {connection.Server} within {connection.ConnectTimeout.TotalSeconds:0.#} s (connect time-out): is the address right, and may this machine reach it?", isTransient: true, isOutcomeUnknown: false, cause),
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
                KubernetesException.NoAnswer(request.Subject, $"no TLS connection to {connection.Server}: {_way.Trust.Refusal ?? $"{Innermost(cause)} Does it speak TLS on this port?"}", isTransient: cause.InnerException is IOException, isOutcomeUnknown: false, cause),
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError } =>
                KubernetesException.NoAnswer(request.Subject, $"cannot connect to {connection.Server}: {Innermost(cause)}", isTransient: true, isOutcomeUnknown: false, cause),
            HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } =>
                KubernetesException.NoAnswer(request.Subject, $"the answer of {connection.Server} is too large: {Innermost(cause)}", isTransient: false, isOutcomeUnknown: !isRead, cause),
            _ =>
                KubernetesException.NoAnswer(request.Subject, $"the connection to {connection.Server} broke: {Innermost(cause)}", isTransient: true, isOutcomeUnknown: !isRead, cause),
        };
    }

    private static string Innermost(Exception e)
    {
        while (e.InnerException is not null)
        {
            e = e.InnerException;
        }

        return e.Message;
    }

    /// <summary>
    /// Only where the server says that it did nothing yet and wants to be asked again: 429, and 503 with Retry-After. Everything else is the caller's to judge.
    /// </summary>
    private static TimeSpan? PauseBeforeRetry(KubernetesException failure, int attempt)
    {
        var isAsked = failure.StatusCode == HttpStatusCode.TooManyRequests || (failure.StatusCode == HttpStatusCode.ServiceUnavailable && failure.RetryAfter is not null);
        if (!isAsked)
        {
            return null;
        }

        KubernetesMetrics.Throttled.Add(1);
        var pause = failure.RetryAfter ?? Backoff.Delay(attempt, TimeSpan.FromMilliseconds(250), LongestPause);
        return attempt >= MaxAttempts || pause > LongestPause ? null : pause;
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - time.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
        _ => null,
    };

    /// <summary>A token that is cancelled with the caller's, or when the time is over.</summary>
    private sealed class TimeLimit : IDisposable
    {
        private readonly CancellationTokenSource _timer;
        private readonly CancellationTokenSource _either;

        public TimeLimit(TimeSpan limit, TimeProvider time, CancellationToken cancellation)
        {
            _timer = new CancellationTokenSource(limit, time);
            _either = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, cancellation);
        }

        public CancellationToken Token => _either.Token;

        public bool IsReached => _timer.IsCancellationRequested;

        public void Dispose()
        {
            _either.Dispose();
            _timer.Dispose();
        }
    }
}

internal static class Backoff
{
    /// <summary>Doubles from <paramref name="first"/> to <paramref name="longest"/>; somewhere between half of it and all of it, so that many clients do not come back together.</summary>
    public static TimeSpan Delay(int attempt, TimeSpan first, TimeSpan longest)
    {
        var whole = Math.Min(first.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 30) - 1), longest.TotalMilliseconds);
#pragma warning disable CA5394 // Spreads load; guards nothing.
        return TimeSpan.FromMilliseconds(whole * (0.5 + (Random.Shared.NextDouble() / 2)));
#pragma warning restore CA5394
    }
}
