using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using ZeroGex.Contracts;

namespace ZeroGex.Benchmarks;

/// <summary>Size and speed of both encodings of <see cref="QuotesObserved"/>, by quotes to a message.</summary>
static class Codec
{
    const int Quotes = 100_000;
    const int Rounds = 15;

    static readonly int[] Batches = [1, 50, 500, 2000];

    public static int Run(string[] args)
    {
        if (args.Length > 0)
        {
            Console.Error.WriteLine("codec takes no arguments.");
            return 2;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            A random-walk market: 300 contracts (5 expirations, 30 strikes, calls and puts), busiest near the money; ticks of 0.01 below $3 and
            0.05 above; 10,000 quotes a second; contracts listed in order of first appearance. {Quotes:N0} quotes a block, {Rounds} rounds of
            interleaved blocks, one thread of {Environment.ProcessorCount}, {Environment.Version}. Times are ns a quote, checks included: minimum / median.

            """));

        var subjects = (
            from batch in Batches
            let messages = Cut(SynthesizeQuotes(), batch)
            from contentType in (string[])[Wire.Json, Wire.Packed]
            select new Subject(batch, contentType, messages)).ToList();

        foreach (var subject in subjects) subject.Check();
        for (int round = -3; round < Rounds; round++)
            foreach (var subject in subjects) subject.Measure(keep: round >= 0);

        Console.WriteLine($"{"quotes/message",14}  {"encoding",-8} {"bytes/quote",12} {"encode",16} {"decode",16} {"B alloc enc",12} {"B alloc dec",12}");
        foreach (var subject in subjects) Console.WriteLine(subject.Row());
        return 0;
    }

    sealed class Subject(int batch, string contentType, QuotesObserved[] messages)
    {
        readonly byte[][] _bodies = [.. messages.Select(message => Wire.Encode(message, contentType))];
        readonly List<double> _encode = [];
        readonly List<double> _decode = [];
        readonly int _quotes = messages.Sum(message => message.Contract.Length);
        double _encodeBytes;
        double _decodeBytes;

        public void Check()
        {
            for (int i = 0; i < messages.Length; i++)
            {
                var back = (QuotesObserved)Wire.Decode(typeof(QuotesObserved), contentType, _bodies[i]);
                if (!back.Bid.SequenceEqual(messages[i].Bid) || !back.Ask.SequenceEqual(messages[i].Ask)
                    || !back.Time.SequenceEqual(messages[i].Time) || !back.Spot.SequenceEqual(messages[i].Spot))
                    throw new InvalidOperationException($"{contentType} does not give message {i} back.");
            }
        }

        public void Measure(bool keep)
        {
            var (encode, encodeBytes) = Time(() =>
            {
                long bytes = 0;
                foreach (var message in messages) bytes += Wire.Encode(message, contentType).Length;
                return bytes;
            });
            var (decode, decodeBytes) = Time(() =>
            {
                long rows = 0;
                foreach (byte[] body in _bodies) rows += ((QuotesObserved)Wire.Decode(typeof(QuotesObserved), contentType, body)).Bid.Length;
                return rows;
            });
            if (!keep) return;
            _encode.Add(encode);
            _decode.Add(decode);
            (_encodeBytes, _decodeBytes) = (encodeBytes, decodeBytes);
        }

        public string Row() => string.Create(CultureInfo.InvariantCulture,
            $"{batch,14}  {(contentType == Wire.Json ? "json" : "packed"),-8} {_bodies.Sum(body => (double)body.Length) / _quotes,12:F1} {Span(_encode),16} {Span(_decode),16} {_encodeBytes,12:F0} {_decodeBytes,12:F0}");

        (double Nanoseconds, double Bytes) Time(Func<long> work)
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            if (work() == 0) throw new InvalidOperationException("Nothing was done.");
            double nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            return (nanoseconds / _quotes, (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / _quotes);
        }

        static string Span(List<double> times)
        {
            var sorted = times.Order().ToList();
            return string.Create(CultureInfo.InvariantCulture, $"{sorted[0]:F1} / {sorted[sorted.Count / 2]:F1}");
        }
    }

    readonly record struct Quote(
        OptionContract Contract, long Time, double Bid, double Ask, int BidSize, int AskSize, double Spot);

    static List<Quote> SynthesizeQuotes()
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
        var quotes = new List<Quote>(Quotes);
        long time = 1_768_573_800_000_000;
        for (int i = 0; i < Quotes; i++)
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

    static QuotesObserved[] Cut(List<Quote> quotes, int batch) => [.. quotes.Chunk(batch).Select((rows, number) =>
    {
        var contracts = rows.Select(row => row.Contract).Distinct().ToImmutableArray();
        var index = contracts.Select((contract, i) => (contract, i)).ToDictionary(pair => pair.contract, pair => pair.i);
        return new QuotesObserved
        {
            Stamp = new("quotes/SPY/2026-01-16", 1_768_570_200_000, number + 1, DateTimeOffset.UnixEpoch.AddMicroseconds(rows[^1].Time + 1500)),
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
