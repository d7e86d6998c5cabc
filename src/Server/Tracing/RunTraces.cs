using System.Diagnostics;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Server.Tracing;

/// <summary>
/// Each run that ends becomes a trace with its real times: the run, its wait in the queue, and for each node it was given the start-up chain link by link (DESIGN D7). A run is told when it has ended, from what is stored of it:
/// a restart in between breaks no trace, and nothing is measured on the way.
/// </summary>
internal sealed class RunTraces : IAsyncDisposable
{
    public const string SourceName = "Slipway";

    private const int MostRemembered = 10_000;

    private static readonly ActivitySource Source = new(SourceName);

    private readonly IRunReads _runs;
    private readonly IChangeFeed _changes;
    private readonly ILogger _log;
    private readonly TracerProvider _provider;
    private readonly DateTimeOffset _since;
    private readonly HashSet<RunId> _told = [];
    private readonly Queue<RunId> _toldOrder = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _following;

    /// <param name="configure">Where to send; what it leaves is taken from <c>OTEL_EXPORTER_OTLP_…</c>.</param>
    public RunTraces(IRunReads runs, IChangeFeed changes, Action<OtlpExporterOptions> configure, TimeProvider time, ILogger log)
    {
        (_runs, _changes, _log, _since) = (runs, changes, log, time.GetUtcNow());
        _provider = Sdk.CreateTracerProviderBuilder()
            .AddSource(SourceName)
            .ConfigureResource(resource => resource.AddService("slipway", serviceVersion: typeof(RunTraces).Assembly.GetName().Version!.ToString(3)).AddEnvironmentVariableDetector())
            .AddOtlpExporter(configure)
            .Build();
        _following = FollowAsync(changes.Position);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _following;
        _provider.ForceFlush(2000);
        _provider.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Writes the trace of a run that has ended.</summary>
    internal static void Tell(RunDetailView detail, IReadOnlyList<NodeStartView> starts)
    {
        var run = detail.Run;
        var ended = run.Ended ?? run.Started;

        // A trace of its own, whatever the caller is part of.
        Activity.Current = null;
        using var trace = Source.StartActivity($"RUN {run.JobPath.Value}", ActivityKind.Internal, default(ActivityContext), startTime: run.Queued);
        if (trace is null)
        {
            return;
        }

        trace.SetTag("cicd.pipeline.name", run.JobPath.Value);
        trace.SetTag("cicd.pipeline.run.id", $"{run.JobPath.Value}#{run.Number}");
        trace.SetTag("cicd.pipeline.result", WordOf(run.Result));
        if (run.Result is RunResult.Failure or RunResult.Aborted)
        {
            trace.SetStatus(ActivityStatusCode.Error, detail.Error);
            trace.SetTag("error.type", detail.ErrorIsInfrastructure ? "infrastructure" : "build");
        }

        Child("queue", trace.Context, run.Queued, run.Started);
        foreach (var start in starts.Where(s => s.Moments.Count > 1))
        {
            Tell(start, trace.Context);
        }

        trace.SetEndTime(ended.UtcDateTime);
    }

    private static void Tell(NodeStartView start, ActivityContext run)
    {
        var moments = start.Moments.OrderBy(m => m.Time).ToList();
        using var node = Source.StartActivity("node", ActivityKind.Internal, run, startTime: moments[0].Time);
        node?.SetTag("slipway.node.name", start.Node);
        if (start.Node is null)
        {
            node?.SetStatus(ActivityStatusCode.Error, "no agent came");
            node?.SetTag("error.type", "infrastructure");
        }

        node?.SetTag("slipway.node.label", start.Label);
        node?.SetTag("slipway.cloud.name", start.Cloud);
        foreach (var (before, moment) in moments.Zip(moments.Skip(1)))
        {
            Child(moment.Link, node?.Context ?? run, before.Time, moment.Time);
        }

        node?.SetEndTime(moments[^1].Time.UtcDateTime);
    }

    private static void Child(string name, ActivityContext parent, DateTimeOffset from, DateTimeOffset to)
    {
        using var span = Source.StartActivity(name, ActivityKind.Internal, parent, startTime: from);
        span?.SetEndTime(to.UtcDateTime);
    }

    private static string WordOf(RunResult? result) => result switch
    {
        RunResult.Success => "success",
        RunResult.Unstable or RunResult.Failure => "failure",
        RunResult.Aborted => "cancellation",
        RunResult.NotBuilt => "skip",
        _ => "error",
    };

    private async Task FollowAsync(string position)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await foreach (var change in _changes.SubscribeAsync(position, _stopping.Token))
                {
                    position = change.Id;
                    switch (change.Change)
                    {
                        case Change.OfRun run when await _runs.FindRowAsync(run.Job, RunReference.Of(run.Number), _stopping.Token) is { } row:
                            await TellOnceAsync(row);
                            break;
                        case Change.OfEverything:
                            foreach (var row in await _runs.ListRecentAsync(500, _stopping.Token))
                            {
                                await TellOnceAsync(row);
                            }

                            break;
                        default:
                            break;
                    }
                }
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                _log.LogWarning(fault, "The trace of a run could not be written; the next ones are tried all the same");
            }
        }
    }

    private async Task TellOnceAsync(RunView run)
    {
        if (run.Ended is not { } ended || ended < _since || !_told.Add(run.Id))
        {
            return;
        }

        _toldOrder.Enqueue(run.Id);
        if (_toldOrder.Count > MostRemembered)
        {
            _told.Remove(_toldOrder.Dequeue());
        }

        if (await _runs.FindAsync(run.Id, _stopping.Token) is { } detail)
        {
            Tell(detail, await _runs.ReadNodeStartsAsync(run.Id, _stopping.Token));
        }
    }
}
