using System.Diagnostics;
using Xunit;

namespace ZeroGex.IntegrationTests;

/// <summary>Waits for a condition, never for a time.</summary>
static class Wait
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static Task ForAsync(Func<Task<bool>> condition, string what) => ForAsync(condition, () => what);

    public static Task ForAsync(Func<bool> condition, string what) => ForAsync(condition, () => what);

    public static Task ForAsync(Func<bool> condition, Func<string> what) => ForAsync(() => Task.FromResult(condition()), what);

    static async Task ForAsync(Func<Task<bool>> condition, Func<string> what)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > Patience) Assert.Fail($"Waited {Patience} for {what()}.");
            await Task.Delay(10);
        }
    }
}
