using System.Globalization;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Pricing;

/// <summary>A row of the American reference vectors.</summary>
public sealed class AmericanVector
{
    readonly Dictionary<string, string> _cells;

    AmericanVector(string[] names, string[] cells) => _cells = names.Zip(cells).ToDictionary(pair => pair.First, pair => pair.Second);

    public double this[string name] => double.Parse(_cells[name], CultureInfo.InvariantCulture);

    public OptionInputs Inputs => new(this["cp"] > 0, this["S"], this["K"], this["T_years"], this["sigma"], this["r"], _cells.ContainsKey("q") ? this["q"] : 0);

    public IEnumerable<CashDividend> Dividends => _cells["div_days"].Split(';').Zip(_cells["div_amounts"].Split(';'), (day, amount) =>
        new CashDividend(double.Parse(day, CultureInfo.InvariantCulture) / 365, double.Parse(amount, CultureInfo.InvariantCulture)));

    /// <summary>Whether a bump of spot, rate or volatility by a per cent may pass the exercise boundary, which is where the vectors' own differences fail.</summary>
    public bool IsNearBoundary
    {
        get
        {
            OptionInputs x = Inputs;
            double intrinsic = x.IsCall ? x.Spot - x.Strike : x.Strike - x.Spot;
            return this["near_boundary"] > 0 || (intrinsic > 0 && this["price"] - intrinsic < 0.004 * x.Spot);
        }
    }

    public static IEnumerable<AmericanVector> Continuous() => Read("american_vectors.csv");

    public static IEnumerable<AmericanVector> Discrete() => Read("american_discrete_div_vectors.csv");

    static IEnumerable<AmericanVector> Read(string file)
    {
        string[] lines = File.ReadAllLines(SharedFiles.Vectors(file));
        string[] names = lines[0].Split(',');
        return lines[1..].Select(line => new AmericanVector(names, line.Split(',')));
    }

    public override string ToString() => $"row {_cells["id"]}: {Inputs}";
}
