using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Bus.Gateway;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Gateway;

public sealed class SpoolTests : IDisposable
{
    static readonly DateTimeOffset Open = new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero);

    readonly string _folder = Directory.CreateTempSubdirectory("spool-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_not_confirmed_comes_back_in_order_under_its_old_stamps()
    {
        using (var spool = Spool.Open(_folder, new GatewaySettings()))
        {
            spool.BeginRun(Open);
            for (int i = 1; i <= 5; i++) spool.Append(Beat(spool.LastRun, i));
            spool.Confirm(1);
            spool.Confirm(2);
            spool.Confirm(4);
        }

        using var again = Spool.Open(_folder, new GatewaySettings());
        Assert.Equal([3L, 4L, 5L], again.Unconfirmed().SelectMany(beat => beat.Messages).Select(message => message.Stamp.Sequence));
        Assert.Equal("5", again.Position);
        Assert.Equal(new StreamPosition(Open.ToUnixTimeMilliseconds(), 5), again.Streams["trades/SPY/2026-01-16"].Position);
    }

    [Fact]
    public void A_run_is_larger_than_the_last_also_when_the_clock_went_back()
    {
        long first, second;
        using (var spool = Spool.Open(_folder, new GatewaySettings())) first = spool.BeginRun(Open);
        using (var spool = Spool.Open(_folder, new GatewaySettings())) second = spool.BeginRun(Open.AddHours(-1));
        Assert.Equal(first + 1, second);
    }

    // A kill may cut the file at any byte: the beats before the cut are whole, the torn one was never published.
    [Fact]
    public void A_torn_tail_costs_only_the_beat_that_was_being_written()
    {
        using (var spool = Spool.Open(_folder, new GatewaySettings()))
        {
            spool.BeginRun(Open);
            for (int i = 1; i <= 3; i++) spool.Append(Beat(spool.LastRun, i));
        }

        string path = Directory.GetFiles(_folder, "*.spool").Single();
        byte[] whole = File.ReadAllBytes(path);
        Prop.ForAll(Gen.Choose(whole.Length * 2 / 3, whole.Length).ToArbitrary(), length =>
        {
            foreach (string other in Directory.GetFiles(_folder, "*.spool")) File.Delete(other);
            File.WriteAllBytes(path, whole[..length]);
            File.Delete(Path.Combine(_folder, "confirmed"));
            using var spool = Spool.Open(_folder, new GatewaySettings());
            var sequences = spool.Unconfirmed().SelectMany(beat => beat.Messages).Select(message => message.Stamp.Sequence).ToList();
            Assert.Equal(Enumerable.Range(1, sequences.Count).Select(n => (long)n), sequences);
            Assert.True(sequences.Count == 3 == (length == whole.Length), $"{sequences.Count} beats of {length} bytes");
            Assert.Equal(sequences.Count.ToString(), spool.Position ?? "0");
            spool.BeginRun(Open.AddSeconds(1)); // And the next start finds nothing torn.
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Damage_in_the_middle_stops_the_start_with_the_place()
    {
        using (var spool = Spool.Open(_folder, new GatewaySettings()))
        {
            spool.BeginRun(Open);
            for (int i = 1; i <= 3; i++) spool.Append(Beat(spool.LastRun, i));
        }

        string path = Directory.GetFiles(_folder, "*.spool").Single();
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 0xFF;
        File.WriteAllBytes(path, bytes);
        var error = Assert.Throws<SpoolException>(() => Spool.Open(_folder, new GatewaySettings()));
        Assert.Contains(path, error.Message);
    }

    [Fact]
    public void Two_gateways_cannot_share_a_spool()
    {
        using var spool = Spool.Open(_folder, new GatewaySettings());
        Assert.Contains("another gateway", Assert.Throws<SpoolException>(() => Spool.Open(_folder, new GatewaySettings())).Message);
    }

    [Fact]
    public void Confirmed_segments_go_and_the_state_stays()
    {
        long run;
        using (var spool = Spool.Open(_folder, new GatewaySettings()))
        {
            run = spool.BeginRun(Open);
            for (int i = 1; i <= 40; i++) spool.Confirm(spool.Append(Beat(run, i, rows: 40_000)).Ordinal);
            Assert.True(Directory.GetFiles(_folder, "*.spool").Length <= 2);
            Assert.Equal(0, spool.UnconfirmedBytes);
        }

        using var again = Spool.Open(_folder, new GatewaySettings());
        Assert.Empty(again.Unconfirmed());
        Assert.Equal("40", again.Position);
        Assert.Equal(run, again.LastRun);
    }

    // Stopped after everything of the last run was published, and before a run of its own began.
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_state_outlives_a_process_that_only_drained(int drained)
    {
        using (var spool = Spool.Open(_folder, new GatewaySettings()))
        {
            spool.BeginRun(Open);
            for (int i = 1; i <= 3; i++) spool.Append(Beat(spool.LastRun, i));
        }

        using (var spool = Spool.Open(_folder, new GatewaySettings()))
            foreach (var beat in spool.Unconfirmed().Take(drained)) spool.Confirm(beat.Ordinal);

        using var again = Spool.Open(_folder, new GatewaySettings());
        Assert.Equal("3", again.Position);
        Assert.Equal(new StreamPosition(Open.ToUnixTimeMilliseconds(), 3), again.Streams["trades/SPY/2026-01-16"].Position);
        Assert.Equal(3 - drained, again.Unconfirmed().Count());
        Assert.Equal(Open.ToUnixTimeMilliseconds() + 1, again.BeginRun(Open.AddHours(-1)));
    }

    [Fact]
    public async Task At_the_bound_the_feed_waits_until_something_is_confirmed()
    {
        using var spool = Spool.Open(_folder, new GatewaySettings { SpoolBytes = 100 });
        spool.BeginRun(Open);
        var beat = spool.Append(Beat(spool.LastRun, 1, rows: 100));
        var room = spool.WaitForRoomAsync(TestContext.Current.CancellationToken);
        Assert.False(room.IsCompleted);
        spool.Confirm(beat.Ordinal);
        await room.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void The_first_message_of_a_run_says_where_the_run_before_ended()
    {
        using (var spool = Spool.Open(_folder, new GatewaySettings())) spool.Append(Beat(spool.BeginRun(Open), 1));
        using var again = Spool.Open(_folder, new GatewaySettings());
        long run = again.BeginRun(Open.AddSeconds(1));
        Assert.Equal(new StreamPosition(Open.ToUnixTimeMilliseconds(), 1), again.Append(Beat(run, 1)).Messages[0].Previous);
        Assert.Equal(default, again.Append(Beat(run, 2)).Messages[0].Previous);
    }

    static Beat Beat(long run, int sequence, int rows = 2)
    {
        var contract = new OptionContract(new DateOnly(2026, 1, 16), 100, OptionRight.Call);
        var trades = Enumerable.Range(0, rows).Select(i => new OptionTrade(contract, Open, 1.25, i + 1, 100, 0));
        var stamp = new Stamp("trades/SPY/2026-01-16", run, sequence, Open.AddSeconds(sequence));
        return new Beat(sequence.ToString(), stamp.AsOf, [new TradesObserved { Stamp = stamp, Root = "SPY", Trades = [.. trades] }]);
    }
}
