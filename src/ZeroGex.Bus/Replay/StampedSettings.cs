using System.Collections.Immutable;
using System.Text.Json;
using Npgsql;
using ZeroGex.Analytics.Alerts;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Flow;
using ZeroGex.Analytics.Pricing;
using ZeroGex.Analytics.Quality;
using ZeroGex.Analytics.Streams;
using ZeroGex.Storage;

namespace ZeroGex.Bus.Replay;

/// <summary>Rows that one setting of a fold has made.</summary>
/// <param name="Fold">The fold's name.</param>
/// <param name="Root">The option root.</param>
/// <param name="First">When what the first of them is of had ended, UTC.</param>
/// <param name="Last">The same of the last.</param>
public sealed record StampedSpan(string Fold, string Root, DateTimeOffset First, DateTimeOffset Last);

/// <summary>What live rows say they were made with, so that the same can be calculated again.</summary>
/// <param name="Settings">What a fold was told.</param>
/// <param name="Spans">Where its rows are.</param>
public sealed record StampedSettings(FoldSettings Settings, IReadOnlyList<StampedSpan> Spans)
{
    // Of each fold the table whose model says what it was told, which of its rows, and how often it answers. Folds whose tables have no model were told what the chain's was.
    static readonly Speaker[] Speakers =
    [
        new(Tables.FlowSeconds, "true",
            ["aggressorRules", "rate", "dividendYield", "volatilitySource", "lowestVolatility", "highestVolatility", "defaultVolatility", "graceSeconds", "tempoSeconds"],
            [Folds.Flow], Flow, told => told.Flow.Window),
        new(Tables.QualityMinutes, "true", [.. ChainSaid, "staleAfterSeconds", "limits"], [Folds.Quality], Quality, _ => TimeSpan.FromMinutes(1)),
        new(Tables.TradedGex, "true", ["rate", "dividendYield", "legacyRate", "intervalSeconds", "graceSeconds", "lowestVolatility", "highestVolatility"], [Folds.Gex], TradedGex, told => told.Gex.Interval),
        new(Tables.ChainGex, "not (scope = 'all' and weight = 'open_interest')", ChainSaid, [Folds.Chain, Folds.Bars],
            (told, root, model) => Chain(told, root, model, (chain, every) => chain with { ScopesEvery = every }), told => told.Chain.ScopesEvery),
        new(Tables.ChainMaxPain, "true", ChainSaid, [Folds.MaxPain],
            (told, root, model) => Chain(told, root, model, (chain, every) => chain with { GreeksEvery = every }), told => told.Chain.GreeksEvery),
        new(Tables.ChainGreeks, "true", [.. ChainSaid, "convention"], [Folds.Greeks], Greeks, told => told.Chain.GreeksEvery),
        new(Tables.ChainVolatility, "true", ChainSaid, [Folds.Volatility],
            (told, root, model) => Chain(told, root, model, (chain, every) => chain with { VolatilityEvery = every }), told => told.Chain.VolatilityEvery),
    ];

    // What every alert says, whatever it is of.
    static readonly Speaker Rules = new(
        Tables.Alerts, "model is not null", ["rules", "rate", "dividendYield", "volatilitySource", "lowestVolatility", "highestVolatility", "defaultVolatility", "graceSeconds"], [Folds.Alerts],
        (told, _, model) => Named(told, model), _ => TimeSpan.Zero);

    static readonly TimeSpan Instant = TimeSpan.FromMicroseconds(1);

    static string[] ChainSaid =>
    [
        "rate", "dividendYield", "forwardSource", "volatilitySource", "lowestVolatility", "highestVolatility", "defaultVolatility", "graceSeconds", "intervalSeconds", "everySeconds",
    ];

