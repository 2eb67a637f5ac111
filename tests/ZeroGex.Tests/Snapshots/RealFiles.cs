using System.Globalization;
using System.Text.Json;
using Xunit;
using ZeroGex.Analytics.Snapshots;
using ZeroGex.Bus.Feeds;

namespace ZeroGex.Tests.Snapshots;

/// <summary>Every real chain file; and the vendor's own columns of it, by a second hand that shares nothing with the readers.</summary>
static class RealFiles
{
    public const string Spx = "cboe/SPX_2022-12-12_2030ET.csv";
    public const string Rut = "cboe/RUT_2022-12-12_2030ET.csv";
    public const string Dirty = "cboe/SPY_2025-05-16_1923ET_frontexpiries.csv";
    public const string Clean = "cboe/SPY_2025-09-25_2105ET_frontexpiries.csv";
    public const string Json = "cboe/RUT_2023-09-21_0317UTC.json";

    public static TheoryData<string> All =>
    [
        Spx, Rut, Dirty, Clean, Json,
        "lean/indexoption/usa/universes/spx/20151223.csv", "lean/indexoption/usa/universes/spx/20210106.csv", "lean/indexoption/usa/universes/spxw/20230623.csv",
        "lean/option/usa/universes/aapl/20140609.csv", "lean/option/usa/universes/goog/20151223.csv", "lean/option/usa/universes/goog/20151224.csv",
        "lean/option/usa/universes/goog/20151228.csv", "lean/option/usa/universes/spy/20240103.csv",
    ];

    public static ChainSnapshot Read(string file, ChainFileHints? hints = null) => ChainFile.Read(SharedFiles.Data(file), hints ?? new());

    /// <summary>Rows of the file and Σ ±γ·OI·100·S²·0.01 over all of them, at a spot; what the file leaves blank is 0.</summary>
    public static (int Rows, double Net) Vendor(string file, double spot)
    {
        string text = File.ReadAllText(SharedFiles.Data(file));
        (int rows, double sum) = (0, 0);
        if (file.EndsWith(".json", StringComparison.Ordinal))
        {
            using var document = JsonDocument.Parse(text);
            foreach (var option in document.RootElement.GetProperty("data").GetProperty("options").EnumerateArray())
                Add(option.GetProperty("option").GetString()![^9], option.GetProperty("gamma").GetDouble(), option.GetProperty("open_interest").GetDouble());
        }
        else
        {
            foreach (string[] x in text.Split('\n').Select(line => line.TrimEnd('\r').Split(',')))
                if (x.Length == 22 && x[0] != "Expiration Date")
                {
                    Add('C', Number(x[9]), Number(x[10]));
                    Add('P', Number(x[20]), Number(x[21]));
                }
                else if (x.Length == 15 && x[0].StartsWith('2')) Add(x[2][0], Number(x[11]), Number(x[8]));
        }

        return (rows, sum * 100 * spot * spot * 0.01);

        void Add(char right, double gamma, double interest)
        {
            rows++;
            sum += (right == 'C' ? 1 : -1) * gamma * interest;
        }

        static double Number(string field) => field.Length == 0 ? 0 : double.Parse(field, CultureInfo.InvariantCulture);
    }
}
