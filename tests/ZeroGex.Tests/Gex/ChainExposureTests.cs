using FsCheck;
using FsCheck.Fluent;
using Xunit;
using ZeroGex.Analytics.Chains;
using ZeroGex.Analytics.Gex;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Tests.Gex;

public sealed class ChainExposureTests
{
    static readonly LaneWidth[] Widths = [LaneWidth.Scalar, LaneWidth.Four, LaneWidth.Eight, LaneWidth.Widest];
    static readonly ExposureMeasure[] Measures = Enum.GetValues<ExposureMeasure>();

    // gex.md: γ·OI·100·S²·0.01, δ·OI·100·S, vanna·OI·100·S·0.01, charm·OI·100·S per day; only gamma turns the sign of puts.
    [Fact]
    public void One_contract_has_the_dollars_of_the_convention()
    {
        foreach (bool isCall in new[] { true, false })
        {
            var exposure = new ChainExposure(new ChainLayout([4000], [0], 1));
            exposure.Add(0, new ExposureColumns([isCall], [0.0015], [-0.4], [0.7], [-2.5], [300]), 4100);
            (double sign, int side) = isCall ? (1, 0) : (-1, 1);
            double[] expected = [sign * 0.0015 * 300 * 100 * 4100 * 4100 * 0.01, -0.4 * 300 * 100 * 4100, 0.7 * 300 * 100 * 4100 * 0.01, -2.5 * 300 * 100 * 4100 / 365];
            foreach (ExposureMeasure measure in Measures)
            {
                ExposureSum sum = exposure.Total(measure);
                double dollars = expected[(int)measure];
                Near(dollars, side == 0 ? sum.Call : sum.Put);
                Near(0, side == 0 ? sum.Put : sum.Call);
                Near(dollars, sum.Net);
                Near(Math.Abs(dollars), sum.Gross);
            }
        }

        static void Near(double expected, double actual) => Assert.True(Math.Abs(actual - expected) <= 1e-14 * Math.Abs(expected) + 4e-9, $"{actual:R} is not {expected:R}");
    }

