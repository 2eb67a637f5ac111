using ZeroGex.Contracts;

namespace ZeroGex.MartenReader;

/// <summary>An event of one's own.</summary>
public sealed record NoteTaken(string Text);

/// <summary>What was traded in a stream of prints.</summary>
public sealed partial class Tape
{
    /// <summary>The stream id.</summary>
    public string Id { get; set; } = "";

    /// <summary>Messages, heartbeats included.</summary>
    public long Messages { get; set; }

    /// <summary>Prints in them.</summary>
    public long Prints { get; set; }

    /// <summary>Sum of the prints' sizes, contracts.</summary>
    public long Contracts { get; set; }

    /// <summary>The clock of the last message.</summary>
    public DateTimeOffset Until { get; set; }

    /// <summary>One message more.</summary>
    public void Apply(TradesObserved observed)
    {
        Messages++;
        Prints += observed.Trades.Length;
        Contracts += observed.Trades.Sum(print => (long)print.Size);
        Until = observed.Stamp.AsOf;
    }
}
