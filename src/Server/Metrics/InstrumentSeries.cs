using System.Diagnostics.Metrics;

namespace Slipway.Server.Metrics;

internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>An instrument's values, one series for each set of tags.</summary>
internal sealed class InstrumentSeries
{
    private static readonly double[] DefaultBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly HashSet<string>? _keptTags;
    private readonly double[] _bounds;
    private readonly bool _isObserved;
    private readonly bool _isSet;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, Series> _series = [];
    private Series? _overflow;
    private int _count;
    private int _observation;

    public InstrumentSeries(Instrument instrument, HashSet<string>? keptTags)
    {
        Name = instrument.Name;
        Unit = instrument.Unit;
        Description = instrument.Description;
        _keptTags = keptTags;
        var type = instrument.GetType().IsGenericType ? instrument.GetType().GetGenericTypeDefinition() : null;
        Kind = type == typeof(Histogram<>) ? MetricKind.Histogram
            : type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter
            : MetricKind.Gauge;
        _isObserved = instrument.IsObservable;
        _isSet = instrument.IsObservable || type == typeof(Gauge<>);
        _bounds = Kind != MetricKind.Histogram ? [] : (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries?.ToArray() ?? (instrument as Histogram<long>)?.Advice?.HistogramBucketBoundaries?.Select(b => (double)b).ToArray() ?? DefaultBounds;
    }

    public string Name { get; }

    public string? Unit { get; }

    public string? Description { get; }

    public MetricKind Kind { get; }

    public IReadOnlyList<double> Bounds => _bounds;

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_lock)
        {
            var series = Find(tags);
            series.Observation = _observation;
            if (Kind == MetricKind.Histogram)
            {
                series.Sum += value;
                series.Count++;
                var bucket = Array.BinarySearch(_bounds, value);
                series.Buckets![bucket < 0 ? ~bucket : bucket]++;
            }
            else
            {
                series.Sum = _isSet ? value : series.Sum + value;
            }
        }
    }

    /// <summary>What an observed instrument does not tell again is not there any more.</summary>
    public void BeginObservation()
    {
        lock (_lock)
        {
            _observation++;
        }
    }

    public IReadOnlyList<SeriesValue> Read()
    {
        lock (_lock)
        {
            var all = _series.Values.SelectMany(Chain).Concat(_overflow is { } overflow ? [overflow] : []);
            return
            [
                .. all.Where(s => !_isObserved || s.Observation == _observation)
                    .Select(s => new SeriesValue([.. s.Tags.Select(t => KeyValuePair.Create(t.Key, t.Value?.ToString() ?? ""))], s.Sum, s.Count, s.Buckets is { } b ? (long[])b.Clone() : [])),
            ];
        }
    }

    private static IEnumerable<Series> Chain(Series first)
    {
        for (Series? at = first; at is not null; at = at.Next)
        {
            yield return at;
        }
    }

    private Series Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = new HashCode();
        foreach (ref readonly var tag in tags)
        {
            if (_keptTags?.Contains(tag.Key) != false)
            {
                hash.Add(tag.Key);
                hash.Add(tag.Value);
            }
        }

        var key = hash.ToHashCode();
        _series.TryGetValue(key, out var first);
        for (var at = first; at is not null; at = at.Next)
        {
            if (IsOf(at, tags))
            {
                return at;
            }
        }

        if (_count >= MetricCollector.MostSeries)
        {
            return _overflow ??= new Series([KeyValuePair.Create<string, object?>("otel_metric_overflow", "true")], null, BucketsOrNone());
        }

        _count++;
        var kept = new List<KeyValuePair<string, object?>>(tags.Length);
        foreach (ref readonly var tag in tags)
        {
            if (_keptTags?.Contains(tag.Key) != false)
            {
                kept.Add(tag);
            }
        }

        return _series[key] = new Series([.. kept], first, BucketsOrNone());
    }

    private long[]? BucketsOrNone() => Kind == MetricKind.Histogram ? new long[_bounds.Length + 1] : null;

    private bool IsOf(Series series, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var at = 0;
        foreach (ref readonly var tag in tags)
        {
            if (_keptTags?.Contains(tag.Key) == false)
            {
                continue;
            }

            if (at >= series.Tags.Length || series.Tags[at].Key != tag.Key || !Equals(series.Tags[at].Value, tag.Value))
            {
                return false;
            }

            at++;
        }

        return at == series.Tags.Length;
    }

    private sealed class Series(KeyValuePair<string, object?>[] tags, Series? next, long[]? buckets)
    {
        public KeyValuePair<string, object?>[] Tags { get; } = tags;

        public Series? Next { get; } = next;

        public long[]? Buckets { get; } = buckets;

        public double Sum { get; set; }

        public long Count { get; set; }

        public int Observation { get; set; }
    }
}

/// <param name="Value">Of a histogram: the sum.</param>
/// <param name="Buckets">How many fell into each, not added up; one more than there are bounds.</param>
internal sealed record SeriesValue(IReadOnlyList<KeyValuePair<string, string>> Tags, double Value, long Count, long[] Buckets);
