using System.Diagnostics.Metrics;
using Xunit;
using ZeroGex.Web.Metrics;

namespace ZeroGex.Tests.Web;

public sealed class MetricsPageTests : IDisposable
{
    readonly Meter _meter = new($"test {Guid.NewGuid()}");
    readonly Meter _other;
    readonly MetricsPage _page;

    public MetricsPageTests()
    {
        _other = new Meter($"{_meter.Name} other");
        _page = new MetricsPage($"{_meter.Name}*");
    }

    public void Dispose()
    {
        _page.Dispose();
        _meter.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void A_counter_keeps_its_name_and_tells_each_label_apart()
    {
        var prints = _meter.CreateCounter<long>("test_prints_total", description: "Prints, by root.");
        prints.Add(2, new KeyValuePair<string, object?>("root", "SPY"));
        prints.Add(3, new("root", "QQQ"), new("is.late", true));
        prints.Add(1, new KeyValuePair<string, object?>("root", "SPY"));
        Page("""
            # HELP test_prints_total Prints, by root.
            # TYPE test_prints_total counter
            test_prints_total{root="SPY"} 3
            test_prints_total{is_late="true",root="QQQ"} 3

            """);
    }

    [Fact]
    public void Text_from_outside_cannot_break_a_line()
    {
        _meter.CreateCounter<long>("test_total", description: "One \\ two\nthree \"four\"").Add(1, new KeyValuePair<string, object?>("why", "a \"b\" \\ c\nd"));
        Page("""
            # HELP test_total One \\ two\nthree "four"
            # TYPE test_total counter
            test_total{why="a \"b\" \\ c\nd"} 1

            """);
    }

    [Fact]
    public void Buckets_count_everything_up_to_their_bound()
    {
        var lag = _meter.CreateHistogram("test_lag_seconds", description: "Lag.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.25, 1] });
        foreach (double seconds in new[] { 0.125, 0.25, 0.5, 4 }) lag.Record(seconds, new KeyValuePair<string, object?>("root", "SPY"));
        Page("""
            # HELP test_lag_seconds Lag.
            # TYPE test_lag_seconds histogram
            test_lag_seconds_bucket{root="SPY",le="0.25"} 2
            test_lag_seconds_bucket{root="SPY",le="1"} 3
            test_lag_seconds_bucket{root="SPY",le="+Inf"} 4
            test_lag_seconds_sum{root="SPY"} 4.875
            test_lag_seconds_count{root="SPY"} 4

            """);
    }

    [Fact]
    public void Names_of_the_runtime_become_names_of_Prometheus()
    {
        _meter.CreateCounter<long>("dotnet.gc.collections", "{collection}", "G.").Add(1);
        _meter.CreateCounter<double>("dotnet.process.cpu.time", "s", "C.").Add(1.5);
        _meter.CreateUpDownCounter<long>("http.server.active_requests", "{request}", "R.").Add(-2);
        _meter.CreateObservableGauge("test/load", () => double.PositiveInfinity, description: "L.");
        Page("""
            # HELP dotnet_gc_collections_total G.
            # TYPE dotnet_gc_collections_total counter
            dotnet_gc_collections_total 1
            # HELP dotnet_process_cpu_time_seconds_total C.
            # TYPE dotnet_process_cpu_time_seconds_total counter
            dotnet_process_cpu_time_seconds_total 1.5
            # HELP http_server_active_requests R.
            # TYPE http_server_active_requests gauge
            http_server_active_requests -2
            # HELP test_load L.
            # TYPE test_load gauge
            test_load +Inf

            """);
    }

    // A page with a second HELP, TYPE or series of one name is refused whole by Prometheus.
    [Fact]
    public void One_name_has_one_head_and_each_series_once_whoever_measures_it()
    {
        _meter.CreateCounter<long>("test.rows", description: "Rows.").Add(1, new KeyValuePair<string, object?>("table", "a"));
        _other.CreateCounter<long>("test_rows_total", description: "Others.").Add(5, new KeyValuePair<string, object?>("table", "a"));
        _other.CreateCounter<long>("test_rows", description: "Others.").Add(7, new KeyValuePair<string, object?>("table", "b"));
        string[] lines = _page.Render().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Single(lines, line => line.StartsWith("# HELP test_rows_total ", StringComparison.Ordinal));
        Assert.Single(lines, line => line.StartsWith("# TYPE test_rows_total ", StringComparison.Ordinal));
        Assert.Equal(lines.Length, lines.Select(line => line.Split("} ")[0]).Distinct().Count());
        Assert.Contains("test_rows_total{table=\"b\"} 7", lines);
    }

    [Fact]
    public void What_nobody_measures_is_not_on_the_page()
    {
        _meter.CreateCounter<long>("test_total");
        Page("");
    }

    void Page(string expected) => Assert.Equal(expected, _page.Render());
}
