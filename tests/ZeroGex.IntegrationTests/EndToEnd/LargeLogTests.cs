using System.Collections.Immutable;
using Npgsql;
using Xunit;
using ZeroGex.Contracts;
using ZeroGex.Storage;
using static ZeroGex.IntegrationTests.StorageFacts;

namespace ZeroGex.IntegrationTests.EndToEnd;

/// <summary>What reads a whole session reads it piece by piece.</summary>
public sealed class LargeLogTests
{
    const int Rows = 2_000, PerSecond = 20, Seconds = 300;
    const long Heap = 80 << 20;
    const string Session = "2026-01-16";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // 400 MB of packed quotes that hardly compress, through a heap of 80 MB.
    [Fact]
    [Trait("tier", "long")]
    public async Task A_log_may_be_larger_than_memory()
    {
        string connection = await Servers.NewMigratedDatabaseAsync();
        await using var here = await Site.EmbeddedAsync(connection);
        await using var there = await Site.EmbeddedAsync();
        await RecordAsync(connection);
        long events = await here.EventsAsync();
        Assert.Equal((PerSecond + 2) * Seconds, events);
        Assert.InRange(await here.CountAsync("select sum(octet_length(bdata)) from mt_events"), 4 * Heap, long.MaxValue);

        string file = Path.Combine(Servers.NewFolder(), "large.zgx");
        foreach (var site in (Site[])[here, there]) site.Set("DOTNET_GCHeapHardLimit", $"0x{Heap:x}");
        string messages = FormattableString.Invariant($"{events:N0} messages");
        await SaysAsync(here, $": 3 streams, {messages}", "log", "export", "--date", Session, "--out", file);
        Assert.InRange(new FileInfo(file).Length, 3 * Heap, long.MaxValue);
        await SaysAsync(here, $": 3 streams, {events:N0} events, no difference.", "log", "verify", "--date", Session);
        await SaysAsync(here, $": {Session}, 3 streams, {messages}.", "log", "verify", file);
        await SaysAsync(there, $"{messages} appended; ", "log", "import", file);
        await SaysAsync(here, $"Nothing to append: all {messages} ", "log", "import", file); // Each of them is compared.
        await SaysAsync(there, $"large: {events:N0} events, ", "replay", "--from", Session, "--name", "large", "--fold", "max-pain");
        Assert.InRange(await there.CountAsync("select count(*) from replay_large.chain_max_pain"), 1, Seconds);
    }

    static async Task SaysAsync(Site site, string said, params string[] arguments)
    {
        long started = TimeProvider.System.GetTimestamp();
        Assert.Contains(said, await site.RunAsync(0, arguments), StringComparison.Ordinal);
        TestContext.Current.TestOutputHelper?.WriteLine($"{string.Join(' ', arguments)}: {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s");
    }

    static async Task RecordAsync(string connection)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        EventLog log = new(database);
        Random random = new(1);
        ImmutableArray<OptionContract> contracts = [.. Enumerable.Range(0, 400).Select(i => new OptionContract(new(2026, 1, 16 + i % 2), 300 + i / 4, (OptionRight)(i / 2 % 2)))];
        for (int second = 0; second < Seconds; second++)
        {
            var end = Open.AddSeconds(second + 1);
            List<IMarketFact> facts = [.. Enumerable.Range(1, PerSecond).Select(beat => Quotes(random, contracts, second * PerSecond + beat))];
            facts.Add(new TradesObserved { Stamp = new($"trades/SPY/{Session}", 1, second + 1, end), Root = "SPY" });
            facts.Add(new ChainObserved
            {
                Stamp = new($"chain/SPY/{Session}", 1, second + 1, end),
                Root = "SPY",
                Time = end,
                Rows = second > 0 ? [] : [.. contracts.Select(contract => new ChainRow(contract, 100 + (int)contract.Strike % 7))],
            });
            await log.AppendAsync([.. facts.Select(fact => Recorded(fact))], Cancel);
        }
    }

    static QuotesObserved Quotes(Random random, ImmutableArray<OptionContract> contracts, int sequence)
    {
        var end = Open.AddMilliseconds(1_000 / PerSecond * sequence);
        long micros = (end - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond - 1_000_000 / PerSecond;
        return new()
        {
            Stamp = new($"quotes/SPY/{Session}", 1, sequence, end),
            Root = "SPY",
            Contracts = contracts,
            Contract = Column(_ => random.Next(contracts.Length)),
            Time = Column(row => micros + row),
            Bid = Column(_ => random.Next(1, 10_000_000) / 10_000.0),
            Ask = Column(_ => random.Next(1, 10_000_000) / 10_000.0),
            BidSize = Column(_ => random.Next()),
            AskSize = Column(_ => random.Next()),
            Spot = Column(_ => random.Next(3_000_000, 4_000_000) / 10_000.0),
            Volume = Column(_ => random.NextInt64(1L << 40)),
            Volatility = Column(_ => random.Next(1, 4_000_000) / 1_000_000.0),
        };
    }

    static ImmutableArray<T> Column<T>(Func<int, T> value) => [.. Enumerable.Range(0, Rows).Select(value)];
}
