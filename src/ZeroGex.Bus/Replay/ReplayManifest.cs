using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ZeroGex.Analytics.Streams;

namespace ZeroGex.Bus.Replay;

/// <summary>What a replay is asked: the same question has the same answer, to the last bit, in any process, on any day.</summary>
/// <param name="Range">Which results.</param>
/// <param name="Roots">The roots, sorted; empty for all that the log has.</param>
/// <param name="Folds">Names of folds, sorted.</param>
/// <param name="Settings">What the folds are told.</param>
public sealed record ReplayQuestion(ReplayRange Range, ImmutableArray<string> Roots, ImmutableArray<string> Folds, FoldSettings Settings)
{
    /// <summary>Equal for equal questions.</summary>
    public string Text() => JsonSerializer.Serialize(this, ReplayJson.Options);
}

/// <summary>What one fold made of one root's session.</summary>
/// <param name="Fold">Its name.</param>
/// <param name="Results">Results within the range.</param>
/// <param name="Late">Rows that came after their window had closed.</param>
/// <param name="Lost">Messages missing in what it read.</param>
/// <param name="Hash">SHA-256 over the canonical results, in order.</param>
public sealed record FoldOutcome(string Fold, long Results, long Late, long Lost, string Hash);

/// <summary>What a replay made of one root's session.</summary>
/// <param name="Root">The option root.</param>
/// <param name="Session">The session date.</param>
/// <param name="Events">Messages read.</param>
/// <param name="Missing">Messages missing between those, in all streams: the gaps of the log.</param>
/// <param name="InputHash">SHA-256 over what was read, byte for byte.</param>
/// <param name="Folds">By fold, in the order of their names.</param>
/// <param name="Unfed">Folds that did not run, because one of their inputs was not recorded.</param>
/// <param name="Engine">The version that answered, with its commit.</param>
/// <param name="Seconds">How long it took, seconds of wall time.</param>
/// <param name="First">The clock of the first fact, UTC.</param>
/// <param name="Last">The newest clock that every stream has reached, UTC: what closes by then has been closed.</param>
/// <param name="Deleted">Events that were recorded and whose rows are gone; those between others are missing, too.</param>
/// <param name="Unknown">Events passed over because this version does not know what they are.</param>
public sealed record UnitOutcome(
    string Root, DateOnly Session, long Events, long Missing, string InputHash, ImmutableArray<FoldOutcome> Folds, ImmutableArray<string> Unfed,
    string Engine, double Seconds, DateTimeOffset First, DateTimeOffset Last, long Deleted = 0, long Unknown = 0);

/// <summary>What a replay was asked and what it found.</summary>
/// <param name="Name">The run's name.</param>
/// <param name="Question">What was asked.</param>
/// <param name="Engine">The version that answered, with its commit.</param>
/// <param name="Units">By session, then root.</param>
/// <param name="Events">Messages read.</param>
/// <param name="Missing">Messages missing in the log.</param>
/// <param name="Late">Rows that came after their window had closed, as that fold counts them which sees the most.</param>
/// <param name="Results">Results written.</param>
/// <param name="Seconds">Wall time of the last go, seconds.</param>
/// <param name="InputHash">Over the input hashes of the units.</param>
/// <param name="OutputHash">Over the result hashes of folds and units. Equal for equal results, whoever calculated them, in whatever order.</param>
public sealed record ReplayManifest(
    string Name, ReplayQuestion Question, string Engine, ImmutableArray<UnitOutcome> Units, long Events, long Missing, long Late, long Results, double Seconds, string InputHash, string OutputHash)
{
    /// <summary>Adds up the units.</summary>
    public static ReplayManifest Of(string name, ReplayQuestion question, string engine, IEnumerable<UnitOutcome> outcomes, double seconds)
    {
        ImmutableArray<UnitOutcome> units = [.. outcomes.OrderBy(unit => unit.Session).ThenBy(unit => unit.Root, StringComparer.Ordinal)];
        return new(
            name, question, engine, units, units.Sum(unit => unit.Events), units.Sum(unit => unit.Missing), units.Sum(unit => unit.Folds.Select(fold => fold.Late).DefaultIfEmpty().Max()),
            units.Sum(unit => unit.Folds.Sum(fold => fold.Results)), seconds,
            HashOf(units.Select(unit => Line($"{unit.Session:yyyy-MM-dd} {unit.Root} {unit.InputHash}"))),
            // A session without a result says nothing, whether it was looked at or not.
            HashOf(units.SelectMany(unit => unit.Folds.Where(fold => fold.Results > 0).Select(fold => Line($"{unit.Session:yyyy-MM-dd} {unit.Root} {fold.Fold} {fold.Results} {fold.Hash}")))));
    }

    /// <summary>Events that were recorded and whose rows are gone.</summary>
    public long Deleted => Units.Sum(unit => unit.Deleted);

    /// <summary>Events passed over because this version does not know what they are.</summary>
    public long Unknown => Units.Sum(unit => unit.Unknown);

    static string HashOf(IEnumerable<string> lines) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));

    static string Line(FormattableString line) => line.ToString(CultureInfo.InvariantCulture) + "\n";
}

/// <summary>How questions, outcomes and manifests are written.</summary>
public static class ReplayJson
{
    /// <summary>camelCase, indented.</summary>
    public static JsonSerializerOptions Options { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true, NumberHandling = JsonNumberHandling.Strict };
}
