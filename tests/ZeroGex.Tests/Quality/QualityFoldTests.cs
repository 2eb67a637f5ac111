using Xunit;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Analytics.Quality;
using ZeroGex.Contracts;
using ZeroGex.Tests.Streams;

namespace ZeroGex.Tests.Quality;

/// <summary>How a minute of data is judged.</summary>
public sealed class QualityFoldTests
{
    static readonly DateTimeOffset Noon = new(2026, 1, 16, 17, 0, 0, TimeSpan.Zero);
    static readonly DateOnly Later = MarketTape.Session.AddDays(7);

    [Theory]
    [InlineData(0.9, QualityState.Ok)]
    [InlineData(1, QualityState.Warning)]
    [InlineData(4.9, QualityState.Warning)]
    [InlineData(5, QualityState.Bad)]
    public void Limits_belong_to_the_worse_side(double value, QualityState expected)
    {
        Assert.Equal(expected, new QualityLimit(1, 5).Judge(value));
        Assert.Equal(QualityState.Ok, default(QualityLimit).Judge(value));
    }

    [Fact]
    public void Silence_is_counted_from_the_last_row_and_not_from_heartbeats()
    {
        Script script = Start().Quotes(10, Quote(9.5, 450)).Trades(20, new OptionTrade(Call(450), Noon.AddSeconds(19), 5, 1, 450, 0)).Beat(30).Beat(62).Quotes(119.5, Quote(119.25, 450)).Beat(122);
        var minutes = script.Said<QualityCalculated>().ToList();
        Assert.Equal([("quotes", 50.5, QualityState.Warning), ("trades", 41, QualityState.Ok)], Silences(minutes[0]));
        Assert.Equal([("quotes", 0.75, QualityState.Ok), ("trades", 101, QualityState.Ok)], Silences(minutes[1]));
        Assert.Null(minutes[1].Inputs.Single(input => input.Kind == "bars").SilentSeconds); // It never spoke: there is nothing to be silent.
    }

    [Fact]
    public void Silence_is_judged_within_trading_hours_alone()
    {
        // The open of that Friday is 14:30 UTC, its close 21:00.
        DateTimeOffset before = new(2026, 1, 16, 14, 25, 0, TimeSpan.Zero);
        Script script = new Script(new QualityFold(MarketTape.Root, MarketTape.Session, new(), new()), before).Beat(0.1);
        script.Quotes(1, script.Quote(Call(450), 0.5, 5, 6)).Beat(500);
        var quotes = script.Said<QualityCalculated>().Select(minute => (minute.IsOpen, minute.Findings.Single(finding => finding is { Issue: QualityIssue.Stale, Input: "quotes" }).Value)).ToList();
        Assert.Equal([(false, 0), (false, 0), (false, 0), (false, 0), (false, 0), (true, 60), (true, 120), (true, 180)], quotes);

        Script holiday = new Script(new QualityFold(MarketTape.Root, new(2026, 1, 17), new(), new()), Noon).Beat(0.1);
        holiday.Quotes(1, holiday.Quote(Call(450), 0.5, 5, 6)).Beat(63);
        Assert.True(holiday.Said<QualityCalculated>().Single().IsOpen); // A market that trades on a Saturday is one of its own.
    }

    [Fact]
    public void Idle_session_is_told_of_until_it_closes_and_a_night_for_an_hour()
    {
        Script script = Start().Quotes(10, Quote(9.5, 450)).Beat(100_000);
        Assert.Equal(240, script.Said<QualityCalculated>().Count()); // From noon in New York to 16:00.
        script.Quotes(100_001, Quote(100_000.5, 450)).Beat(100_050);
        Assert.Equal(241, script.Said<QualityCalculated>().Count());
        Assert.Equal(1, script.Said<QualityCalculated>().Last().Quotes.Rows);

        // From 20:05 in New York the evening before: an hour of it, and every minute that trades; and what comes in between begins at once.
        DateTimeOffset evening = new(2026, 1, 16, 1, 5, 0, TimeSpan.Zero);
        script = new Script(new QualityFold(MarketTape.Root, MarketTape.Session, new(), new()), evening).Beat(0.1);
        script.Quotes(1, script.Quote(Call(450), 0.5, 5, 6)).Beat(7_200).Quotes(30_000.7, script.Quote(Call(450), 30_000.6, 5, 6)).Beat(100_000);
        DateTimeOffset[] ends = [.. script.Said<QualityCalculated>().Select(minute => minute.End)];
        Assert.Equal([.. Minutes(evening, 60), .. Minutes(evening.AddMinutes(500), 60), .. Minutes(new(2026, 1, 16, 14, 30, 0, TimeSpan.Zero), 390)], ends);

        static IEnumerable<DateTimeOffset> Minutes(DateTimeOffset start, int count) => Enumerable.Range(1, count).Select(minute => start.AddMinutes(minute));
    }

