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
            {SyntheticQuotes.Description} {Quotes:N0} quotes a block, {Rounds} rounds of
            interleaved blocks, one thread of {Environment.ProcessorCount}, {Environment.Version}. Times are ns a quote, checks included: minimum / median.

            """));

        var quotes = SyntheticQuotes.Make(Quotes);
        var subjects = (
            from batch in Batches
            let messages = SyntheticQuotes.Cut(quotes, batch, "quotes/SPY/2026-01-16")
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
}
