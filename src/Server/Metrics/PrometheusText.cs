using System.Globalization;
using System.Text;

namespace Slipway.Server.Metrics;

/// <summary>A value that is read at the moment of asking.</summary>
internal sealed record MetricSample(string Name, MetricKind Kind, string Help, IReadOnlyList<(IReadOnlyList<KeyValuePair<string, string>> Labels, double Value)> Values);

/// <summary>Writes metrics in Prometheus' text format (0.0.4) or as OpenMetrics, which differ in the names of counters and the end.</summary>
internal sealed class PrometheusText(bool isOpenMetrics)
{
    private readonly StringBuilder _text = new(64 * 1024);

    public void Write(MetricSample sample)
    {
        Head(sample.Name, sample.Kind, sample.Help);
        foreach (var (labels, value) in sample.Values)
        {
            Line(sample.Name, labels, null, value);
        }
    }

    /// <param name="instruments">Ordered by name.</param>
    public void Write(IReadOnlyList<InstrumentSeries> instruments)
    {
        foreach (var same in instruments.GroupBy(i => NameOf(i.Name, i.Unit, i.Kind)))
        {
            // A meter that was made again, by another server in this process for example, continues the same series.
            var first = same.First();
            var series = same.SelectMany(i => i.Read()).GroupBy(s => string.Join('\n', s.Tags.Select(t => $"{t.Key}={t.Value}"))).Select(Sum).ToList();
            if (series.Count == 0)
            {
                continue;
            }

            Head(same.Key, first.Kind, first.Description ?? first.Name);
            foreach (var one in series)
            {
                if (first.Kind == MetricKind.Histogram)
                {
                    Histogram(same.Key, first.Bounds, one);
                }
                else
                {
                    Line(same.Key, one.Tags, null, one.Value);
                }
            }
        }
    }

    public string End() => isOpenMetrics ? _text.Append("# EOF\n").ToString() : _text.ToString();

    /// <summary><c>slipway.node.startup</c> in seconds is <c>slipway_node_startup_seconds</c>; a counter ends with <c>_total</c>.</summary>
    internal static string NameOf(string name, string? unit, MetricKind kind)
    {
        var text = new StringBuilder(name.Length + 16);
        foreach (var c in name)
        {
            text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        }

        var suffix = unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            _ => "",
        };
        if (suffix.Length > 0 && !name.EndsWith(suffix.Replace('_', '.'), StringComparison.Ordinal))
        {
            text.Append(suffix);
        }

        return kind == MetricKind.Counter ? text.Append("_total").ToString() : text.ToString();
    }

    private static SeriesValue Sum(IEnumerable<SeriesValue> same) => same.Aggregate((a, b) => a with { Value = a.Value + b.Value, Count = a.Count + b.Count, Buckets = [.. a.Buckets.Zip(b.Buckets, (x, y) => x + y)] });

    private void Head(string name, MetricKind kind, string help)
    {
        var family = isOpenMetrics && kind == MetricKind.Counter && name.EndsWith("_total", StringComparison.Ordinal) ? name[..^6] : name;
        _text.Append("# HELP ").Append(family).Append(' ').Append(help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        _text.Append("# TYPE ").Append(family).Append(' ').Append(kind switch { MetricKind.Counter => "counter", MetricKind.Gauge => "gauge", _ => "histogram" }).Append('\n');
    }

    private void Histogram(string name, IReadOnlyList<double> bounds, SeriesValue series)
    {
        long upTo = 0;
        for (var i = 0; i < series.Buckets.Length; i++)
        {
            upTo += series.Buckets[i];
            Line(name + "_bucket", series.Tags, i < bounds.Count ? Number(bounds[i]) : "+Inf", upTo);
        }

        Line(name + "_sum", series.Tags, null, series.Value);
        Line(name + "_count", series.Tags, null, series.Count);
    }

    private void Line(string name, IReadOnlyList<KeyValuePair<string, string>> labels, string? bound, double value)
    {
        _text.Append(name);
        var open = '{';
        foreach (var (label, text) in labels)
        {
            _text.Append(open).Append(LabelOf(label)).Append("=\"").Append(text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('"');
            open = ',';
        }

        if (bound is not null)
        {
            _text.Append(open).Append("le=\"").Append(bound).Append('"');
            open = ',';
        }

        _text.Append(open == ',' ? "} " : " ").Append(Number(value)).Append('\n');
    }

    private static string LabelOf(string tag)
    {
        var text = new StringBuilder(tag.Length);
        foreach (var c in tag)
        {
            text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        }

        return text.ToString();
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : double.IsNaN(value) ? "NaN" : value.ToString("R", CultureInfo.InvariantCulture);
}
