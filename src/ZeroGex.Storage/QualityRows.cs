using System.Text.Json;
using ZeroGex.Contracts;

namespace ZeroGex.Storage;

/// <summary>What a minute of a root's data was worth: a row of <c>quality_minutes</c>, behind <c>quality_findings</c> and <c>data_quality_log</c>.</summary>
/// <param name="Time">The minute's end, UTC.</param>
/// <param name="Root">The option root.</param>
/// <param name="Session">The session date of its streams.</param>
/// <param name="State"><c>ok</c>, <c>warning</c> or <c>bad</c>: the worst of the findings.</param>
/// <param name="IsOpen">True within trading hours.</param>
/// <param name="Rows">Rows of all inputs.</param>
/// <param name="Late">Rows of these that came after their slice had closed.</param>
/// <param name="Lost">Messages missing in the sequences.</param>
/// <param name="Quotes">Rows that are quotes.</param>
/// <param name="Crossed">Quotes with a bid above the ask.</param>
/// <param name="Locked">Quotes with a bid that is the ask.</param>
/// <param name="OneSided">Quotes with a bid or an ask alone.</param>
/// <param name="Empty">Quotes with neither.</param>
/// <param name="WithoutSize">Quotes with a price that has no size.</param>
/// <param name="Contracts">Contracts known that have not settled.</param>
/// <param name="Quoted">Of these, quoted at least once.</param>
/// <param name="Stale">Of these, not quoted for a while though the strikes beside them were.</param>
/// <param name="WithoutOpenInterest">Of these, with unknown open interest.</param>
/// <param name="Inputs">By input: JSON arrays <c>[kind, rows, late, lost, silent seconds, missed seconds]</c>.</param>
/// <param name="Volatilities">Contracts by the source of their volatility: JSON arrays <c>[source, contracts]</c>.</param>
/// <param name="Findings">JSON arrays <c>[issue, input, state, value, warning, bad]</c>.</param>
/// <param name="Incomplete">True when facts of the session before were missed or lost everywhere.</param>
/// <param name="Model">How the figures were made, a JSON object.</param>
public sealed record QualityMinuteRow(
    DateTimeOffset Time, string Root, DateOnly Session, string State, bool IsOpen, long Rows, long Late, long Lost,
    long Quotes, long Crossed, long Locked, long OneSided, long Empty, long WithoutSize,
    int Contracts, int Quoted, int Stale, int WithoutOpenInterest,
    [Json] string Inputs, [Json] string Volatilities, [Json] string Findings,
    bool Incomplete, [Json(Except = "engineVersion")] string Model)
{
    /// <summary>A result as its row.</summary>
    public static QualityMinuteRow Of(QualityCalculated minute) => new(
        minute.End, minute.Root, minute.Session, Word(minute.State), minute.IsOpen,
        minute.Inputs.Sum(input => input.Rows), minute.Inputs.Sum(input => input.Late), minute.Inputs.Sum(input => input.Lost),
        minute.Quotes.Rows, minute.Quotes.Crossed, minute.Quotes.Locked, minute.Quotes.OneSided, minute.Quotes.Empty, minute.Quotes.WithoutSize,
        minute.Contracts.Known, minute.Contracts.Quoted, minute.Contracts.Stale, minute.Contracts.WithoutOpenInterest,
        JsonSerializer.Serialize(minute.Inputs.Select(input => new object?[] { input.Kind, input.Rows, input.Late, input.Lost, input.SilentSeconds, input.MissedSeconds })),
        JsonSerializer.Serialize(minute.Volatilities.Select(source => new object[] { source.What, source.Contracts })),
        JsonSerializer.Serialize(minute.Findings.Select(finding => new object?[] { Word(finding.Issue), finding.Input, Word(finding.State), finding.Value, finding.Warning, finding.Bad })),
        minute.Incomplete, RowJson.Of(minute.Model));

    static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
