using Xunit;
using ZeroGex.Analytics.Backtest;
using ZeroGex.Analytics.Streams;
using ZeroGex.Cli;
using ZeroGex.Contracts;

namespace ZeroGex.Tests.Backtest;

/// <summary>Strategies by name, from C# files and from assemblies, with their parameters.</summary>
public sealed class StrategySourceTests : IDisposable
{
    static readonly string Sample = Path.Combine(SharedFiles.Root, "samples", "strategies", "Fade.cs");

    readonly string _folder = Directory.CreateTempSubdirectory("zerogex-test-").FullName;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bundled_ones_come_by_name_with_their_parameters()
    {
        using var source = await StrategySource.OpenAsync("zero-gamma", ["Shares=7", "until=09:30:30", "band=0"], Cancel);
        var engine = new BacktestEngine(SomeFacts.Root, source.Strategy, new());
        engine.Apply(SomeFacts.Quotes(1.3, (1.3, 101)));
        engine.Show(SomeWindow.Ending(SomeFacts.At(1), zeroGamma: 100.99));
        engine.Apply(SomeFacts.Quotes(1.4, (1.4, 101)));
        Assert.Equal(7, engine.Now.Position);
    }

    [Theory]
    [InlineData("scope=0dte", ChainScope.ZeroDays, ChainWeight.OpenInterest)]
    [InlineData("weight=volume", ChainScope.All, ChainWeight.Volume)]
    public async Task Words_are_those_of_the_contracts_whatever_their_case(string parameter, ChainScope scope, ChainWeight weight)
    {
        using var source = await StrategySource.OpenAsync("wall-fade", [parameter], Cancel);
        var engine = new BacktestEngine(SomeFacts.Root, source.Strategy, new());
        engine.Apply(SomeFacts.Quotes(1.3, (1.3, 105)));
        engine.Show(SomeChain.Of(SomeFacts.At(1), call: 105, put: 95, scope, weight));
        engine.Apply(SomeFacts.Quotes(1.4, (1.4, 105)));
        Assert.Equal(-100, engine.Now.Position);
    }

