using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using ZeroGex.Analytics.Market;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Cli;

/// <summary><c>zerogex iv</c>: the volatility of one price, by any of the methods, without a running system.</summary>
static class IvCommand
{
    const double MinuteOfYear = 1.0 / (365 * 24 * 60);
    static readonly string[] Methods = ["portable", "scalar", "newton"];

    public static Command Create() => new("iv", "Implied volatility of single prices.") { Solve() };

    static Command Solve()
    {
        var price = new Option<double>("--price") { Description = "What the option was traded at, dollars.", Required = true };
        var spot = new Option<double>("--spot") { Description = "The underlying's price, dollars.", Required = true };
        var strike = new Option<double>("--strike", "-k") { Description = "Dollars.", Required = true };
        var right = new Option<string>("--right") { Description = "C or P.", Required = true };
        var years = new Option<double?>("--years") { Description = "Time to settlement, in years of 365 days." };
        var expiry = new Option<DateOnly?>("--expiry", "--expiration") { Description = "Instead of --years: the expiration date, for example 2026-12-18. Settlement is 16:00 New York, 13:00 on half days." };
        var root = new Option<string?>("--root") { Description = "With --expiry: the root; SPX monthlies settle at 09:30." };
        var at = new Option<DateTimeOffset?>("--at") { Description = "With --expiry: when the price was seen, for example 2026-11-20T15:30:00Z; now when left out." };
        var rate = new Option<double?>("--rate") { Description = "Continuously compounded, a fraction; RISK_FREE_RATE when left out." };
        var dividend = new Option<double>("--dividend") { Description = "Dividend yield, continuously compounded, a fraction." };
        var method = new Option<string>("--method", "-m") { Description = "portable (the batch kernel), scalar (bracketed Householder steps), newton (Newton–Raphson within IV_MIN and IV_MAX).", DefaultValueFactory = _ => "portable" };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Show the steps of Newton's method." };
        var format = new Option<string>("--format", "-f") { Description = "table or json.", DefaultValueFactory = _ => "table" };

        var command = new Command("solve", """
            Solve for the volatility at which a European option is worth its price.
            Exit code 0: there is one. 1: there is none, and why. 2: the question makes no sense.
            
            Examples:
              zerogex iv solve --price 2.30 --spot 455 --strike 460 --years 0.05 --right C
              zerogex iv solve --price 1.15 --spot 455 --strike 440 --expiry 2026-12-18 --right P --rate 0.04
              zerogex iv solve --price 2.30 --spot 455 --strike 460 --years 0.05 --right C --method newton -v
              zerogex iv solve --price 2.30 --spot 455 --strike 460 --years 0.05 --right C -f json --set IV_MAX=3
            """) { price, spot, strike, right, years, expiry, root, at, rate, dividend, method, verbose, format, RunCommand.Set };
        foreach (Option option in new Option[] { price, spot, strike }) Check(option, value => value is > 0 and < double.PositiveInfinity, "greater than 0, please.");
        Check(years, value => value is > 0 and <= 1_000, "greater than 0 and at most 1000, please.");
        foreach (Option option in new Option[] { rate, dividend }) Check(option, value => value is >= -1 and <= 1, "a fraction from -1 to 1, please; 5 % is 0.05.");
        command.Validators.Add(result =>
        {
            if (result.GetResult(years) is null == result.GetResult(expiry) is null) result.AddError("Either --years or --expiry says how long the option lives.");
            if (result.GetValue(right)?.ToUpperInvariant() is { } side and not ("C" or "P" or "CALL" or "PUT")) result.AddError($"--right {side}: C or P.");
            if (result.GetValue(method) is { } name && !Methods.Contains(name)) result.AddError($"--method {name}: there are {string.Join(", ", Methods)}.");
            if (result.GetValue(format) is { } shape && shape is not ("table" or "json")) result.AddError($"--format {shape}: there are table, json.");
        });
        command.SetAction(parsed =>
        {
            var settings = new Settings(parsed.GetValue(RunCommand.Set) ?? []);
            if (Years(parsed.GetValue(years), parsed.GetValue(expiry), parsed.GetValue(root) ?? "", parsed.GetValue(at)) is not { } time)
            {
                Console.Error.WriteLine($"zerogex: --expiry {parsed.GetValue(expiry):yyyy-MM-dd} has settled already.");
                return 2;
            }

            var option = new PricedOption(
                parsed.GetValue(right)!.StartsWith("C", StringComparison.OrdinalIgnoreCase), parsed.GetValue(price), parsed.GetValue(spot), parsed.GetValue(strike), time,
                parsed.GetValue(rate) ?? settings.Gex.Rate, parsed.GetValue(dividend));
            var steps = new List<NewtonStep>();
            string by = parsed.GetValue(method)!;
            (VolatilityReason reason, double volatility) = By(by, option, settings.Volatility, steps);
            if (parsed.GetValue(format) == "json") WriteJson(option, by, reason, volatility, parsed.GetValue(verbose) ? steps : null);
            else WriteTable(option, by, reason, volatility, parsed.GetValue(verbose) ? steps : null);
            if (parsed.GetValue(verbose) && by != "newton") Console.Error.WriteLine($"The {by} method has no steps to show; --method newton has.");
            if (reason == VolatilityReason.None) return 0;
            Console.Error.WriteLine($"zerogex: no volatility: {Explain(reason, option, settings.Volatility)}");
            return 1;
        });
        return command;
    }

