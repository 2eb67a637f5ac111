namespace ZeroGex.Analytics.Backtest;

/// <summary>Money, positions and orders. It never prices anything: whoever fills an order says at what.</summary>
sealed class Book(BacktestSettings settings)
{
    const int MaxPending = 10_000;
    const long MaxQuantity = 1_000_000_000;

    readonly Dictionary<Instrument, Holding> _holdings = [];
    readonly List<Order> _pending = [];

    public IReadOnlyList<Order> Pending => _pending;

    public List<Fill> Fills { get; } = [];

    /// <summary>Orders on options that settled before anybody quoted them.</summary>
    public List<Order> Lapsed { get; } = [];

    /// <summary>Dollars; short sales add to it.</summary>
    public decimal Cash { get; private set; } = settings.Capital;

    public decimal Fees { get; private set; }

    /// <summary>Everything that was ever traded, in the order of its first fill.</summary>
    public IReadOnlyDictionary<Instrument, Holding> Holdings => _holdings;

    /// <summary>Options that are held or ordered.</summary>
    public IReadOnlyList<Instrument> Options()
    {
        if (_pending.Count == 0 && _holdings.Count == 0) return [];
        return [.. _holdings.Where(entry => entry.Value.Quantity != 0).Select(entry => entry.Key).Concat(_pending.Select(order => order.Instrument)).Where(instrument => instrument.Option is not null).Distinct()];
    }

    public Holding? this[Instrument instrument] => _holdings.GetValueOrDefault(instrument);

    public long QuantityOf(Instrument instrument) => this[instrument]?.Quantity ?? 0;

    public void Place(Order order)
    {
        if (Math.Abs(order.Quantity) > MaxQuantity) throw new ArgumentOutOfRangeException(nameof(order), $"An order of {order.Quantity}: at most {MaxQuantity}.");
        if (_pending.Count == MaxPending) throw new InvalidOperationException($"{MaxPending} orders wait already; cancel some, or use Target.");
        _pending.Add(order);
    }

    public void Cancel(Instrument instrument) => _pending.RemoveAll(order => order.Instrument == instrument);

    /// <summary>Fills every waiting order on an instrument that may be filled by what was quoted at an instant.</summary>
    /// <param name="mayFill">Whether an order was in the market by then.</param>
    /// <param name="price">Dollars a share for a quantity's side; null when that side is not quoted.</param>
    public void Match(Instrument instrument, DateTimeOffset time, Func<Order, bool> mayFill, Func<long, decimal?> price)
    {
        for (int i = 0; i < _pending.Count; i++)
        {
            Order order = _pending[i];
            if (order.Instrument != instrument || !mayFill(order) || price(order.Quantity) is not { } at) continue;
            _pending.RemoveAt(i--);
            Enter(order, time, at, instrument.Option is null ? settings.FeePerShare : settings.FeePerContract);
        }
    }

    /// <summary>Closes a position in an option at its intrinsic value, without a fee, and drops what was ordered of it.</summary>
    public void Settle(Instrument instrument, DateTimeOffset time, decimal intrinsic)
    {
        Lapsed.AddRange(_pending.Where(order => order.Instrument == instrument));
        Cancel(instrument);
        if (QuantityOf(instrument) is not 0 and var quantity)
            Enter(new Order(instrument, -quantity, time, "settled"), time, intrinsic, feeEach: 0);
    }

    void Enter(Order order, DateTimeOffset time, decimal price, decimal feeEach)
    {
        if (!_holdings.TryGetValue(order.Instrument, out Holding? holding)) _holdings.Add(order.Instrument, holding = new Holding(order.Instrument.Multiplier));
        decimal fee = feeEach * Math.Abs(order.Quantity);
        decimal realised = holding.Trade(order.Quantity, price, feeEach);
        Cash -= price * order.Quantity * order.Instrument.Multiplier + fee;
        Fees += fee;
        Fills.Add(new Fill(order, time, price, fee, realised));
    }
}
