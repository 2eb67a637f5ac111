using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Alerts;

namespace ZeroGex.Tests.Alerts;

/// <summary>When a rule is raised and when it is resolved, for any rule and any figures.</summary>
public sealed class AlertTriggerLaws
{
    const long Second = 1_000_000;

    static readonly Arbitrary<Story> Any = Arb.From(
        from comparison in Gen.Elements(Enum.GetValues<AlertOperator>())
        from threshold in Gen.Choose(1, 6)
        from hysteresis in Gen.Choose(0, 3)
        from cooldown in Gen.Choose(0, 6)
        from figures in Gen.NonEmptyListOf(Gen.Frequency((8, Gen.Choose(-20, 20).Select(half => (double?)(half / 2.0))), (1, Gen.Constant((double?)null))))
        from steps in Gen.ListOf(Gen.Choose(1, 4))
        select new Story(
            SomeRules.Rule("rule", AlertMetric.NetGex, comparison, comparison == AlertOperator.Moves ? threshold * 20 : threshold, hysteresis: hysteresis, cooldown: cooldown),
            [.. figures], [.. steps]));

    [Fact]
    public void Raises_and_resolves_take_turns_and_a_resolve_is_not_before_its_raise() => Prop.ForAll(Any, story =>
    {
        bool isRaised = false;
        long raised = long.MinValue;
        foreach ((long time, _, AlertChange change) in story.Play())
        {
            if (change.HasFlag(AlertChange.Resolves))
            {
                Assert.True(isRaised, $"{story}: resolved at {time} and not raised before");
                Assert.True(time > raised, $"{story}: resolved at {time}, raised at {raised}");
                isRaised = false;
            }

            if (!change.HasFlag(AlertChange.Raises)) continue;
            Assert.False(isRaised, $"{story}: raised again at {time}");
            (isRaised, raised) = (true, time);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Between_two_raises_lies_the_cooldown() => Prop.ForAll(Any, story =>
    {
        long[] raises = [.. story.Play().Where(step => step.Change.HasFlag(AlertChange.Raises)).Select(step => step.Time)];
        Assert.All(raises.Zip(raises.Skip(1)), pair => Assert.True(pair.Second - pair.First >= story.Rule.Cooldown.TotalSeconds * Second, $"{story}: {pair}"));
    }).QuickCheckThrowOnFailure();

    // Every condition against the rule said naively: what is not raised begins at the threshold, what is raised ends past the band.
    [Fact]
    public void Condition_is_raised_where_it_holds_and_resolved_past_its_band() => Prop.ForAll(Any, story =>
    {
        AlertRule rule = story.Rule;
        if (rule.IsEvent) return;
        bool isRaised = false;
        long? raised = null;
        foreach ((long time, double? figure, AlertChange change) in story.Play())
        {
            double distance = figure is not { } value ? double.NaN : rule.Operator switch
            {
                AlertOperator.AtLeast => value - rule.Threshold,
                AlertOperator.AtMost => rule.Threshold - value,
                AlertOperator.Within => rule.Threshold - Math.Abs(value),
                _ => Math.Abs(value) - rule.Threshold,
            };
            var expected = AlertChange.None;
            if (isRaised && distance < -rule.Hysteresis) (isRaised, expected) = (false, AlertChange.Resolves);
            else if (!isRaised && distance >= 0 && !(time - raised < rule.Cooldown.TotalSeconds * Second)) (isRaised, raised, expected) = (true, time, AlertChange.Raises);
            Assert.True(expected == change, $"{story}: {change} at {time}, expected {expected}");
        }
    }).QuickCheckThrowOnFailure();

    // However it jumps about, a figure that stays within the band says at most one thing.
    [Fact]
    public void Nothing_flaps_inside_the_band() => Prop.ForAll(Any, story =>
    {
        AlertRule rule = story.Rule with { Hysteresis = 3 };
        double low = rule.Operator is AlertOperator.AtMost or AlertOperator.Within ? rule.Threshold : rule.Threshold - 3, high = low + 3;
        if (rule.Operator == AlertOperator.Crosses) (low, high) = (rule.Threshold - 3, rule.Threshold + 3);
        if (rule.Operator == AlertOperator.Moves) return;
        var inside = story with { Rule = rule, Figures = [.. story.Figures.Select(figure => Math.Clamp(figure ?? 0, low, high))] };
        Assert.True(inside.Play().Count(step => step.Change != AlertChange.None) <= 1, inside.ToString());
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Crossing_is_told_once_each_way_and_one_that_came_back_within_the_cooldown_is_not()
    {
        AlertRule rule = SomeRules.Rule("cross", AlertMetric.NetGex, AlertOperator.Crosses, hysteresis: 1, cooldown: 5);
        Assert.Equal(
            [(2, AlertChange.Raises), (7, AlertChange.Resolves), (9, AlertChange.Raises), (14, AlertChange.Resolves | AlertChange.Raises), (19, AlertChange.Resolves)],
            Tell(rule, (0, 3), (1, 0.5), (2, -2), (3, 2), (4, -2), (7, -0.5), (8, -3), (9, 2), (10, 1.5), (11, -4), (14, -4), (19, -1)));
        Assert.Empty(Tell(rule, (0, 0.5), (1, -0.5), (2, 1), (3, -1))); // It has never been clear of zero.
    }

    [Fact]
    public void Move_is_counted_from_where_it_was_last_told()
    {
        AlertRule rule = SomeRules.Rule("move", AlertMetric.CallWall, AlertOperator.Moves, 1, cooldown: 5);
        Assert.Equal(
            [(2, AlertChange.Raises), (7, AlertChange.Resolves), (8, AlertChange.Raises)],
            Tell(rule, (0, 400), (1, 403), (2, 404), (3, 410), (4, 404), (7, 407), (8, 399.5)));
    }

    static List<(int Second, AlertChange Change)> Tell(AlertRule rule, params (int Second, double Figure)[] figures)
    {
        AlertTrigger trigger = new(rule);
        return [.. figures.Select(step => (step.Second, Change: trigger.Read(step.Second * Second, step.Figure))).Where(step => step.Change != AlertChange.None)];
    }

    public sealed record Story(AlertRule Rule, IReadOnlyList<double?> Figures, IReadOnlyList<int> Steps)
    {
        public IEnumerable<(long Time, double? Figure, AlertChange Change)> Play()
        {
            AlertTrigger trigger = new(Rule);
            long time = 0;
            for (int i = 0; i < Figures.Count; i++)
            {
                time += (Steps.Count == 0 ? 1 : Steps[i % Steps.Count]) * Second;
                yield return (time, Figures[i], trigger.Read(time, Figures[i]));
            }
        }

        public override string ToString() => $"{Rule} steps [{string.Join(' ', Steps)}] figures [{string.Join(' ', Figures)}]";
    }
}