    // What is no number at all the parser refuses by itself.
    static void Check(Option option, Func<double, bool> isGood, string wish) => option.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && !isGood(value))
            result.AddError($"{option.Name} {token.Value}: {wish}");
    });

    static double? Years(double? years, DateOnly? expiry, string root, DateTimeOffset? at)
    {
        if (years is not null) return years;
        TimeSpan left = Settlement.Of(root, expiry!.Value) - (at ?? DateTimeOffset.UtcNow);
        return left > TimeSpan.Zero ? Math.Max(left.TotalDays / 365, MinuteOfYear) : null;
    }

    static (VolatilityReason Reason, double Volatility) By(string method, in PricedOption x, VolatilitySettings settings, List<NewtonStep> steps)
    {
        if (method == "newton")
        {
            NewtonResult newton = NewtonVolatility.Solve(x, settings, steps);
            return (newton.Reason, newton.Volatility);
        }

        ImpliedVolatilityResult result = method == "scalar" ? ImpliedVolatility.Solve(x) : BatchVolatility.Solve(x);
        return result.IsOk ? (settings.Check(result.Volatility), result.Volatility) : (result.Status.ToReason(), 0);
    }

    static string Explain(VolatilityReason reason, in PricedOption x, VolatilitySettings settings)
    {
        double spot = x.Spot * PortableMath.Exp(-x.DividendYield * x.Years), strike = x.Strike * PortableMath.Exp(-x.Rate * x.Years);
        string words = reason switch
        {
            VolatilityReason.BelowIntrinsic => $"the price {Plain(x.Price)} is at or below the discounted intrinsic value {Plain(Math.Max(0, x.IsCall ? spot - strike : strike - spot))}",
            VolatilityReason.AboveBound => $"the price {Plain(x.Price)} is at or above the discounted {(x.IsCall ? "spot" : "strike")} {Plain(x.IsCall ? spot : strike)}",
            VolatilityReason.NoVega => "in the money, and what the price holds beyond intrinsic value is lost in its last bits",
            VolatilityReason.BelowLowest => $"it would be below IV_MIN ({Plain(settings.Lowest)})",
            VolatilityReason.AboveHighest => $"it would be above IV_MAX ({Plain(settings.Highest)})",
            VolatilityReason.NotConverged => $"the price was not met within IV_TOLERANCE ({Plain(settings.Tolerance)}) after IV_MAX_ITERATIONS ({settings.MaxIterations}) steps",
            _ => reason.ToWords(),
        };
        return words + ".";
    }

    static void WriteJson(in PricedOption x, string method, VolatilityReason reason, double volatility, List<NewtonStep>? steps)
    {
        bool isOk = reason == VolatilityReason.None;
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            method,
            status = reason.ToWords(),
            volatility = isOk ? volatility : (double?)null,
            years = x.Years,
            rate = x.Rate,
            dividendYield = x.DividendYield,
            vega = isOk ? Value(x, volatility).Vega / 100 : (double?)null,
            steps = steps?.Select(step => new { iteration = step.Iteration, volatility = step.Volatility, price = step.Price, error = step.Error, vega = step.Vega / 100, bisection = step.IsBisection }),
        }));
    }

    static void WriteTable(in PricedOption x, string method, VolatilityReason reason, double volatility, List<NewtonStep>? steps)
    {
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = 200; // A file has no edge.
        if (steps is { Count: > 0 })
        {
            var table = new Table().RoundedBorder();
            foreach (string header in new[] { "Step", "Volatility", "Price $", "Error $", "Vega $/point", "" }) table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
            foreach (NewtonStep step in steps)
                table.AddRow($"{step.Iteration}", Plain(step.Volatility), Plain(step.Price), step.Error.ToString("+0.000E+00;-0.000E+00;0", CultureInfo.InvariantCulture), (step.Vega / 100).ToString("G6", CultureInfo.InvariantCulture), step.IsBisection ? "halved" : "");
            AnsiConsole.Write(table);
        }

        if (reason != VolatilityReason.None) return;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{volatility * 100:0.0000} %  ({Plain(volatility)}, {method}, {x.Years:G6} years, vega {Value(x, volatility).Vega / 100:G4} $ per point)"));
    }

    static OptionValue Value(in PricedOption x, double volatility) => BlackScholes.Evaluate(new OptionInputs(x.IsCall, x.Spot, x.Strike, x.Years, volatility, x.Rate, x.DividendYield));

    static string Plain(double value) => value.ToString("G10", CultureInfo.InvariantCulture);
}
