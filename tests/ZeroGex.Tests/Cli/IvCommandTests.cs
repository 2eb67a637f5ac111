using System.Globalization;
using System.Text.Json;
using Xunit;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Cli;

/// <summary>The command as people run it: a process, its output, its exit code.</summary>
public sealed class IvCommandTests
{
    const string Question = "iv solve --price 2.30 --spot 455 --strike 460 --years 0.05 --right C";

    static readonly PricedOption Option = new(true, 2.30, 455, 460, 0.05, 0.05);

    [Theory]
    [InlineData("portable", 1e-13)]
    [InlineData("scalar", 1e-13)]
    [InlineData("newton", 1e-6)]
    public async Task Every_method_gives_the_volatility_at_which_the_option_is_worth_its_price(string method, double tolerance)
    {
        Answer answer = await RunAsync($"{Question} --method {method} -f json");
        Assert.Equal((0, ""), (answer.Code, answer.Errors));
        JsonElement json = JsonDocument.Parse(answer.Output).RootElement;
        Assert.Equal("ok", json.GetProperty("status").GetString());
        double volatility = json.GetProperty("volatility").GetDouble();
        double price = BlackScholes.Evaluate(new OptionInputs(true, 455, 460, 0.05, volatility, 0.05)).Price;
        Assert.InRange(price, 2.30 * (1 - tolerance) - 1e-15, 2.30 * (1 + tolerance) + 1e-15);
        Assert.Equal(0.05, json.GetProperty("rate").GetDouble());
    }

    [Fact]
    public async Task Newton_shows_its_steps_to_the_answer()
    {
        Answer answer = await RunAsync($"{Question} --method newton -v -f json");
        JsonElement json = JsonDocument.Parse(answer.Output).RootElement;
        var expected = new List<NewtonStep>();
        NewtonResult result = NewtonVolatility.Solve(Option, new(), expected);
        var steps = json.GetProperty("steps").EnumerateArray().ToList();
        Assert.Equal(result.Iterations, steps.Count);
        Assert.Equal(expected.Select(step => (step.Iteration, step.Volatility, step.Price, step.Error, step.Vega / 100)), steps.Select(step => (
            step.GetProperty("iteration").GetInt32(), step.GetProperty("volatility").GetDouble(), step.GetProperty("price").GetDouble(),
            step.GetProperty("error").GetDouble(), step.GetProperty("vega").GetDouble())));
        Assert.Equal(result.Volatility, json.GetProperty("volatility").GetDouble());

        Answer table = await RunAsync($"{Question} --method newton -v");
        Assert.Equal(0, table.Code);
        foreach (string word in new[] { "Step", "Volatility", "Error", "Vega", "0.2 ", (result.Volatility * 100).ToString("0.0000", CultureInfo.InvariantCulture) + " %" }) Assert.Contains(word, table.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--price 1 --spot 455 --strike 440 --years 0.05 --right C", "intrinsic value 16.")]
    [InlineData("--price 460 --spot 455 --strike 440 --years 0.05 --right C", "discounted spot 455")]
    [InlineData("--price 400 --spot 455 --strike 460 --years 0.05 --right C", "above IV_MAX (5)")]
    [InlineData("--price 400 --spot 455 --strike 460 --years 0.05 --right C --method newton", "above IV_MAX (5)")]
    [InlineData("--price 2.3 --spot 455 --strike 460 --years 0.05 --right C --set IV_MIN=0.5", "below IV_MIN (0.5)")]
    [InlineData("--price 2.3 --spot 455 --strike 460 --years 0.05 --right C --method newton --set IV_MIN=0.5", "below IV_MIN (0.5)")]
    [InlineData("--price 2.3 --spot 455 --strike 460 --years 0.05 --right C --method newton --set IV_MAX_ITERATIONS=1", "after IV_MAX_ITERATIONS (1) steps")]
    public async Task Where_there_is_no_volatility_it_says_why_and_exits_with_1(string arguments, string reason)
    {
        Answer answer = await RunAsync("iv solve " + arguments + " -f json");
        Assert.True(answer.Code == 1, $"{answer}");
        Assert.Contains(reason, answer.Errors, StringComparison.Ordinal);
        JsonElement json = JsonDocument.Parse(answer.Output).RootElement;
        Assert.Equal(JsonValueKind.Null, json.GetProperty("volatility").ValueKind);
        Assert.NotEqual("ok", json.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("iv solve --spot 455 --strike 460 --years 0.05 --right C", "--price")]
    [InlineData("iv solve --price abc --spot 455 --strike 460 --years 0.05 --right C", "abc")]
    [InlineData("iv solve --price 2 --spot -455 --strike 460 --years 0.05 --right C", "--spot")]
    [InlineData("iv solve --price 2 --spot 455 --strike 460 --years 0 --right C", "--years")]
    [InlineData("iv solve --price 2 --spot 455 --strike 460 --right C", "--expiry")]
    [InlineData("iv solve --price 2 --spot 455 --strike 460 --years 1 --expiry 2030-01-18 --right C", "--expiry")]
    [InlineData("iv solve --price 2 --spot 455 --strike 460 --expiry 2020-01-17 --right C", "2020-01-17 has settled")]
    [InlineData("iv solve --price 2 --spot 455 --strike 460 --years 0.05 --right X", "--right")]
    [InlineData("iv solve --price 2 --spot 455 --strike 460 --years 0.05 --right C --rate 5", "--rate")]
    [InlineData("iv solve --price 2 --spot 455 --strike 460 --years 0.05 --right C --method guess", "newton")]
    [InlineData("iv solve --price 2 --spot 455 --strike 460 --years 0.05 --right C --set IV_MIN=6", "IV_MIN")]
    [InlineData("iv solve --price 2 --spot 455 --strike 460 --years 0.05 --right C --set IV_TOLERANCE=0", "IV_TOLERANCE")]
    public async Task A_question_that_makes_no_sense_exits_with_2(string arguments, string named)
    {
        Answer answer = await RunAsync(arguments);
        Assert.True(answer.Code == 2, $"{answer}");
        Assert.Contains(named, answer.Errors, StringComparison.Ordinal);
        Assert.Equal("", answer.Output);
    }

    // A half day: 2026-11-27 settles at 13:00 New York, 18:00 UTC.
    [Fact]
    public async Task An_expiry_is_the_time_to_its_settlement()
    {
        Answer answer = await RunAsync("iv solve --price 2 --spot 455 --strike 456 --expiry 2026-11-27 --at 2026-11-26T18:00:00Z --right p --dividend 0.01 --rate -0.01 -f json");
        Assert.Equal(0, answer.Code);
        JsonElement json = JsonDocument.Parse(answer.Output).RootElement;
        Assert.Equal(1 / 365.0, json.GetProperty("years").GetDouble(), 1e-15);
        double price = BlackScholes.Evaluate(new OptionInputs(false, 455, 456, 1 / 365.0, json.GetProperty("volatility").GetDouble(), -0.01, 0.01)).Price;
        Assert.Equal(2, price, 1e-12);
    }

    [Fact]
    public async Task Help_shows_examples()
    {
        Answer answer = await RunAsync("iv solve --help");
        Assert.Equal(0, answer.Code);
        Assert.Contains("zerogex iv solve --price", answer.Output, StringComparison.Ordinal);
        Assert.Contains("Exit code", answer.Output, StringComparison.Ordinal);
    }

    static Task<Answer> RunAsync(string arguments) => ProgramRun.RunAsync(arguments.Split(' '));
}
