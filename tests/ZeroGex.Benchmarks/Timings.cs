using System.Diagnostics;
using System.Globalization;

namespace ZeroGex.Benchmarks;

/// <summary>What several rounds of some work took, each with a number of things done, as things a second.</summary>
sealed class Timings
{
    readonly List<(string What, string Things, List<double> Rates, List<double> Micros)> _rows = [];

    /// <summary>One round of one row, in the order of their first rounds.</summary>
    /// <param name="what">Names the row.</param>
    /// <param name="things">What is counted.</param>
    /// <param name="count">How many of them a round does.</param>
    /// <param name="run">The round; false: it did not do what it should, and the figures would lie.</param>
    public async Task MeasureAsync(string what, string things, long count, Func<Task<bool>> run)
    {
        // The clock tells more about the neighbours than about us on a busy machine; our own processor time does not.
        long start = Stopwatch.GetTimestamp();
        var processor = Environment.CpuUsage.TotalTime;
        if (!await run()) throw new InvalidOperationException($"'{what}' did not do all {count:N0}.");
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double micros = (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / count;

        if (_rows.All(row => row.What != what)) _rows.Add((what, things, [], []));
        var (_, _, rates, costs) = _rows.Single(row => row.What == what);
        rates.Add(count / seconds);
        costs.Add(micros);
    }

    /// <summary>Round by round the best and the median, and the processor time that this process took.</summary>
    public void Print()
    {
        Console.WriteLine($"{"what",-58} {"best",12} {"median",12}  {"a second of",-11} {"client us each",14}");
        foreach (var (what, things, rates, micros) in _rows)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{what,-58} {rates.Max(),12:N0} {Median(rates),12:N0}  {things,-11} {Median(micros),14:N3}"));
        }
    }

    static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
