using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;
using ZeroGex.Analytics.Snapshots;
using ZeroGex.Contracts;

namespace ZeroGex.Cli;

/// <summary>A chain's report, or its explanation, for eyes and for pipes.</summary>
static class AnalyzeOutput
{
    const double ManyOff = 0.5, ManyDefault = 0.05;

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>One line: the whole report.</summary>
    public static void WriteJson(string path, ChainSnapshot chain, ChainReport report) =>
        Console.WriteLine(JsonSerializer.Serialize(new { file = path, source = chain.Source, report }, Json));

    /// <summary>One line: the canonical figures and every choice.</summary>
    public static void WriteJson(string path, ChainSnapshot chain, ChainReport report, AnalysisSettings canonical, Explanation explanation) =>
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            file = path,
            source = chain.Source,
            roots = report.Roots,
            time = report.Time,
            spot = report.Spot,
            settings = canonical,
            canonical = explanation.Canonical,
            nearest = explanation.Nearest,
            choices = explanation.Choices.Select(choice => new { choice = choice.Choice, switches = choice.Switches, settings = choice.Settings, answer = choice.Answer, moved = choice.Moved }),
        }, Json));

    /// <summary>Counts in words; <c>none</c> where there are none.</summary>
    public static string Counts(params ReadOnlySpan<ImmutableArray<ContractCount>> counts)
    {
        var words = new List<string>();
        foreach (var some in counts)
            foreach (ContractCount count in some) words.Add($"{Whole(count.Contracts)} {count.What}");
        return words.Count == 0 ? "none" : string.Join(", ", words);
    }

    public static void WriteTable(string path, ChainSnapshot chain, ChainReport x, int strikes, int expirations)
    {
        Start(path, chain, x);
        Write(Summary(x));
        if (x.Levels.Scope == ChainScope.All) Write(Scopes(x));
        Write(Expirations(x, expirations == 0 ? int.MaxValue : expirations));
        if (expirations > 0 && x.Expirations.Length > expirations) Console.WriteLine($"... and {x.Expirations.Length - expirations} expirations more; -n 0 shows all.");
        if (strikes > 0) Write(Strikes(x, strikes));
        WriteModel(x);
    }

    public static void WriteTable(string path, ChainSnapshot chain, ChainReport x, Explanation explanation)
    {
        Start(path, chain, x);
        Headline from = explanation.Canonical;
        var table = new Table().RoundedBorder().AddColumns(new TableColumn("Choice").NoWrap(), Right("Contracts"), Right("Net GEX $"), Right("moved by"), Right("Flip"), Right("Call wall"), Right("Put wall"),
            Right(explanation.Nearest is { } nearest ? $"Max pain {nearest}" : "Max pain"), Right("pooled"), new TableColumn("Switches").NoWrap());
        table.AddRow("canonical", Whole(from.Contracts), Money(from.Net), "", Price(from.Flip), Price(from.CallWall), Price(from.PutWall), Price(from.MaxPain), Price(from.PooledMaxPain), "");
        foreach (ChoiceEffect choice in explanation.Choices)
            table.AddRow(
                Markup.Escape(choice.Choice), Whole(choice.Answer.Contracts), Money(choice.Answer.Net), choice.Moved.Net == 0 ? "–" : Money(choice.Moved.Net),
                Move(from.Flip, choice.Answer.Flip), Move(from.CallWall, choice.Answer.CallWall), Move(from.PutWall, choice.Answer.PutWall), Move(from.MaxPain, choice.Answer.MaxPain), Move(from.PooledMaxPain, choice.Answer.PooledMaxPain),
                Markup.Escape(choice.Switches));
        Write(table);
        Console.WriteLine("Every row makes one choice and leaves the others canonical. Levels are moves in points; – means not moved, none that there is no such level.");
        Warn(x);
    }

    static Table Summary(ChainReport x)
    {
        ChainLevels levels = x.Levels;
        string unit = x.Model.Settings.Unit == ExposureUnit.Percent ? "$ per 1 % move" : "$ per $1 move";
        var table = new Table().RoundedBorder().HideHeaders().AddColumns(new TableColumn("").NoWrap(), Right(""), new TableColumn(""));
        void Row(string name, string figure, string remark = "") => table.AddRow(name, figure, Markup.Escape(remark));
        Row("Net GEX", Money(levels.Gamma.Net), $"{unit}; call {Money(levels.Gamma.Call)}, put {Money(levels.Gamma.Put)}, gross {Money(levels.Gamma.Gross)}");
        Row("Flip", Price(levels.Flip), $"{x.Model.Flip}; crossings {(levels.Crossings.Length == 0 ? "none" : string.Join(", ", levels.Crossings.Select(crossing => Price(crossing))))}");
        Row("Regime", levels.Regime switch { > 0 => "positive", < 0 => "negative", _ => "none" }, $"the profile at spot is {Money(levels.ProfileAtSpot)}");
        Row("Call wall", Price(levels.CallWall), "largest positive call exposure");
        Row("Put wall", Price(levels.PutWall), "largest negative put exposure");
        Row("Max gamma", Price(levels.MaxGamma), "largest net exposure of a strike, whatever its sign");
        Row("Majors", $"{Price(levels.Ladder.MajorPositive)} / {Price(levels.Ladder.MajorNegative)}", $"net ladder; minors {Price(levels.Ladder.MinorPositive)} / {Price(levels.Ladder.MinorNegative)}; its running sum is zero at {Price(levels.Ladder.ZeroGamma)}");
        if ((x.Expirations.FirstOrDefault(e => e.Years > 0) ?? x.Expirations.FirstOrDefault()) is { } first) Row(MaxPain(x), Price(first.MaxPain.Strike), $"of {first.Root} {Day(first.Expiration)}; pooled over all, a curiosity: {Price(x.Pooled.Strike)}");
        Row("Put/call", $"{Ratio(x.Pooled.PutCallOpenInterest)} / {Ratio(x.Pooled.PutCallVolume)}", "by open interest / by volume");
        Row("Delta exposure", Money(levels.Delta.Net), "$");
        Row("Vanna exposure", Money(levels.Vanna.Net), "$ per volatility point");
        Row("Charm exposure", Money(levels.Charm.Net), "$ per calendar day");
        Row("Contracts", Whole(x.Coverage.Used), $"of {Whole(x.Coverage.Read)} read; left out: {Counts(x.Coverage.LeftOut)}; refused: {Counts(x.Coverage.Refused)}");
        Row("Volatilities", "", Shares(x.Coverage.Volatilities) + (x.Coverage.DefaultShare > 0
            ? string.Create(CultureInfo.InvariantCulture, $"; {x.Coverage.DefaultShare * 100:0.0} % of {(x.Model.Settings.Weight == ChainWeight.Volume ? "volume" : "open interest")} at the default")
            : ""));
        return table;
    }

    static string MaxPain(ChainReport x) => x.Model.Settings.Weight == ChainWeight.Volume ? "Max pain by volume" : "Max pain";

    static string Shares(ImmutableArray<ContractCount> counts)
    {
        double all = counts.Sum(count => count.Contracts);
        return string.Join(", ", counts.Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Contracts:#,0} {count.What} ({count.Contracts / all * 100:0.#} %)")));
    }

    static Table Scopes(ChainReport x)
    {
        var table = new Table().RoundedBorder().AddColumns(new TableColumn("Scope").NoWrap(), Right("Contracts"), Right("Net $"), Right("Call $"), Right("Put $"), Right("Gross $"), Right("Flip"), Right("Regime"), Right("Call wall"), Right("Put wall"), Right("Max gamma"));
        foreach (ChainLevels scope in x.Scopes.Add(x.Levels))
            table.AddRow(
                scope.Scope switch { ChainScope.ZeroDays => "0DTE", ChainScope.Weekly => "weekly", ChainScope.Monthly => "monthly", _ => "all" }, Whole(scope.Contracts), Money(scope.Gamma.Net),
                Money(scope.Gamma.Call), Money(scope.Gamma.Put), Money(scope.Gamma.Gross), Price(scope.Flip), scope.Regime switch { > 0 => "+", < 0 => "−", _ => "0" }, Price(scope.CallWall), Price(scope.PutWall), Price(scope.MaxGamma));
        return table;
    }

    static Table Expirations(ChainReport x, int most)
    {
        var table = new Table().RoundedBorder().AddColumns(new TableColumn("Expiration").NoWrap(), Right("Days"), Right("Forward"), Right("Net $"), Right("Call $"), Right("Put $"), Right("Call wall"), Right("Put wall"), Right(MaxPain(x)), Right("P/C OI"), Right("P/C volume"), Right("Contracts"));
        foreach (ExpirationReport e in x.Expirations.Take(most))
            table.AddRow(
                $"{e.Root} {Day(e.Expiration)}", (e.Settlement - x.Time).TotalDays.ToString("0.0", CultureInfo.InvariantCulture), Price(e.Forward) + (e.IsForwardImplied ? "*" : ""), Money(e.Gamma.Net), Money(e.Gamma.Call), Money(e.Gamma.Put),
                Price(e.CallWall), Price(e.PutWall), Price(e.MaxPain.Strike), Ratio(e.MaxPain.PutCallOpenInterest), Ratio(e.MaxPain.PutCallVolume), Whole(e.Contracts));
        return x.Expirations.Any(e => e.IsForwardImplied) ? table.Caption("* implied by put–call parity") : table;
    }

    static Table Strikes(ChainReport x, int most)
    {
        var table = new Table().RoundedBorder().AddColumns(Right("Strike"), Right("Net $"), Right("Call $"), Right("Put $"), Right("Gross $"));
        foreach (StrikeExposure strike in x.Strikes.Where(strike => strike.Net != 0).OrderByDescending(strike => Math.Abs(strike.Net)).Take(most))
            table.AddRow(Price(strike.Strike), Money(strike.Net), Money(strike.Call), Money(strike.Put), Money(strike.Gross));
        return table;
    }

    static void Start(string path, ChainSnapshot chain, ChainReport x)
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 250; // A file has no edge.
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{string.Join(" + ", x.Roots)} · spot {x.Spot:0.####}{(x.IsSpotImplied ? " (implied by put–call parity)" : "")} · {x.Time:yyyy-MM-dd HH:mm:ss} UTC, session {Day(x.Session)} · {chain.Source} {Path.GetFileName(path)}"));
    }

    static void WriteModel(ChainReport x)
    {
        AnalysisModel model = x.Model;
        Console.WriteLine($"Model: {model.Name}: {model.Convention}; γ {model.Gamma}; {model.DayCount}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"       r {model.Rate}, q {model.DividendYield}, forwards by {model.ForwardSource}; volatilities: {model.VolatilitySource}; grid {model.Grid.Low:0.###} to {model.Grid.High:0.###} of spot, {model.Grid.Points} spots{(model.Grid.IsInterpolated ? ", straight lines" : "")}"));
        Console.WriteLine($"       open interest of {(model.OpenInterestDate is { } date ? Day(date) : "a date that the file does not say")}; engine {model.EngineVersion}");
        Warn(x);
    }

    static void Warn(ChainReport x)
    {
        if (x.Quality is not { } quality) return;
        Console.WriteLine($"File:  {Whole(quality.Expired)} expired, {Whole(quality.Unquoted)} unquoted, {Whole(quality.Crossed)} crossed, {Whole(quality.ZeroVolatilityWithGamma)} with a gamma and no volatility, {Whole(quality.Shared)} listed by several roots");
        if (quality.GammasOffShare is { } share)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"       {share * 100:0.0} % of {quality.GammasChecked:#,0} vendor gammas contradict the vendor's own volatilities{(share > ManyOff ? ": figures made of them are not to be trusted" : "")}"));
        if (x.Coverage.DefaultShare > ManyDefault)
            Console.WriteLine("       Many contracts have no price with a volatility and take the default: prices are stale or the market was closed. Compare --no-default and --volatility feed.");
    }

    static void Write(Table table) => AnsiConsole.Write(table);

    static TableColumn Right(string header) => new TableColumn(Markup.Escape(header)).RightAligned().NoWrap();

    static string Whole(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    static string Day(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    static string Price(double? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "none";

    static string Ratio(double? value) => value?.ToString("0.000", CultureInfo.InvariantCulture) ?? "none";

    static string Money(double value) => Math.Abs(value) switch
    {
        >= 1e9 => (value / 1e9).ToString("+0.0000 bn;-0.0000 bn", CultureInfo.InvariantCulture),
        >= 1e6 => (value / 1e6).ToString("+0.000 m;-0.000 m", CultureInfo.InvariantCulture),
        _ => value.ToString("+#,0;-#,0;0", CultureInfo.InvariantCulture),
    };

    static string Move(double? from, double? to) => (from, to) switch
    {
        ({ } before, { } after) => before == after ? "–" : (after - before).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture),
        (null, null) => "–",
        (null, { } after) => $"now {Price(after)}",
        _ => "none",
    };
}
