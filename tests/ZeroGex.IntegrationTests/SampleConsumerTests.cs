using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;
using Xunit;
using ZeroGex.Analytics.Gex;
using ZeroGex.Bus;
using ZeroGex.Bus.Consumers;
using ZeroGex.Bus.Feeds;
using ZeroGex.Bus.Gateway;
using ZeroGex.Contracts;

namespace ZeroGex.IntegrationTests;

/// <summary>The programs under <c>samples/</c> read the bus from outside: run as a user would run them, they print what was published.</summary>
public sealed class SampleConsumerTests
{
    static readonly string Root = FindRoot();
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("csharp-consumer/Program.cs", 30)]
    [InlineData("python-consumer/consumer.py", 25)]
    public void Sample_is_short_and_stands_outside(string sample, int mostLines)
    {
        string path = Path.Combine(Root, "samples", sample);
        Assert.InRange(File.ReadAllLines(path).Length, 1, mostLines);
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(path)!, "*.*").Where(file => Path.GetExtension(file) is ".cs" or ".csproj" or ".py"))
            Assert.DoesNotMatch(@"\bsrc[/\\]", File.ReadAllText(file));
    }

    [Fact]
    public async Task CSharp_sample_prints_what_was_published()
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        string program = Path.Combine(Root, "samples", "csharp-consumer", "bin", configuration, "net10.0", "csharp-consumer");
        if (!File.Exists(program)) Missing($"{program} is missing: dotnet build -c {configuration} samples/csharp-consumer");
        await PrintsWhatWasPublishedAsync(program, [], []);
    }

    [Fact]
    public async Task Python_sample_prints_what_was_published()
    {
        const string Python = "/usr/bin/python3"; // Debian's python3-* belong to Debian's Python.
        string modules = Servers.NewFolder();
        string protos = Path.Combine(Root, "contracts", "proto");
        if (!await SucceedsAsync(Python, "-c", "import pika, google.protobuf")) Missing("pika and protobuf are not here: apt-get install python3-pika python3-protobuf");
        if (!await SucceedsAsync("protoc", "-I", protos, $"--python_out={modules}", "facts.proto")) Missing("protoc is not here: apt-get install protobuf-compiler");
        await PrintsWhatWasPublishedAsync(Python, ["-B", Path.Combine(Root, "samples", "python-consumer", "consumer.py")], new() { ["PYTHONPATH"] = modules });
    }

    /// <summary>Starts the sample on a broker of its own, publishes as gateway and fold do, and compares its output, row by row.</summary>
    static async Task PrintsWhatWasPublishedAsync(string program, string[] arguments, Dictionary<string, string> environment)
    {
        var address = await Servers.NewVirtualHostAsync();
        await using var connection = await new ConnectionFactory { Uri = address }.CreateConnectionAsync(Cancel);
        await Topology.DeclareAsync(connection, partitions: 1, Cancel);

        var facts = await FactsAsync();
        var windows = WindowsOf(facts.OfType<TradesObserved>());
        Assert.NotEmpty(windows);
        int seen = facts.Count(fact => fact is QuotesObserved or TradesObserved) + windows.Count;

        using var sample = Start(program, [.. arguments, address.AbsoluteUri, seen.ToString(CultureInfo.InvariantCulture)], environment);
        var errors = new List<string>();
        try
        {
            await UntilListeningAsync(sample, errors);
            var output = sample.StandardOutput.ReadToEndAsync(Cancel);
            var rest = sample.StandardError.ReadToEndAsync(Cancel);
            await PublishAsync(address, facts, windows);

            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            patience.CancelAfter(Patience);
            await sample.WaitForExitAsync(patience.Token);
            errors.Add(await rest);
            string said = await output;
            Assert.True(sample.ExitCode == 0, $"{program} ended with {sample.ExitCode}: {string.Join('\n', errors)}");
            Assert.Equal(facts.SelectMany(RowsOf).Concat(windows.Select(RowOf)).Select(Plain), said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Plain));
        }
        finally
        {
            if (!sample.HasExited) sample.Kill();
        }
    }

    /// <summary>The released samples with their odd rows, then two seconds of the simulated market as the gateway cuts and stamps them.</summary>
    static async Task<List<IMarketFact>> FactsAsync()
    {
        string samples = Path.Combine(Root, "contracts", "samples");
        var facts = new List<IMarketFact>
        {
            (QuotesObserved)Wire.Decode(typeof(QuotesObserved), Wire.Json, await File.ReadAllBytesAsync(Path.Combine(samples, "quotes_observed.v1.json"), Cancel)),
            (TradesObserved)Wire.Decode(typeof(TradesObserved), Wire.Json, await File.ReadAllBytesAsync(Path.Combine(samples, "trades_observed.v1.json"), Cancel)),
        };

        var start = new DateTimeOffset(2026, 1, 16, 15, 0, 0, TimeSpan.Zero);
        var market = new SimulatedFeedSettings(Roots: ["SPXW", "SPY"], From: start, Until: start.AddSeconds(2), TradesPerSecond: 20, Speed: double.PositiveInfinity);
        var feed = new SimulatedFeed(market, TimeProvider.System);
        var stamper = new Stamper(new GatewaySettings(), feed.Sessions, run: 1, position: null, new Dictionary<string, StreamState>(), new Refusals(feed.Name, NullLogger<Refusals>.Instance));
        await foreach (var batch in feed.ReadAsync(null, Cancel)) facts.AddRange(stamper.Add(batch).SelectMany(beat => beat.Facts));
        facts.AddRange(stamper.End().SelectMany(beat => beat.Facts));
        return facts;
    }

    static List<GexCalculated> WindowsOf(IEnumerable<TradesObserved> facts)
    {
        var folds = new Dictionary<string, GexAggregator>();
        var windows = new List<GexCalculated>();
        foreach (var fact in facts)
        {
            string stream = fact.Stamp.Stream;
            if (!folds.TryGetValue(stream, out var fold)) folds[stream] = fold = new GexAggregator(fact.Root, Contract.ParseStreamId(stream).Session, new GexSettings());
            windows.AddRange(fold.Apply(fact));
        }

        return windows;
    }

    static async Task PublishAsync(Uri address, IEnumerable<IMarketFact> facts, IEnumerable<GexCalculated> windows)
    {
        string[] user = address.UserInfo.Split(':');
        var settings = new BusSettings
        {
            RabbitHost = address.Host,
            RabbitPort = address.Port,
            RabbitUser = user[0],
            RabbitPassword = user[1],
            RabbitVirtualHost = Uri.UnescapeDataString(address.AbsolutePath[1..]),
        };
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(TimeProvider.System).AddLogging(logging => logging.ClearProviders()).AddZeroGexBus(settings, new HashSet<string>());
        using var host = builder.Build();
        await host.StartAsync(Cancel);
        var (publisher, results) = (host.Services.GetRequiredService<FactPublisher>(), host.Services.GetRequiredService<ResultPublisher>());
        foreach (var fact in facts) await publisher.PublishAsync(new Spooled(fact, Wire.Encode(fact, Wire.Preferred(fact.GetType())), default), Cancel);
        foreach (var window in windows) await results.PublishAsync(new Answer(window, Mark: null), Cancel);
        await host.StopAsync(Cancel);
    }

    static IEnumerable<string> RowsOf(IMarketFact fact) => fact switch
    {
        QuotesObserved m => Enumerable.Range(0, m.Time.Length).Select(i => FormattableString.Invariant(
            $"quote {m.Root} {m.Time[i]} {Name(m.Contracts[m.Contract[i]])} {m.Bid[i]} {m.Ask[i]} {m.BidSize[i]} {m.AskSize[i]} {m.Spot[i]}")),
        TradesObserved m => m.Trades.Select(t => FormattableString.Invariant(
            $"print {m.Root} {(t.Time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond} {Name(t.Contract)} {t.Price} {t.Size} {t.Spot} {t.Aggressor}")),
        _ => [],
    };

    static string RowOf(GexCalculated m) => FormattableString.Invariant($"gex {m.Root} {m.End:O} {m.Expiration:O} {m.Spot} {m.NaiveDay.Sum} {m.DealerSignedDay.Sum}");

    static string Name(OptionContract contract) => FormattableString.Invariant($"{contract.Expiration:O} {contract.Strike} {contract.Right}");

    /// <summary>Languages write the same number and the same instant differently; here they are written one way, bit for bit.</summary>
    static string Plain(string row) => string.Join(' ', row.Split(' ').Select(word =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number.ToString("R", CultureInfo.InvariantCulture)
        : word.Contains(':', StringComparison.Ordinal) && DateTimeOffset.TryParse(word, CultureInfo.InvariantCulture, out var time) ? time.ToString("O", CultureInfo.InvariantCulture)
        : word));

    static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
    }

    static async Task UntilListeningAsync(Process sample, List<string> errors)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(Patience);
        while (await sample.StandardError.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.StartsWith("Listening", StringComparison.Ordinal)) return;
            errors.Add(line);
        }

        Assert.Fail($"The sample ended before it listened: {string.Join('\n', errors)}");
    }

    static async Task<bool> SucceedsAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Start(program, arguments, new Dictionary<string, string>());
            var errors = process.StandardError.ReadToEndAsync(Cancel);
            await process.StandardOutput.ReadToEndAsync(Cancel);
            await process.WaitForExitAsync(Cancel);
            await errors;
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // There is no such program.
        }
    }

    static void Missing(string what)
    {
        if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 }) Assert.Fail(what);
        Assert.Skip(what);
    }

    static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ZeroGex.Bus.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("ZeroGex.Bus.sln is in no parent folder.");
    }
}
