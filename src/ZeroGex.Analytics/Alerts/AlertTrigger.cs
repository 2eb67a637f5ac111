namespace ZeroGex.Analytics.Alerts;

/// <summary>What a reading changes.</summary>
[Flags]
public enum AlertChange
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The alert is over; where it is raised too, that comes after.</summary>
    Resolves = 1,

    /// <summary>There is a new one.</summary>
    Raises = 2,
}

/// <summary>
/// One rule on one root, reading after reading: when it is raised and when it is resolved. Between two raises there is always a resolve and the rule's cooldown. Times are
/// Unix microseconds.
/// </summary>
public sealed class AlertTrigger(AlertRule rule)
{
    readonly long _cooldown = rule.Cooldown.Ticks / TimeSpan.TicksPerMicrosecond;
    long? _raised; // When it was last raised.
    int _side; // Of the threshold: the last one that was clear, ...
    int _saidSide; // ... and the last one that was told or first seen.
    double? _reference; // What moves are counted from.

    /// <summary>True from a raise to its resolve.</summary>
    public bool IsRaised { get; private set; }

    /// <summary>When it was last raised; the least number before that.</summary>
    public long RaisedAt => _raised ?? long.MinValue;

    /// <summary>Takes the next figure, later than the one before; null when there is none, which ends no condition and is no event.</summary>
    public AlertChange Read(long time, double? value)
    {
        bool isCool = _raised is not { } last || time >= last + _cooldown;
        var change = AlertChange.None;
        if (IsRaised && (rule.IsEvent ? isCool : value is { } ending && !Holds(ending)))
        {
            IsRaised = false;
            change |= AlertChange.Resolves;
        }

        if (value is not { } figure) return change;
        bool isWanted = rule.Operator switch
        {
            AlertOperator.Crosses => HasCrossed(figure),
            AlertOperator.Moves => HasMoved(figure),
            _ => Holds(figure),
        };
        if (!isWanted || IsRaised || !isCool) return change;

        (IsRaised, _raised, _saidSide, _reference) = (true, time, _side, figure);
        return change | AlertChange.Raises;
    }

    // A condition that is raised holds until the figure has come back by the hysteresis.
    bool Holds(double value)
    {
        double slack = IsRaised ? rule.Hysteresis : 0;
        return rule.Operator switch
        {
            AlertOperator.AtLeast => value >= rule.Threshold - slack,
            AlertOperator.AtMost => value <= rule.Threshold + slack,
            AlertOperator.Within => Math.Abs(value) <= rule.Threshold + slack,
            _ => Math.Abs(value) >= rule.Threshold - slack,
        };
    }

    bool HasCrossed(double value)
    {
        if (value > rule.Threshold + rule.Hysteresis) _side = 1;
        else if (value < rule.Threshold - rule.Hysteresis) _side = -1;
        if (_saidSide == 0) _saidSide = _side;
        return _side != _saidSide;
    }

    bool HasMoved(double value)
    {
        double from = _reference ??= value;
        return Math.Abs(value - from) >= rule.Threshold / 100 * Math.Abs(from);
    }
}