    [Fact]
    public void Sums_are_those_of_a_plain_loop() => Prop.ForAll(Arb.From(Gen.Choose(0, 300)), Arb.From(Gen.Choose(0, 1_000_000)), (count, seed) =>
    {
        var chain = new Chain(count, seed);
        ChainExposure exposure = chain.Sum(LaneWidth.Widest);
        foreach (ExposureMeasure measure in Measures)
        {
            Agree(exposure.ByStrike, chain.Layout.Strikes.Length, i => chain.Layout.Strikes.IndexOf(chain.Strike[i]));
            Agree(exposure.ByExpiration, Chain.Expirations, i => chain.Expiration[i]);
            Agree(exposure.ByCell, chain.Layout.StrikeOfCell.Length, i => chain.Layout.Cells[i]);

            void Agree(Reader read, int length, Func<int, int> key)
            {
                double[][] sums = Columns(length);
                read(measure, Sums(sums));
                var expected = new (double Call, double Put, double Gross)[length];
                var bySide = new Dictionary<(int, int, bool), double>();
                for (int i = 0; i < count; i++)
                {
                    ref var sum = ref expected[key(i)];
                    double dollars = chain.Dollars(measure, i);
                    if (chain.IsCall[i]) sum.Call += dollars;
                    else sum.Put += dollars;
                    bySide[(key(i), chain.Layout.Cells[i], chain.IsCall[i])] = bySide.GetValueOrDefault((key(i), chain.Layout.Cells[i], chain.IsCall[i])) + dollars;
                }

                foreach (((int k, _, _), double dollars) in bySide) expected[k].Gross += Math.Abs(dollars);

                for (int k = 0; k < length; k++)
                {
                    double tolerance = 1e-13 * expected[k].Gross + 4e-9 * count;
                    Assert.True(Math.Abs(sums[0][k] - expected[k].Call) <= tolerance, $"{measure} {k}: call {sums[0][k]:R} is not {expected[k].Call:R}");
                    Assert.True(Math.Abs(sums[1][k] - expected[k].Put) <= tolerance, $"{measure} {k}: put {sums[1][k]:R} is not {expected[k].Put:R}");
                    Assert.True(Math.Abs(sums[2][k] - (expected[k].Call + expected[k].Put)) <= tolerance, $"{measure} {k}: net {sums[2][k]:R}");
                    Assert.True(Math.Abs(sums[3][k] - expected[k].Gross) <= tolerance, $"{measure} {k}: gross {sums[3][k]:R} is not {expected[k].Gross:R}");
                }
            }
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Answer_does_not_depend_on_width_cuts_order_or_threads()
    {
        var chain = new Chain(5_003, seed: 1);
        string expected = Bits(chain.Sum(LaneWidth.Scalar), chain.Layout);
        foreach (LaneWidth width in Widths) Assert.Equal(expected, Bits(chain.Sum(width), chain.Layout));

        Prop.ForAll(Arb.From(Gen.Choose(1, 700)), Arb.From(Gen.Elements(Widths)), (piece, width) =>
        {
            var exposure = new ChainExposure(chain.Layout);
            for (int from = 0; from < chain.Count; from += piece) chain.AddTo(exposure, from, Math.Min(piece, chain.Count - from), width);
            Assert.Equal(expected, Bits(exposure, chain.Layout));
        }).QuickCheckThrowOnFailure();

        for (int threads = 1; threads <= 4; threads++)
        {
            var parts = new ChainExposure[threads];
            int piece = (chain.Count + threads - 1) / threads;
            var workers = Enumerable.Range(0, threads).Select(t => new Thread(() =>
            {
                parts[t] = new ChainExposure(chain.Layout);
                chain.AddTo(parts[t], t * piece, Math.Min(piece, chain.Count - t * piece), LaneWidth.Widest);
            })).ToList();
            workers.ForEach(worker => worker.Start());
            workers.ForEach(worker => worker.Join());
            for (int t = threads - 2; t >= 0; t--) parts[^1].Add(parts[t]);
            Assert.Equal(expected, Bits(parts[^1], chain.Layout));
        }

        Chain shuffled = chain.Shuffled(seed: 2);
        Assert.Equal(expected, Bits(shuffled.Sum(LaneWidth.Widest), shuffled.Layout));
    }

    [Fact]
    public void Sums_are_forgotten_when_cleared()
    {
        var chain = new Chain(100, seed: 3);
        ChainExposure exposure = chain.Sum(LaneWidth.Widest);
        string expected = Bits(exposure, chain.Layout);
        exposure.Clear();
        Assert.Equal(default, exposure.Total(ExposureMeasure.Gamma));
        chain.AddTo(exposure, 0, 100, LaneWidth.Widest);
        Assert.Equal(expected, Bits(exposure, chain.Layout));
    }

    // Sums of strikes and expirations are kept from one reading to the next.
    [Fact]
    public void What_is_added_after_a_reading_is_in_the_next_one()
    {
        var chain = new Chain(900, seed: 4);
        string expected = Bits(chain.Sum(LaneWidth.Widest), chain.Layout);
        ChainExposure first = new(chain.Layout), second = new(chain.Layout);
        chain.AddTo(first, 0, 300, LaneWidth.Widest);
        chain.AddTo(second, 600, 300, LaneWidth.Widest);
        Assert.NotEqual(Bits(second, chain.Layout), Bits(first, chain.Layout));
        chain.AddTo(first, 300, 300, LaneWidth.Widest);
        string two = Bits(first, chain.Layout);
        first.Add(second);
        Assert.NotEqual(two, Bits(first, chain.Layout));
        Assert.Equal(expected, Bits(first, chain.Layout));

        first.Clear();
        chain.AddTo(first, 0, 600, LaneWidth.Widest);
        Assert.Equal(two, Bits(first, chain.Layout));
    }

    [Fact]
    public void Merging_takes_in_sums_and_what_was_left_out_and_leaves_the_other_as_it_was()
    {
        var layout = new ChainLayout([100, 105], [0, 0], 1);
        ChainExposure all = Of(1, double.NaN), other = Of(2, 3), none = Of(5, double.NaN);
        none.Clear();
        all.Add(other);
        all.Add(none);
        Assert.Equal((1, 0, 0), (all.LeftOut, other.LeftOut, none.LeftOut));
        Assert.Equal([6.0, 5, 0], new[] { all, other, none }.Select(exposure => exposure.Total(ExposureMeasure.Gamma).Net));

        // Neither has a hold on the other.
        all.Clear();
        Assert.Equal((0, 5.0), (all.LeftOut, other.Total(ExposureMeasure.Gamma).Net));
        Add(other, 7, double.NaN);
        Assert.Equal((0, default(ExposureSum)), (all.LeftOut, all.Total(ExposureMeasure.Gamma)));
        other.Add(other);
        Assert.Equal((2, 24.0), (other.LeftOut, other.Total(ExposureMeasure.Gamma).Net));

        ChainExposure Of(double first, double second)
        {
            var exposure = new ChainExposure(layout);
            Add(exposure, first, second);
            return exposure;
        }

        // At a spot of 1 a gamma of 1 is a dollar.
        static void Add(ChainExposure exposure, double first, double second) =>
            exposure.Add(0, new ExposureColumns([true, true], [first, second], [0, 0], [0, 0], [0, 0], [1, 1]), 1);
    }

    [Fact]
    public void Nothing_stays_of_what_was_cleared()
    {
        var chain = new Chain(100, seed: 5);
        ChainExposure exposure = chain.Sum(LaneWidth.Widest);
        string empty = Bits(new ChainExposure(chain.Layout), chain.Layout);
        Assert.NotEqual(empty, Bits(exposure, chain.Layout));
        exposure.Clear();
        Assert.Equal(empty, Bits(exposure, chain.Layout));
    }

    [Fact]
    public void Equal_call_and_put_leave_a_net_of_zero_and_not_of_minus_zero()
    {
        var exposure = new ChainExposure(new ChainLayout([100, 100, 105], [0, 0, 0], 1));
        exposure.Add(0, new ExposureColumns([true, false, false], [0.0123, 0.0123, 0.01], [0.5, -0.5, -0.6], [0, 0, 0], [0, 0, 0], [77, 77, 0]), 101.5);
        double[][] sums = Columns(2);
        exposure.ByStrike(ExposureMeasure.Gamma, Sums(sums));
        Assert.All(sums[2], net => Assert.Equal(0L, BitConverter.DoubleToInt64Bits(net)));
        Assert.Equal(0L, BitConverter.DoubleToInt64Bits(sums[1][1]));
        Assert.Equal(2 * sums[0][0], sums[3][0]);
    }

    [Fact]
    public void What_is_no_number_is_left_out_and_counted()
    {
        var layout = new ChainLayout([100, 100, 105, 105, 110], [0, 0, 0, 0, 0], 1);
        foreach (LaneWidth width in Widths)
        {
            var exposure = new ChainExposure(layout);
            double[] ones = [1, 1, 1, 1, 1];
            exposure.Add(0, new ExposureColumns([true, true, true, true, true], [double.NaN, 1, 1, 1, 1], [1, double.PositiveInfinity, 1, 1, 1], ones, ones, [1, 1, double.NaN, 1e14, 2]), 1, width);
            Assert.Equal(4, exposure.LeftOut);
            Assert.Equal(2, exposure.Total(ExposureMeasure.Gamma).Net);
            Assert.Equal(200, exposure.Total(ExposureMeasure.Delta).Gross);
        }
    }

    [Fact]
    public void A_gross_beyond_exact_sums_is_refused()
    {
        const int Many = 3_000;
        double[] column = [.. Enumerable.Repeat(1.0, Many)];
        double[] zeros = new double[Many];
        var exposure = new ChainExposure(new ChainLayout(column, new int[Many], 1));
        exposure.Add(0, new ExposureColumns(new bool[Many], column, zeros, zeros, zeros, [.. column.Select(_ => 7e13)]), 1);
        Assert.Throws<OverflowException>(() => exposure.Total(ExposureMeasure.Gamma));

        // A sum that was refused is no sum the second time, until it is forgotten.
        Assert.Throws<OverflowException>(() => exposure.Total(ExposureMeasure.Gamma));
        exposure.Clear();
        Assert.Equal(default, exposure.Total(ExposureMeasure.Gamma));
    }

    [Fact]
    public void Levels_are_the_largest_of_their_sign_and_the_lowest_of_equals()
    {
        double[] strikes = [90, 95, 100, 105];
        double[] call = [1, 5, 5, 2], put = [-7, -3, -7, 0], net = [-6, 2, -2, 2];
        Assert.Equal(new GammaLevels(90, 95, 90), GammaLevels.Of(strikes, new ExposureSums(call, put, net, net)));
        Assert.Equal(default, GammaLevels.Of(strikes, new ExposureSums(new double[4], new double[4], new double[4], new double[4])));
    }

    [Fact]
    public void A_layout_refuses_what_is_no_chain()
    {
        Assert.Throws<ArgumentException>(() => new ChainLayout([100], [], 1));
        Assert.Throws<ArgumentException>(() => new ChainLayout([double.NaN], [0], 1));
        Assert.Throws<ArgumentException>(() => new ChainLayout([100], [1], 1));
        var exposure = new ChainExposure(new ChainLayout([100], [0], 1));
        Assert.Throws<ArgumentException>(() => exposure.Add(1, new ExposureColumns([true], [1], [1], [1], [1], [1]), 100));
        Assert.Throws<ArgumentException>(() => exposure.Add(0, new ExposureColumns([true], [1], [1], [], [1], [1]), 100));
        Assert.Throws<ArgumentException>(() => exposure.Add(new ChainExposure(new ChainLayout([100], [0], 1))));
    }

    delegate void Reader(ExposureMeasure measure, in ExposureSums sums);

    internal static double[][] Columns(int length) => [.. Enumerable.Range(0, 4).Select(_ => new double[length])];

    internal static ExposureSums Sums(double[][] columns) => new(columns[0], columns[1], columns[2], columns[3]);

    static string Bits(ChainExposure exposure, ChainLayout layout)
    {
        var all = new List<double>();
        foreach (ExposureMeasure measure in Measures)
        {
            double[][] strikes = Columns(layout.Strikes.Length), expirations = Columns(layout.Expirations), cells = Columns(layout.StrikeOfCell.Length);
            exposure.ByStrike(measure, Sums(strikes));
            exposure.ByExpiration(measure, Sums(expirations));
            exposure.ByCell(measure, Sums(cells));
            ExposureSum total = exposure.Total(measure);
            all.AddRange([.. strikes.SelectMany(x => x), .. expirations.SelectMany(x => x), .. cells.SelectMany(x => x), total.Call, total.Put, total.Net, total.Gross]);
        }

        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData([.. all.SelectMany(BitConverter.GetBytes)]));
    }

    // Every strike and expiration several times, exposures of all sizes and either sign.
    sealed class Chain
    {
        public const int Expirations = 7;
        const double Spot = 4_321.5;

        public readonly bool[] IsCall;
        public readonly double[] Strike;
        public readonly int[] Expiration;
        readonly double[][] _greeks;
        readonly double[] _weight;

        public Chain(int count, int seed)
        {
            var random = new System.Random(seed);
            double Any() => (random.Next(2) == 0 ? 1 : -1) * Math.Exp(30 * random.NextDouble() - 28);
            IsCall = [.. Enumerable.Range(0, count).Select(_ => random.Next(2) == 0)];
            Strike = [.. Enumerable.Range(0, count).Select(_ => 4_000 + 2.5 * random.Next(200))];
            Expiration = [.. Enumerable.Range(0, count).Select(_ => random.Next(Expirations))];
            _greeks = [.. Enumerable.Range(0, 4).Select(greek => (double[])[.. Enumerable.Range(0, count).Select(_ => greek == 0 ? Math.Abs(Any()) : Any())])];
            _weight = [.. Enumerable.Range(0, count).Select(_ => (double)random.Next(20_000))];
            Layout = new ChainLayout(Strike, Expiration, Expirations);
        }

        Chain(Chain other, int[] order)
        {
            T[] In<T>(T[] column) => [.. order.Select(i => column[i])];
            (IsCall, Strike, Expiration, _weight) = (In(other.IsCall), In(other.Strike), In(other.Expiration), In(other._weight));
            _greeks = [.. other._greeks.Select(In)];
            Layout = new ChainLayout(Strike, Expiration, Expirations);
        }

        public int Count => IsCall.Length;
        public ChainLayout Layout { get; }

        public Chain Shuffled(int seed)
        {
            int[] order = [.. Enumerable.Range(0, Count)];
            new System.Random(seed).Shuffle(order);
            return new Chain(this, order);
        }

        public double Dollars(ExposureMeasure measure, int i) => measure switch
        {
            ExposureMeasure.Gamma => (IsCall[i] ? 1 : -1) * _greeks[0][i] * _weight[i] * 100 * Spot * Spot * 0.01,
            ExposureMeasure.Delta => _greeks[1][i] * _weight[i] * 100 * Spot,
            ExposureMeasure.Vanna => _greeks[2][i] * _weight[i] * 100 * Spot * 0.01,
            _ => _greeks[3][i] * _weight[i] * 100 * Spot / 365,
        };

        public ChainExposure Sum(LaneWidth width)
        {
            var exposure = new ChainExposure(Layout);
            AddTo(exposure, 0, Count, width);
            return exposure;
        }

        public void AddTo(ChainExposure exposure, int from, int count, LaneWidth width) => exposure.Add(
            from,
            new ExposureColumns(
                IsCall.AsSpan(from, count), _greeks[0].AsSpan(from, count), _greeks[1].AsSpan(from, count), _greeks[2].AsSpan(from, count), _greeks[3].AsSpan(from, count),
                _weight.AsSpan(from, count)),
            Spot, width);
    }
}
