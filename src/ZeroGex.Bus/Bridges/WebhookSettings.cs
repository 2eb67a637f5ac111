using System.Collections.Immutable;

namespace ZeroGex.Bus.Bridges;

/// <summary>Where alerts are posted, and how hard that is tried.</summary>
public sealed record WebhookSettings
{
    /// <summary>HTTP or HTTPS addresses; none: alerts are logged and no more.</summary>
    public ImmutableArray<Uri> Urls { get; init; } = [];

    /// <summary>What signatures are made with; every receiver has it too.</summary>
    public string Secret { get; init; } = "";

    /// <summary>An alert that is older when it comes is recorded and not sent; zero sends all.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How often a post is tried at most.</summary>
    public int MaxAttempts { get; init; } = 10;

    /// <summary>How long after the first failure it is tried again; twice as long after each further one.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest of these delays.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long an answer is waited for.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the table is asked for what is due again.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);
}
