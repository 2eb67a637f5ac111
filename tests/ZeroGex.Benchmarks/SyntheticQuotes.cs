using System.Collections.Immutable;
using ZeroGex.Contracts;

namespace ZeroGex.Benchmarks;

/// <summary>Quotes of a market that never was, with the sizes and repetitions of a real one.</summary>
static class SyntheticQuotes
{
    public const string Description =
        "A random-walk market: 300 contracts (5 expirations, 30 strikes, calls and puts), busiest near the money; ticks of 0.01 below $3 and\n" +
        "0.05 above; 10,000 quotes a second; contracts listed in order of first appearance.";

    public readonly record struct Quote(
        OptionContract Contract, long Time, double Bid, double Ask, int BidSize, int AskSize, double Spot);

    public static List<Quote> Make(int count)
    {
        var random = new Random(1);
        var listed = new List<(OptionContract Contract, double Weight, double Years)>();
        var today = new DateOnly(2026, 1, 16);
        double spot = 455.73;
        foreach (int days in (int[])[0, 1, 2, 5, 7])
            for (int strike = 441; strike <= 470; strike++)
                foreach (var right in (OptionRight[])[OptionRight.Call, OptionRight.Put])
                {
                    double distance = (strike - spot) / 6;
                    listed.Add((new(today.AddDays(days), strike, right), Math.Exp(-distance * distance) / (1 + (days * 0.3)), (days + 0.5) / 365));
                }

        double total = listed.Sum(item => item.Weight);
        var quotes = new List<Quote>(count);
        long time = 1_768_573_800_000_000;
        for (int i = 0; i < count; i++)
        {
            time += (long)(-Math.Log(1 - random.NextDouble()) * 100);
            spot += (random.NextDouble() - 0.5) * 0.02;
            double pick = random.NextDouble() * total;
            int index = 0;
            while (index < listed.Count - 1 && (pick -= listed[index].Weight) > 0) index++;
            var (contract, _, years) = listed[index];

            // Close enough to a premium: intrinsic value plus a bell of time value.
            double deviation = 0.18 * spot * Math.Sqrt(years);
            double moneyness = contract.Right == OptionRight.Call ? spot - contract.Strike : contract.Strike - spot;
            double middle = Math.Max(moneyness, 0) + (0.4 * deviation * Math.Exp(-Math.Pow(moneyness / deviation, 2) * 0.8));
            double tick = middle < 3 ? 0.01 : 0.05;
            double bid = Math.Floor(middle / tick) * tick;
            double ask = bid + (tick * random.Next(1, middle < 3 ? 4 : 6));
            quotes.Add(new(
                contract, time, Grid(bid), Grid(ask), SomeSize(random), SomeSize(random), Math.Round(spot, 2, MidpointRounding.AwayFromZero)));
        }

        return quotes;
    }

    static int SomeSize(Random random) => 1 + (int)Math.Min(5000, -Math.Log(1 - random.NextDouble()) * 60);

    static double Grid(double price) => Math.Round(price * 10_000, MidpointRounding.AwayFromZero) / 10_000;

    public static QuotesObserved[] Cut(List<Quote> quotes, int batch, string stream) => [.. quotes.Chunk(batch).Select((rows, number) =>
    {
        var contracts = rows.Select(row => row.Contract).Distinct().ToImmutableArray();
        var index = contracts.Select((contract, i) => (contract, i)).ToDictionary(pair => pair.contract, pair => pair.i);
        return new QuotesObserved
        {
            Stamp = new(stream, 1_768_570_200_000, number + 1, DateTimeOffset.UnixEpoch.AddMicroseconds(rows[^1].Time + 1500)),
            Root = "SPY",
            Contracts = contracts,
            Contract = [.. rows.Select(row => index[row.Contract])],
            Time = [.. rows.Select(row => row.Time)],
            Bid = [.. rows.Select(row => row.Bid)],
            Ask = [.. rows.Select(row => row.Ask)],
            BidSize = [.. rows.Select(row => row.BidSize)],
            AskSize = [.. rows.Select(row => row.AskSize)],
            Spot = [.. rows.Select(row => row.Spot)],
        };
    })];
}
