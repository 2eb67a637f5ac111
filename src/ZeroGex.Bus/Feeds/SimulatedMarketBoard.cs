using ZeroGex.Analytics.Market;
using ZeroGex.Contracts;

namespace ZeroGex.Bus.Feeds;

/// <summary>
/// What one simulated root lists in one session. Expirations of every trading day are listed a fortnight before (daily roots), of Fridays eight
/// weeks, of third Fridays four months; a strike, once listed, stays until it expires, wherever the price goes.
/// </summary>
/// <remarks>It trades around the clock, and expires as the real one does: at the close of trading days.</remarks>
sealed class SimulatedMarketBoard
{
    const int Fortnight = 14, EightWeeks = 56, FourMonths = 120;

    /// <summary>Lists the board.</summary>
    /// <param name="spotAt">The underlying's price at an instant in Unix microseconds.</param>
    public SimulatedMarketBoard(SimulatedMarketProfile profile, ulong key, DateOnly session, Func<long, double> spotAt)
    {
        Session = session;
        Start = MicrosOf(session, TimeOnly.MinValue);
        End = MicrosOf(session.AddDays(1), TimeOnly.MinValue);

        int[] centres = new int[FourMonths + 1]; // By days before the session, in spacings.
        for (int days = 0; days < centres.Length; days++)
            centres[days] = (int)Math.Round(spotAt(MicrosOf(session.AddDays(-days), TimeOnly.MinValue)) / profile.Spacing);

        var listings = new List<Listing>();
        var contracts = new List<OptionContract>();
        var ids = new List<ulong>();
        for (var date = session; date <= session.AddDays(FourMonths); date = date.AddDays(1))
        {
            int days = date.DayNumber - session.DayNumber, life = Life(date, profile.IsDaily);
            if (days > life) continue;

            int[] units = Strikes(profile, centres, days, life);
            listings.Add(new Listing(date, MicrosOf(date, NyseCalendar.CloseOf(date)), life == FourMonths, contracts.Count, units, profile.Spacing));
            foreach (int unit in units)
            {
                foreach (var right in (ReadOnlySpan<OptionRight>)[OptionRight.Call, OptionRight.Put])
                {
                    contracts.Add(new OptionContract(date, Prices.OnGrid(unit * profile.Spacing), right));
                    ids.Add(SimulatedMarketNoise.At(key, ((ulong)date.DayNumber << 32) + ((ulong)unit << 1) + (ulong)right));
                }
            }
        }

        (Listings, Contracts, Ids) = ([.. listings], [.. contracts], [.. ids]);
        Popular = PopularListings();
    }

    public DateOnly Session { get; }

    /// <summary>First instant of the session, Unix microseconds.</summary>
    public long Start { get; }

    /// <summary>First instant after the session, Unix microseconds.</summary>
    public long End { get; }

    /// <summary>The expirations, nearest first.</summary>
    public Listing[] Listings { get; }

    /// <summary>Every contract; those of a listing follow one another, strike by strike, the call before the put.</summary>
    public OptionContract[] Contracts { get; }

    /// <summary>Per contract: random bits of its own, the same in every session.</summary>
    public ulong[] Ids { get; }

    /// <summary>Indices of listings, near ones more often: pick any element.</summary>
    public byte[] Popular { get; }

    /// <summary>The trading day before the session, whose close its open interest counts.</summary>
    public DateOnly OpenInterestDate => NyseCalendar.OnOrBefore(Session.AddDays(-1));

    /// <summary>The session of an instant in Unix microseconds.</summary>
    public static DateOnly SessionOf(long micros) =>
        DateOnly.FromDateTime(NewYork.LocalOf(DateTimeOffset.UnixEpoch.AddMicroseconds(micros)));

    static long MicrosOf(DateOnly date, TimeOnly time) => (NewYork.At(date, time) - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>How many days before its date an expiration is listed; -1 never.</summary>
    static int Life(DateOnly date, bool isDaily) => date.DayOfWeek switch
    {
        _ when !NyseCalendar.IsTradingDay(date) => -1,
        DayOfWeek.Friday when date.Day is >= 15 and <= 21 => FourMonths,
        DayOfWeek.Friday => EightWeeks,
        _ => isDaily ? Fortnight : -1,
    };

    static int[] Strikes(SimulatedMarketProfile profile, int[] centres, int days, int life)
    {
        var units = new SortedSet<int>();
        for (int ago = 0; ago <= life - days; ago++)
        {
            int centre = centres[ago];
            AddAround(centre, profile.Wide, profile.Coarse);
            if (days + ago <= Fortnight) AddAround(centre, profile.Narrow, 1);
        }

        return [.. units];

        void AddAround(int centre, double reach, int step)
        {
            int from = (int)(centre * (1 - reach)) / step * step, to = (int)(centre * (1 + reach));
            for (int unit = Math.Max(from, step); unit <= to; unit += step) units.Add(unit);
        }
    }

    byte[] PopularListings()
    {
        double[] weights = Array.ConvertAll(Listings, x => 1.0 / (1 + x.Expiration.DayNumber - Session.DayNumber));
        byte[] popular = new byte[1024];
        double total = weights.Sum(), sum = weights[0];
        for (int i = 0, listing = 0; i < popular.Length; i++)
        {
            while (listing < weights.Length - 1 && sum < (i + 0.5) / popular.Length * total) sum += weights[++listing];
            popular[i] = (byte)listing;
        }

        return popular;
    }

    /// <summary>One expiration.</summary>
    public sealed class Listing(DateOnly expiration, long expiry, bool isMonthly, int first, int[] units, double spacing)
    {
        public DateOnly Expiration { get; } = expiration;

        /// <summary>When it expires, Unix microseconds.</summary>
        public long Expiry { get; } = expiry;

        public bool IsMonthly { get; } = isMonthly;

        /// <summary>Index of its first contract.</summary>
        public int First { get; } = first;

        /// <summary>Strikes in spacings, rising.</summary>
        public int[] Units { get; } = units;

        /// <summary>Strikes in dollars, rising.</summary>
        public double[] Strikes { get; } = Array.ConvertAll(units, unit => Prices.OnGrid(unit * spacing));

        /// <summary>Natural logarithms of the strikes.</summary>
        public double[] LogStrikes { get; } = Array.ConvertAll(units, unit => Math.Log(unit * spacing));
    }
}