    [Fact]
    public void Lost_messages_are_found_in_the_minute_that_was_open()
    {
        Script script = Start().Quotes(10, Quote(9.5, 450)).Beat(61.5);
        script.Lose("quotes").Lose("quotes").Quotes(62, Quote(61.9, 450)).Beat(122);
        var found = script.Said<QualityCalculated>().Select(minute => minute.Findings.Single(finding => finding is { Issue: QualityIssue.Gap, Input: "quotes" })).ToList();
        Assert.Equal([(0, QualityState.Ok), (2, QualityState.Warning)], found.Select(finding => (finding.Value, finding.State)));
        Assert.Equal([false, true], script.Said<QualityCalculated>().Select(minute => minute.Incomplete));
    }

    // A connection that was gone from 12:00:50 to 12:02:10, and is back: each minute has its own part of it, also while nobody knew how long it would last.
    [Fact]
    public void What_a_feed_missed_is_told_by_the_minute()
    {
        Script script = Start().Quotes(10, Quote(9.5, 450)).Gap(51, new(Noon.AddSeconds(50), null)).Beat(62).Beat(122).Gap(130.5, new(Noon.AddSeconds(50), Noon.AddSeconds(130))).Beat(182).Beat(242);
        var minutes = script.Said<QualityCalculated>().ToList();
        Assert.Equal([10, 60, 10, 0], minutes.Select(minute => minute.Inputs.Single(input => input.Kind == "quotes").MissedSeconds));
        Assert.Equal(
            [QualityState.Bad, QualityState.Bad, QualityState.Bad, QualityState.Ok],
            minutes.Select(minute => minute.Findings.Single(finding => finding is { Issue: QualityIssue.Missed, Input: "trades" }).State));
        Assert.All(minutes, minute => Assert.True(minute.Incomplete));
    }

    // A gateway that was down for three minutes says so when it is back: the minutes in between are told then, each with what it lacks.
    [Fact]
    public void What_was_missed_before_anything_was_heard_again_is_told_by_the_minute_too()
    {
        Script script = Start().Quotes(10, Quote(9.5, 450)).Gap(190, new(Noon.AddSeconds(30), Noon.AddSeconds(189))).Beat(242);
        Assert.Equal([30, 60, 60, 9], script.Said<QualityCalculated>().Select(minute => minute.Inputs.Single(input => input.Kind == "bars").MissedSeconds));
    }

    [Fact]
    public void Stale_contract_is_one_that_its_neighbours_leave_behind()
    {
        Script script = Start();
        for (int second = 10; second < 600; second += 30)
            script.Quotes(second, [.. new[] { 440, 445, 450, 455 }.Where(strike => strike != 445 || second < 100).Select(strike => Quote(second - 0.5, strike))]).Beat(second + 1);
        var stale = script.Beat(602).Said<QualityCalculated>().Select(minute => minute.Contracts.Stale).ToList();
        Assert.Equal([0, 0, 0, 0, 0, 0, 1, 1, 1, 1], stale); // Quoted last at 99.5, five minutes before 399.5.
        QualityFinding finding = script.Said<QualityCalculated>().Last().Findings.Single(finding => finding.Issue == QualityIssue.StaleQuotes);
        Assert.Equal((0.25, QualityState.Bad), (finding.Value, finding.State));
    }

