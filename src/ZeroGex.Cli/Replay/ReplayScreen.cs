using System.Diagnostics;
using System.Globalization;
using ZeroGex.Bus.Replay;

namespace ZeroGex.Cli;

/// <summary>How far a replay is, on one line of a terminal, or a line every ten seconds in a pipe; and the keys that pace it.</summary>
sealed class ReplayScreen : IAsyncDisposable
{
    const int BarWidth = 24;

    static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(100), PipedFrame = TimeSpan.FromSeconds(10);

    readonly ReplayProgress _progress;
    readonly ReplayClock? _clock;
    readonly CancellationTokenSource _interrupt;
    readonly CancellationTokenSource _ended = new();
    readonly long _started = Stopwatch.GetTimestamp();
    readonly bool _isTerminal = !Console.IsErrorRedirected;
    readonly Task _drawing;

    /// <param name="interrupt">Cancelled by the key q.</param>
    public ReplayScreen(ReplayProgress progress, ReplayClock? clock, CancellationTokenSource interrupt)
    {
        (_progress, _clock, _interrupt) = (progress, clock, interrupt);
        _drawing = Task.Run(DrawAsync);
    }

    public async ValueTask DisposeAsync()
    {
        if (_ended.IsCancellationRequested) return;
        await _ended.CancelAsync();
        await _drawing;
        if (_isTerminal) Console.Error.Write("\r\x1b[K");
    }

    async Task DrawAsync()
    {
        while (true)
        {
            await Task.Delay(_isTerminal ? Frame : PipedFrame, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_ended.IsCancellationRequested) return;
            if (_clock is not null && !Console.IsInputRedirected)
                while (Console.KeyAvailable) Obey(Console.ReadKey(intercept: true));
            Console.Error.Write(_isTerminal ? $"\r{Line()}\x1b[K" : $"{Line()}\n");
        }
    }

    void Obey(ConsoleKeyInfo key)
    {
        switch (key)
        {
            case { Key: ConsoleKey.Spacebar }: _clock!.IsPaused = !_clock.IsPaused; break;
            case { Key: ConsoleKey.RightArrow } when _clock!.Now is { } now: _clock.SeekTo(now.AddMinutes(1)); break;
            case { KeyChar: '+' }: _clock!.Speed = Math.Min(1000, _clock.Speed * 2); break;
            case { KeyChar: '-' }: _clock!.Speed = Math.Max(0.25, _clock.Speed / 2); break;
            case { KeyChar: 'q' }: _interrupt.Cancel(); break;
        }
    }

    string Line()
    {
        double seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        string market = _progress.MarketTicks == 0 ? "" : $" · {new DateTime(_progress.MarketTicks):yyyy-MM-dd HH:mm:ss} UTC";
        string pace = _clock is null ? "" : _clock.IsPaused ? " · paused" : string.Create(CultureInfo.InvariantCulture, $" · {_clock.Speed:0.##}×");
        return Line(_progress.Events, _progress.Skipped, _progress.Total, seconds, string.Create(CultureInfo.InvariantCulture, $" · {_progress.Results:#,0} results{market}{pace}"));
    }

    /// <summary>How far all goes together are, how fast this one is, and how long it takes at that.</summary>
    /// <param name="events">Messages read.</param>
    /// <param name="skipped">Those of them that earlier goes have read.</param>
    /// <param name="total">Messages to read.</param>
    /// <param name="seconds">Since this go began.</param>
    /// <param name="middle">What else there is to say.</param>
    internal static string Line(long events, long skipped, long total, double seconds, string middle)
    {
        double share = total == 0 ? 0 : Math.Min(1, (double)events / total), rate = Math.Max(0, events - skipped) / seconds;
        string bar = new string('█', (int)(share * BarWidth)).PadRight(BarWidth, '░');
        string left = rate == 0 || share == 1 ? "" : $" · {Span((total - events) / rate)} left";
        return string.Create(CultureInfo.InvariantCulture, $"{bar} {share * 100:0} % · {rate:#,0} events/s{middle}{left}");
    }

    static string Span(double seconds) => TimeSpan.FromSeconds(Math.Min(seconds, 359_999)).ToString(seconds < 3600 ? @"m\:ss" : @"h\:mm\:ss", CultureInfo.InvariantCulture);
}
