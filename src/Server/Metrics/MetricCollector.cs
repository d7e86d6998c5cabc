using System.Diagnostics.Metrics;

namespace Slipway.Server.Metrics;

/// <summary>
/// Collects what the process measures with <see cref="Meter"/>s, for a reader that comes now and then. Recording allocates nothing once a series exists; an instrument has at most <see cref="MostSeries"/> series, and what
/// comes beyond goes into one of its own, so that no label can fill the memory.
/// </summary>
internal sealed class MetricCollector : IDisposable
{
    public const int MostSeries = 500;

    // Of the framework's meters only what an operator asks for: requests by route and result, and the runtime itself.
    private static readonly HashSet<string> OfFramework = ["http.server.request.duration", "http.server.active_requests", "kestrel.active_connections", "kestrel.rejected_connections"];
    private static readonly HashSet<string> FrameworkTags = ["http.request.method", "http.response.status_code", "http.route", "error.type"];

    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly List<InstrumentSeries> _instruments = [];

    public MetricCollector()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (Make(instrument) is { } series)
            {
                lock (_lock)
                {
                    _instruments.Add(series);
                }

                listener.EnableMeasurementEvents(instrument, series);
            }
        };
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => ((InstrumentSeries)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => ((InstrumentSeries)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => ((InstrumentSeries)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((InstrumentSeries)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => ((InstrumentSeries)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((InstrumentSeries)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, state) => ((InstrumentSeries)state!).Record((double)value, tags));
        _listener.Start();
    }

    /// <summary>Everything as it is now. Instruments of one name (a meter may be made several times) follow each other.</summary>
    public IReadOnlyList<InstrumentSeries> Collect()
    {
        lock (_lock)
        {
            foreach (var instrument in _instruments)
            {
                instrument.BeginObservation();
            }

            _listener.RecordObservableInstruments();
            return [.. _instruments.OrderBy(i => i.Name, StringComparer.Ordinal)];
        }
    }

    public void Dispose() => _listener.Dispose();

    private static InstrumentSeries? Make(Instrument instrument) => instrument.Meter.Name switch
    {
        var name when name.StartsWith("Slipway.", StringComparison.Ordinal) => new InstrumentSeries(instrument, null),
        "System.Runtime" => new InstrumentSeries(instrument, null),
        "Microsoft.AspNetCore.Hosting" or "Microsoft.AspNetCore.Server.Kestrel" when OfFramework.Contains(instrument.Name) => new InstrumentSeries(instrument, FrameworkTags),
        _ => null,
    };
}
