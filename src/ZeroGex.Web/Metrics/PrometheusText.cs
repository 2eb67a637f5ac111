using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace ZeroGex.Web.Metrics;

/// <summary>
/// Writes metrics in Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). Names become
/// <c>http_server_request_duration_seconds</c>: foreign characters are underscores, the unit and a counter's <c>_total</c> are appended unless there.
/// </summary>
public sealed class PrometheusText
{
    // Two meters may have an instrument of one name: its head is written once, and each of its series.
    readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);

    public void Add(Metric metric)
    {
        string? type = metric.MetricType switch
        {
            MetricType.LongSum or MetricType.DoubleSum => "counter",
            MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic or MetricType.LongGauge or MetricType.DoubleGauge => "gauge",
            MetricType.Histogram => "histogram",
            _ => null, // Exponential histograms have no text form.
        };
        if (type is null) return;

        string name = Name(metric.Name, metric.Unit, type == "counter");
        if (!_families.TryGetValue(name, out var family)) _families[name] = family = new Family(type, metric.Description is { Length: > 0 } said ? said : $"{metric.Name} of {metric.MeterName}.");
        if (family.Type != type) return;

        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            string labels = Labels(point.Tags);
            if (!family.Series.Add(labels)) continue;
            switch (metric.MetricType)
            {
                case MetricType.LongSum or MetricType.LongSumNonMonotonic: Sample(family, name, labels, Text(point.GetSumLong())); break;
                case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic: Sample(family, name, labels, Text(point.GetSumDouble())); break;
                case MetricType.LongGauge: Sample(family, name, labels, Text(point.GetGaugeLastValueLong())); break;
                case MetricType.DoubleGauge: Sample(family, name, labels, Text(point.GetGaugeLastValueDouble())); break;
                default: Histogram(family, name, labels, point); break;
            }
        }
    }

    public override string ToString()
    {
        StringBuilder page = new();
        foreach (var (name, family) in _families)
        {
            if (family.Series.Count == 0) continue;
            string help = family.Help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            page.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
            page.Append("# TYPE ").Append(name).Append(' ').Append(family.Type).Append('\n').Append(family.Samples);
        }

        return page.ToString();
    }

    static void Histogram(Family family, string name, string labels, in MetricPoint point)
    {
        // The SDK counts each bucket on its own, Prometheus all up to a bound.
        long count = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            string bound = $"le=\"{Text(bucket.ExplicitBound)}\"";
            Sample(family, $"{name}_bucket", labels.Length == 0 ? bound : $"{labels},{bound}", Text(count));
        }

        Sample(family, $"{name}_sum", labels, Text(point.GetHistogramSum()));
        Sample(family, $"{name}_count", labels, Text(count));
    }

    static void Sample(Family family, string name, string labels, string value)
    {
        family.Samples.Append(name);
        if (labels.Length > 0) family.Samples.Append('{').Append(labels).Append('}');
        family.Samples.Append(' ').Append(value).Append('\n');
    }

    static string Name(string instrument, string? unit, bool isCounter)
    {
        string name = Clean(instrument, mayHaveColon: true);
        if (isCounter && name.EndsWith("_total", StringComparison.Ordinal)) name = name[..^"_total".Length];
        string? suffix = unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "%" => "_percent",
            "1" when !isCounter => "_ratio",
            _ => null, // Annotations such as {request} are no units.
        };
        if (suffix is not null && !name.EndsWith(suffix, StringComparison.Ordinal)) name += suffix;
        return isCounter ? $"{name}_total" : name;
    }

    static string Labels(ReadOnlyTagCollection tags)
    {
        if (tags.Count == 0) return "";
        SortedDictionary<string, string> labels = new(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
        {
            string text = value switch
            {
                bool flag => flag ? "true" : "false",
                _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
            };
            // Two tags may become one label; it then says both.
            string name = Clean(key, mayHaveColon: false);
            labels[name] = labels.TryGetValue(name, out string? other) ? $"{other};{text}" : text;
        }

        return string.Join(',', labels.Select(label => $"{label.Key}=\"{Escaped(label.Value)}\""));
    }

    static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    static string Clean(string name, bool mayHaveColon)
    {
        string clean = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c == '_' || (c == ':' && mayHaveColon) ? c : '_'));
        return clean.Length == 0 || char.IsAsciiDigit(clean[0]) ? $"_{clean}" : clean;
    }

    static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    static string Text(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString(CultureInfo.InvariantCulture);

    sealed class Family(string type, string help)
    {
        public readonly string Type = type;
        public readonly string Help = help;
        public readonly HashSet<string> Series = new(StringComparer.Ordinal);
        public readonly StringBuilder Samples = new();
    }
}