    [Fact]
    public void Coverage_says_what_is_known_of_the_contracts()
    {
        Script script = Start();
        script.Chain(1, new ChainRow(Call(450), 100), new ChainRow(Call(455)), new ChainRow(Call(460), 7), new ChainRow(Call(465), 7)).Quotes(10, Quote(9.5, 450), Quote(9.5, 455)).Beat(62);
        QualityCalculated minute = script.Said<QualityCalculated>().Last();
        Assert.Equal(new ContractQuality(4, 2, 0, 1), minute.Contracts);
        Assert.Equal([new ContractCount("mid", 2), new("default", 2)], minute.Volatilities);
        Assert.Equal(
            [(QualityIssue.NoOpenInterest, 0.25, QualityState.Warning), (QualityIssue.NotQuoted, 0.5, QualityState.Warning), (QualityIssue.Unsolved, 0.5, QualityState.Warning)],
            minute.Findings.Where(finding => finding.Issue is QualityIssue.NoOpenInterest or QualityIssue.NotQuoted or QualityIssue.Unsolved).Select(finding => (finding.Issue, finding.Value, finding.State)));
    }

    // Quotes at the money for a week, of a volatility of 20 %: a vendor who still says 20 is right, 30 and 12 are of another market. In the money, and without a bid, nothing is told.
    [Theory]
    [InlineData(0.2, 0.2, 0.0)]
    [InlineData(0.217, 0.2, 0.0)] // Outside, by less than a tenth.
    [InlineData(0.3, 0.2, 0.5)]
    [InlineData(0.3, 0.12, 1.0)]
    [InlineData(0, 0.3, 1.0)]
    [InlineData(0, 0, null)]
    public void A_vendor_s_volatility_that_the_quote_has_left_behind_is_stale(double ofCall, double ofPut, double? share)
    {
        QualityCalculated minute = Minute(Noon);
        QualityFinding? found = minute.Findings.SingleOrDefault(finding => finding.Issue == QualityIssue.StaleGreeks);
        Assert.Equal(share, found?.Value);
        if (share is not null) Assert.Equal(share >= 0.5 ? QualityState.Bad : QualityState.Ok, found!.State);

        Assert.DoesNotContain(Minute(Noon.AddHours(-4)).Findings, finding => finding.Issue == QualityIssue.StaleGreeks); // Before the open.

        QualityCalculated Minute(DateTimeOffset start)
        {
            Script script = new Script(new QualityFold(MarketTape.Root, MarketTape.Session, new(), new()), start).Beat(0.1);
            return script.Quotes(
                10, Said(start, 452, OptionRight.Call, ofCall), Said(start, 448, OptionRight.Put, ofPut), Said(start, 440, OptionRight.Call, 0.9), Said(start, 460, OptionRight.Put, 0.9),
                Said(start, 470, OptionRight.Call, 0.9) with { Bid = 0 }).Beat(62).Said<QualityCalculated>().Single();
        }

        static Quote Said(DateTimeOffset start, double strike, OptionRight right, double volatility)
        {
            double years = (Settlement.Of(MarketTape.Root, Later) - start).TotalDays / 365;
            double worth = BlackScholes.Evaluate(new OptionInputs(right == OptionRight.Call, 450, strike, years, 0.2, 0.05)).Price;
            return new(new(Later, strike, right), start.AddSeconds(9.5), worth - 0.02, worth + 0.02, 450, 0, 0, Volatility: volatility);
        }
    }

    static IEnumerable<(string?, double, QualityState)> Silences(QualityCalculated minute) =>
        minute.Findings.Where(finding => finding.Issue == QualityIssue.Stale).Select(finding => (finding.Input, finding.Value, finding.State));

    static OptionContract Call(double strike) => new(Later, strike, OptionRight.Call);

    static Quote Quote(double second, double strike) => new(Call(strike), Noon.AddSeconds(second), 5, 6, 450, 0, 0);

    static Script Start() => new Script(new QualityFold(MarketTape.Root, MarketTape.Session, new(), new()), Noon).Beat(0.1);
}
