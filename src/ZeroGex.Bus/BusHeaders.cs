using System.Globalization;
using MassTransit;
using ZeroGex.Contracts;
using ZeroGex.Storage;

namespace ZeroGex.Bus;

/// <summary>What travels beside a message: never part of its meaning, only of its delivery.</summary>
static class BusHeaders
{
    const string PreviousHeader = "zerogex-previous";
    const string MarkHeader = "zerogex-answered";

    /// <summary>On the first message of a run: where the run before ended, so that the recorder does not overtake it.</summary>
    public static void SetPrevious(SendContext context, StreamPosition previous) =>
        context.Headers.Set(PreviousHeader, string.Create(CultureInfo.InvariantCulture, $"{previous.Run}/{previous.Sequence}"));

    public static StreamPosition Previous(ConsumeContext context) => Parse(context.Headers.Get<string>(PreviousHeader));

    /// <summary>On the last answer to a fact: how far the fold has answered with it.</summary>
    public static void SetMark(SendContext context, ProgressMark mark) =>
        context.Headers.Set(MarkHeader, string.Create(CultureInfo.InvariantCulture, $"{mark.Consumer}|{mark.Stream}|{mark.Position.Run}/{mark.Position.Sequence}"));

    public static ProgressMark? Mark(ConsumeContext context) =>
        context.Headers.Get<string>(MarkHeader)?.Split('|') is [var consumer, var stream, var position] ? new ProgressMark(consumer, stream, Parse(position)) : null;

    static StreamPosition Parse(string? text) =>
        text?.Split('/') is [var run, var sequence] && long.TryParse(run, CultureInfo.InvariantCulture, out long r) && long.TryParse(sequence, CultureInfo.InvariantCulture, out long s)
            ? new StreamPosition(r, s)
            : default;
}
