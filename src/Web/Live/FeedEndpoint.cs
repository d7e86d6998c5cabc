using System.Text.Json;
using System.Threading.Channels;
using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Hosting;

namespace Slipway.Web.Live;

/// <summary>
/// The changes of the server as server-sent events: <c>GET /feed?run=5&amp;job=a/b&amp;folder=a&amp;queue&amp;nodes&amp;log=5:0&amp;after=id</c>.
/// An event's data says which object to read again; <c>Last-Event-ID</c> (or <c>after</c>) resumes behind it. Every 15 seconds something is sent, so that broken connections end.
/// What one reader costs: a subscription, a buffer of a few messages, and one more wait where it follows a log.
/// </summary>
internal sealed class FeedEndpoint(IChangeFeed changes, IRunReads runs, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<FeedEndpoint> logger)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>The least time between two messages about a log's growth: readers fetch lines after each.</summary>
    private static readonly TimeSpan LogPause = TimeSpan.FromMilliseconds(100);

    public async Task ServeAsync(HttpContext context)
    {
        var access = PageEndpoints.RequireAccess(context);
        if (FeedFilter.Read(context.Request.Query, out var fault) is not { } filter)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync(fault + "\n", context.RequestAborted);
            return;
        }

        if (filter.Log is { } wanted && !await MayReadAsync(access, wanted.Run, context.RequestAborted))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await context.Response.WriteAsync($"There is no run with the id {wanted.Run}.\n", context.RequestAborted);
            return;
        }

        var after = context.Request.Headers["Last-Event-ID"].ToString();
        if (after.Length == 0)
        {
            after = context.Request.Query["after"].ToString();
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await StreamAsync(context.Response, access, filter, after.Length == 0 ? null : after, ending.Token);
        }
        catch (OperationCanceledException)
        {
            // The reader left or the server stops; the reader comes back with its last id.
        }
        catch (Exception broken)
        {
            // The answer has begun, so its end is all that can still be said: the reader comes back by itself.
            logger.LogWarning(broken, "The feed of a reader at {Address} ended early.", context.Connection.RemoteIpAddress);
        }
    }

    private async Task StreamAsync(HttpResponse response, IRequestAccess access, FeedFilter filter, string? after, CancellationToken cancellation)
    {
        // The buffer is small and its writers wait: a slow reader is told by the feed itself what it missed.
        var messages = Channel.CreateBounded<Message>(8);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var writers = new List<Task> { FollowChangesAsync(messages.Writer, access, filter, after, ending.Token) };
        if (filter.Log is { } log)
        {
            writers.Add(FollowLogAsync(messages.Writer, log.Run, log.Offset, ending.Token));
        }

        try
        {
            await response.WriteAsync("retry: 1000\n: slipway\n\n", cancellation);
            await response.Body.FlushAsync(cancellation);
            var lastId = after;
            var pending = messages.Reader.WaitToReadAsync(cancellation).AsTask();
            var beat = Task.Delay(Heartbeat, time, cancellation);
            while (true)
            {
                if (await Task.WhenAny(pending, beat) == beat)
                {
                    cancellation.ThrowIfCancellationRequested();

                    // An id without data moves what the browser resumes behind, past changes that were not for it.
                    await response.WriteAsync((lastId is null ? "" : $"id: {lastId}\n") + ": still here\n\n", cancellation);
                    beat = Task.Delay(Heartbeat, time, cancellation);
                }
                else
                {
                    if (!await pending)
                    {
                        break;
                    }

                    while (messages.Reader.TryRead(out var message))
                    {
                        lastId = message.Id ?? lastId;
                        if (message.Text is { } text)
                        {
                            await response.WriteAsync(text, cancellation);
                        }
                    }

                    pending = messages.Reader.WaitToReadAsync(cancellation).AsTask();
                }

                await response.Body.FlushAsync(cancellation);
            }
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(writers).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task FollowChangesAsync(ChannelWriter<Message> messages, IRequestAccess access, FeedFilter filter, string? after, CancellationToken cancellation)
    {
        try
        {
            await foreach (var change in changes.SubscribeAsync(after, cancellation))
            {
                var text = filter.Wants(change.Change) && MayRead(access, change.Change) ? Write(change) : null;
                await messages.WriteAsync(new Message(change.Id, text), cancellation);
            }

            messages.TryComplete();
        }
        catch (Exception fault)
        {
            messages.TryComplete(fault);
        }
    }

    private async Task FollowLogAsync(ChannelWriter<Message> messages, RunId run, long offset, CancellationToken cancellation)
    {
        try
        {
            var more = true;
            while (more)
            {
                more = await runs.WaitForLogAsync(run, offset, cancellation);
                var size = (await runs.ReadLogLinesAsync(run, null, -1, 1, cancellation)).TotalBytes;
                if (size == offset && more)
                {
                    continue;
                }

                offset = size;
                var json = JsonSerializer.Serialize(new { run = run.Value, size, more });
                await messages.WriteAsync(new Message(null, $"event: log\ndata: {json}\n\n"), cancellation);
                await Task.Delay(LogPause, time, cancellation);
            }
        }
        catch (Exception fault)
        {
            messages.TryComplete(fault);
        }
    }

    private async Task<bool> MayReadAsync(IRequestAccess access, RunId run, CancellationToken cancellation) =>
        await runs.FindAsync(run, cancellation) is { } found && access.May(Permission.Read, found.Run.JobPath);

    private static bool MayRead(IRequestAccess access, Change change) => change switch
    {
        Change.OfRun run => access.May(Permission.Read, run.Job),
        Change.OfJob job => access.May(Permission.Read, job.Job),
        _ => true,
    };

    private static string Write(ChangeEvent change)
    {
        var json = change.Change switch
        {
            Change.OfRun run => JsonSerializer.Serialize(new { kind = "run", run = run.Run.Value, job = run.Job.Value, number = run.Number }),
            Change.OfJob job => JsonSerializer.Serialize(new { kind = "job", job = job.Job.Value }),
            Change.OfQueue => """{"kind":"queue"}""",
            Change.OfClouds => """{"kind":"clouds"}""",
            Change.OfNode node => JsonSerializer.Serialize(new { kind = "node", node = node.Name }),
            _ => """{"kind":"everything"}""",
        };
        return $"id: {change.Id}\nevent: change\ndata: {json}\n\n";
    }

    /// <param name="Id">The place in the feed that is reached with it.</param>
    /// <param name="Text">Null for a change that is not for this reader: it only moves the place.</param>
    private sealed record Message(string? Id, string? Text);
}