    /// <summary>
    /// The settings of every fold over some sessions, each with the rows that it made. What a row of an older version does not say, and what folds without any row were told, is
    /// taken from <paramref name="otherwise"/>.
    /// </summary>
    public static async Task<IReadOnlyList<StampedSettings>> FindAsync(
        NpgsqlDataSource database, IReadOnlyCollection<ReplayUnit> units, FoldSettings otherwise, CancellationToken cancel)
    {
        var found = new List<(string Text, FoldSettings Settings, StampedSpan Span)>();
        foreach (var unit in units)
        {
            var spoken = new Dictionary<TableShape, List<SettingsSpan>>();
            foreach (var speaker in Speakers)
            {
                var spans = await speaker.ReadAsync(database, unit, otherwise, cancel);
                spoken.Add(speaker.Table, [.. spans]);
                if (spans.Count == 0) spans = [new(otherwise, unit.First, unit.Last)]; // Then every row is missing, and said so.

                // What is missing at either end is missing from the setting there. What is missing between two is of the first, but for what the second may have answered in silence.
                for (int i = 0; i + 1 < spans.Count; i++)
                    if (spans[i + 1].First - speaker.Period(spans[i + 1].Settings) is var end && end > spans[i].Last) spans[i] = spans[i] with { Last = end - Instant };
                spans[0] = spans[0] with { First = DateTimeOffset.MinValue };
                spans[^1] = spans[^1] with { Last = DateTimeOffset.MaxValue };
                foreach (var (settings, first, last) in spans)
                    foreach (var fold in speaker.Folds) Add(settings, new(fold.Name, unit.Root, first, last));
            }

            foreach (var (settings, first, last) in await OfAlertsAsync(database, unit, spoken, otherwise, cancel)) Add(settings, new(Folds.Alerts.Name, unit.Root, first, last));
        }

        return [.. found.GroupBy(said => said.Text).Select(same => new StampedSettings(same.First().Settings, [.. same.Select(said => said.Span)]))];

        void Add(FoldSettings settings, StampedSpan span) => found.Add((JsonSerializer.Serialize(settings, ReplayJson.Options), settings, span));
    }

    // Alerts are too few to tell when settings changed, and name those of their own figures alone: of the rest the tables of chains, flow and quality tell, at the same time. The rules are those that an
    // alert names; each as its own alerts say, and as told where it has found nothing.
    static async Task<List<SettingsSpan>> OfAlertsAsync(
        NpgsqlDataSource database, ReplayUnit unit, Dictionary<TableShape, List<SettingsSpan>> spoken, FoldSettings otherwise, CancellationToken cancel)
    {
        List<SettingsSpan> alerts = await Rules.ReadAsync(database, unit, otherwise, cancel), chain = spoken[Tables.ChainGex];
        // A start answers again what came after the last alert of the run before: there the change is.
        var changes = alerts.Zip(alerts.Skip(1)).ToList();
        var ends = changes.Select(change => change.First.Last)
            .Concat(chain.Zip(chain.Skip(1)).Where(other => !changes.Exists(change => change.First.Last < other.Second.First && change.Second.First > other.First.First)).Select(other => other.Second.First - Instant));

        var found = new List<SettingsSpan>();
        DateTimeOffset first = DateTimeOffset.MinValue;
        foreach (var last in ends.Order().Append(DateTimeOffset.MaxValue))
        {
            var rules = At(alerts, last).Alerts;
            rules = rules with { Rules = await DefinedAsync(database, unit.Root, rules.Rules, first < unit.First ? unit.First : first, last < unit.Last ? last : unit.Last, cancel) };
            found.Add(new(At(chain, last) with { Flow = At(spoken[Tables.FlowSeconds], last).Flow, Quality = At(spoken[Tables.QualityMinutes], last).Quality, Alerts = rules }, first, last));
            first = last + (last < DateTimeOffset.MaxValue ? Instant : default);
        }

        return found;

        FoldSettings At(List<SettingsSpan> spans, DateTimeOffset time) => (spans.FindLast(span => span.First <= time) ?? spans.FirstOrDefault())?.Settings ?? otherwise;
    }

