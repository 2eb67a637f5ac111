namespace ZeroGex.Analytics.Streams;

/// <summary>What calculates.</summary>
static class Engine
{
    /// <summary>The version that results carry in their model.</summary>
    public static string Version { get; } = typeof(Engine).Assembly.GetName().Version?.ToString(3) ?? "0";
}