    [Theory]
    [InlineData("wall-fade", "size=3", "WallFade has no such parameter; there are shares (Int64), band (Double), scope (ChainScope), weight (ChainWeight), until (TimeOnly).")]
    [InlineData("wall-fade", "shares=many", "--param shares: 'many' is no Int64.")]
    [InlineData("wall-fade", "until=25:00", "--param until: '25:00' is no TimeOnly.")]
    [InlineData("wall-fade", "scope=1", "--param scope: '1' is no All, 0DTE, Weekly, Monthly.")]
    [InlineData("wall-fade", "shares", "write KEY=VALUE")]
    [InlineData("wall-fode", "shares=1", "there are wall-fade, zero-gamma, PATH.cs and PATH.dll")]
    public async Task What_does_not_fit_is_said(string name, string parameter, string message)
    {
        var error = await Assert.ThrowsAsync<SettingsException>(() => StrategySource.OpenAsync(name, [parameter], Cancel));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sample_compiles_and_trades()
    {
        using var source = await StrategySource.OpenAsync(Sample, ["shares=50", "near=0.5"], Cancel);
        var engine = new BacktestEngine(SomeFacts.Root, source.Strategy, new());
        engine.Apply(SomeFacts.Quotes(1.3, (1.3, 104.5)));
        engine.Show(SomeWindow.Ending(SomeFacts.At(1), call: 105, put: 95));
        engine.Apply(SomeFacts.Quotes(1.4, (1.4, 104.4)));
        Assert.Equal(-50, engine.Now.Position);
        engine.Show(SomeWindow.Ending(SomeFacts.At(1), call: 105, put: 95));
        engine.Apply(SomeFacts.Quotes(1.5, (1.5, 104.4)));
        Assert.Equal(0, engine.Now.Position);
    }

    [Fact]
    public async Task A_file_may_hear_of_chains_alone()
    {
        string path = await WriteAsync("Regime.cs", """
            using ZeroGex.Analytics.Backtest;
            using ZeroGex.Contracts;
            public sealed class Regime : IStrategy
            {
                public void OnChain(ChainGexCalculated chain, Desk desk) => desk.Target(10 * chain.Regime);
            }
            """);
        using var source = await StrategySource.OpenAsync(path, [], Cancel);
        Assert.Equal([Folds.Chain], SessionFolds.HeardBy(source.Strategy));
        var engine = new BacktestEngine(SomeFacts.Root, source.Strategy, new());
        engine.Apply(SomeFacts.Quotes(1.3, (1.3, 105)));
        engine.Show(SomeChain.Of(SomeFacts.At(1)));
        engine.Apply(SomeFacts.Quotes(1.4, (1.4, 105)));
        Assert.Equal(10, engine.Now.Position);
    }

    [Fact]
    public async Task Errors_of_a_file_come_with_their_lines()
    {
        string path = await WriteAsync("Broken.cs", """
            using ZeroGex.Analytics.Backtest;
            using ZeroGex.Contracts;
            public sealed class Broken : IStrategy
            {
                public void OnResult(GexCalculated window, GexLadder ladder, Desk desk) => desk.Bye(100);
            }
            """);
        var error = await Assert.ThrowsAsync<SettingsException>(() => StrategySource.OpenAsync(path, [], Cancel));
        Assert.Contains("Broken.cs(5,85): error CS1061", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_is_placed_in_its_file_and_parameters_may_be_needed()
    {
        string path = await WriteAsync("Two.cs", """
            using ZeroGex.Analytics.Backtest;
            using ZeroGex.Contracts;
            public sealed class Failing(int answer) : IStrategy
            {
                public void OnResult(GexCalculated window, GexLadder ladder, Desk desk)
                {
                    throw new Exception($"no {answer}");
                }
            }
            public sealed class Refusing : IStrategy
            {
                public Refusing() => throw new ArgumentException("not today");
                public void OnResult(GexCalculated window, GexLadder ladder, Desk desk) { }
            }
            """);
        Assert.Contains("there are Failing, Refusing; name one, as in", (await Refused(path)).Message, StringComparison.Ordinal);
        Assert.Contains("--param answer=...: Failing needs it, a Int32", (await Refused($"{path}:Failing")).Message, StringComparison.Ordinal);
        Assert.Contains("Refusing refuses its parameters: not today", (await Refused($"{path}:Refusing")).Message, StringComparison.Ordinal);
        using var source = await StrategySource.OpenAsync($"{path}:Failing", ["answer=42"], Cancel);
        var error = Assert.Throws<StrategyException>(() => SomeFacts.Run(MoneyTests.EverySecond([100]), source.Strategy));
        Assert.EndsWith("Exception: no 42", error.Message, StringComparison.Ordinal);
        Assert.Equal("Two.cs:7", StrategySource.PlaceOf(error));
    }

    [Fact]
    public async Task An_assembly_is_loaded_beside_ours_and_talks_to_ours()
    {
        using var source = await StrategySource.OpenAsync($"{typeof(Restless).Assembly.Location}:{nameof(Restless)}", ["quantity=3", "withOptions=false"], Cancel);
        Assert.NotSame(typeof(Restless), source.Strategy.GetType());
        var report = SomeFacts.Run(MoneyTests.EverySecond([100, 101, 99, 100]), source.Strategy);
        Assert.Equal(SomeFacts.Run(MoneyTests.EverySecond([100, 101, 99, 100]), new Restless(quantity: 3, withOptions: false)).FillsHash, report.FillsHash);
    }

    [Fact]
    public async Task What_is_no_strategy_is_refused()
    {
        string text = await WriteAsync("Text.dll", "no assembly");
        Assert.Contains("cannot be loaded", (await Refused(text)).Message, StringComparison.Ordinal);
        Assert.Contains("no class there implements IStrategy", (await Refused(await WriteAsync("None.cs", "public sealed class None;"))).Message, StringComparison.Ordinal);
        Assert.Contains("no file of that name", (await Refused(Path.Combine(_folder, "Missing.cs"))).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static Task<SettingsException> Refused(string name) => Assert.ThrowsAsync<SettingsException>(() => StrategySource.OpenAsync(name, [], Cancel));

    async Task<string> WriteAsync(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        await File.WriteAllTextAsync(path, text, Cancel);
        return path;
    }
}