    static async Task<ImmutableArray<AlertRule>> DefinedAsync(NpgsqlDataSource database, string root, ImmutableArray<AlertRule> named, DateTimeOffset first, DateTimeOffset last, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"""
            select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                       'name', rule, 'symbol', model->'symbol', 'metric', metric, 'operator', operator, 'threshold', threshold, 'level', model->'level', 'scope', scope,
                       'weight', model->'weight', 'hysteresis', model->'hysteresis', 'cooldown', model->'cooldownSeconds', 'severity', severity))), '[]')::text
              from (select distinct on (rule) * from {Comparison.LiveSchema}.alerts where root = $1 and time >= $2 and time <= $3 and model is not null order by rule, time desc) as newest
            """);
        command.Parameters.Add(new() { Value = root });
        command.Parameters.Add(new() { Value = first.UtcDateTime });
        command.Parameters.Add(new() { Value = last.UtcDateTime });
        var said = AlertRuleParser.Parse((string)(await command.ExecuteScalarAsync(cancel))!);
        if (!said.Faults.IsEmpty) throw new InvalidOperationException($"Alerts of {root} were raised by rules that this version does not know: {string.Join(" ", said.Faults)}");
        return [.. named.Select(rule => said.Rules.FirstOrDefault(known => known.Name == rule.Name) ?? rule)];
    }

    // Whose definition nobody knows has found nothing: a rule that never does stands in its place.
    static FoldSettings Named(FoldSettings told, JsonElement model) => told with
    {
        Alerts = told.Alerts with
        {
            Rules = [.. model.Text("rules")!.Split(", ").Select(name => told.Alerts.Rules.FirstOrDefault(rule => rule.Name == name) ?? new()
            {
                Name = name, Metric = AlertMetric.NetGex, Operator = AlertOperator.Beyond, Threshold = double.MaxValue,
            })],
        },
    };

    static FoldSettings Quality(FoldSettings told, string root, JsonElement model)
    {
        var chain = Chain(told, root, model, (chain, _) => chain);
        return chain with
        {
            Quality = (model.Text("limits") is { } limits ? QualityLimits.Hear(told.Quality, limits) : told.Quality) with { StaleAfter = model.Seconds("staleAfterSeconds") ?? told.Quality.StaleAfter },
        };
    }

    static FoldSettings TradedGex(FoldSettings told, string root, JsonElement model) => WithYield(told, root, model) with
    {
        Gex = told.Gex with
        {
            Rate = model.Number("rate") ?? told.Gex.Rate,
            InferredRate = model.Number("legacyRate") ?? told.Gex.InferredRate,
            Interval = model.Seconds("intervalSeconds") ?? told.Gex.Interval,
            Grace = model.Seconds("graceSeconds") ?? told.Gex.Grace,
            Volatility = told.Gex.Volatility with { Lowest = model.Number("lowestVolatility") ?? double.Epsilon, Highest = model.Number("highestVolatility") ?? double.MaxValue }, // Before they were said there were none.
        },
    };

    static FoldSettings Greeks(FoldSettings told, string root, JsonElement model)
    {
        var greeks = Chain(told, root, model, (chain, every) => chain with { GreeksEvery = every });
        if (model.Text("convention") is not { } convention) return greeks;
        bool isAmerican = convention.Contains("American gammas", StringComparison.Ordinal);
        return isAmerican == (greeks.For(root).Chain.Style == PricingStyle.American) ? greeks
            : greeks with { AmericanRoots = isAmerican ? greeks.AmericanRoots.Add(root) : greeks.AmericanRoots.Remove(root).Remove(FoldSettings.Listed) };
    }

    static FoldSettings Chain(FoldSettings told, string root, JsonElement model, Func<ChainSettings, TimeSpan, ChainSettings> withEvery) => WithYield(told, root, model) with
    {
        Chain = (model.Seconds("everySeconds") is { } every ? withEvery(told.Chain, every) : told.Chain) with
        {
            Rate = model.Number("rate") ?? told.Chain.Rate,
            ImpliesForwards = model.Text("forwardSource") is { } source ? source.StartsWith("put–call parity", StringComparison.Ordinal) : told.Chain.ImpliesForwards,
            TrustsFeedVolatility = TrustsFeed(model) ?? told.Chain.TrustsFeedVolatility,
            Volatility = Volatility(told.Chain.Volatility, model),
            Slices = told.Chain.Slices with { Grace = model.Seconds("graceSeconds") ?? told.Chain.Slices.Grace },
            Interval = model.Seconds("intervalSeconds") ?? told.Chain.Interval,
        },
    };

    static FoldSettings Flow(FoldSettings told, string root, JsonElement model) => WithYield(told, root, model) with
    {
        Flow = told.Flow with
        {
            Rate = model.Number("rate") ?? told.Flow.Rate,
            LastRule = model.Text("aggressorRules") is { } rules ? (AggressorRule)rules.Count(',') : told.Flow.LastRule, // All up to the last, in their order.
            TrustsFeedVolatility = TrustsFeed(model) ?? told.Flow.TrustsFeedVolatility,
            Volatility = Volatility(told.Flow.Volatility, model),
            Slices = told.Flow.Slices with { Grace = model.Seconds("graceSeconds") ?? told.Flow.Slices.Grace },
            Tempo = model.Seconds("tempoSeconds") ?? told.Flow.Tempo,
        },
    };

    static FoldSettings WithYield(FoldSettings told, string root, JsonElement model) =>
        model.Number("dividendYield") is { } yield && yield != told.For(root).Chain.DividendYield ? told with { DividendYields = told.DividendYields.SetItem(root, yield) } : told;

    static VolatilitySettings Volatility(VolatilitySettings told, JsonElement model) => told with
    {
        Lowest = model.Number("lowestVolatility") ?? told.Lowest,
        Highest = model.Number("highestVolatility") ?? told.Highest,
        Default = model.Number("defaultVolatility") ?? told.Default,
    };

    static bool? TrustsFeed(JsonElement model) => model.Text("volatilitySource")?.StartsWith("feed", StringComparison.Ordinal);

    sealed record SettingsSpan(FoldSettings Settings, DateTimeOffset First, DateTimeOffset Last);

    /// <param name="Rows">The rows that speak, in SQL over the table's columns.</param>
    /// <param name="Said">The members of the model that are settings.</param>
    /// <param name="Period">The least time between its answers.</param>
    sealed record Speaker(TableShape Table, string Rows, string[] Said, FoldSpec[] Folds, Func<FoldSettings, string, JsonElement, FoldSettings> Apply, Func<FoldSettings, TimeSpan> Period)
    {
        // One row for each time that the settings have changed, and the first of all.
        public async Task<List<SettingsSpan>> ReadAsync(
            NpgsqlDataSource database, ReplayUnit unit, FoldSettings otherwise, CancellationToken cancel)
        {
            string said = string.Join(", ", Said.Select(member => $"'{member}', model->'{member}'"));
#pragma warning disable CA2100 // Names are of this project.
            await using var command = database.CreateCommand($"""
                with row as (select {Table.Time} as time, jsonb_build_object({said}) as said from {Comparison.LiveSchema}.{Table.Name} where {Table.Owner} = $1 and {Table.Time} > $2 and {Table.Time} <= $3 and {Rows}),
                     change as (select *, said is distinct from lag(said) over (order by time) as is_new from row),
                     span as (select *, count(*) filter (where is_new) over (order by time) as number from change)
                select said::text, min(time), max(time) from span group by number, said order by 2
                """);
#pragma warning restore CA2100
            command.CommandTimeout = 0;
            command.Parameters.Add(new() { Value = unit.Root });
            command.Parameters.Add(new() { Value = unit.First.UtcDateTime });
            command.Parameters.Add(new() { Value = unit.Last.UtcDateTime });
            await using var reader = await command.ExecuteReaderAsync(cancel);
            var spans = new List<SettingsSpan>();
            while (await reader.ReadAsync(cancel))
            {
                using var model = JsonDocument.Parse(reader.GetString(0));
                spans.Add(new(Apply(otherwise, unit.Root, model.RootElement), reader.GetFieldValue<DateTimeOffset>(1) + Table.Lasts, reader.GetFieldValue<DateTimeOffset>(2) + Table.Lasts));
            }

            return spans;
        }
    }
}

/// <summary>Members of a model that an older version may not have written.</summary>
static class ModelMembers
{
    public static double? Number(this JsonElement model, string member) => model.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    public static TimeSpan? Seconds(this JsonElement model, string member) => model.Number(member) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    public static string? Text(this JsonElement model, string member) => model.TryGetProperty(member, out var value) ? value.GetString() : null;
}
