namespace ZeroGex.Analytics.Streams;

/// <summary>How folds of several inputs cut time.</summary>
public sealed record SliceSettings
{
    /// <summary>Length of a slice, at least a millisecond; slices are aligned to the Unix epoch, and a minute is a whole number of them.</summary>
    public TimeSpan Length { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long after its end a slice still takes facts: an input closes it when its AsOf is at or past end + grace.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMilliseconds(250);
}
