using System.Runtime.Serialization;
using Microsoft.Extensions.Logging;

namespace ZeroGex.Bus.Consumers;

/// <summary>Holding on: a consumer that cannot publish or store tries again for ever, out loud. Only what cannot be decoded is let go, to the error queue.</summary>
public static partial class Retry
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>Does it until it is done.</summary>
    /// <param name="who">Who holds on, for the log.</param>
    /// <param name="cancel">The delivery is over.</param>
    /// <param name="stopping">
    /// The process is ending. Then a failure ends the trying but not the call: the message stays unacknowledged and comes again, instead of
    /// being parked as if it were bad.
    /// </param>
    public static async Task ForeverAsync(string who, Func<Task> action, ILogger logger, CancellationToken cancel, CancellationToken stopping = default)
    {
        var delay = TimeSpan.FromMilliseconds(100);
        while (true)
        {
            try
            {
                await action();
                return;
            }
            catch (Exception error) when (error is not SerializationException && (stopping.IsCancellationRequested || !cancel.IsCancellationRequested))
            {
                if (stopping.IsCancellationRequested) await Task.Delay(Timeout.Infinite, CancellationToken.None);
                LogRetry(logger, who, delay.TotalSeconds, error.Message);
                await Task.WhenAny(Task.Delay(delay, cancel), Task.Delay(Timeout.Infinite, stopping));
                delay = delay * 2 < Longest ? delay * 2 : Longest;
            }
            catch (Exception error) when (error is not (SerializationException or OperationCanceledException))
            {
                // The delivery is over: its connection is lost. A broker's own exception must not come out of a consumer: MassTransit would close the channel from
                // inside the delivery, and that close waits for the delivery to end.
                throw new OperationCanceledException($"{who} was interrupted; the message comes again.", error, cancel);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Who} holds, again in {Seconds:0.0} s: {Reason}")]
    static partial void LogRetry(ILogger logger, string who, double seconds, string reason);
}
