namespace ZeroGex.Analytics.Pricing;

/// <summary>
/// Where the exercise boundary is collocated and integrated over, and the constants that follow, made once from additions, multiplications, divisions and
/// square roots: the same bits everywhere.
/// </summary>
/// <remarks>
/// Time is a fraction of the option's life. The boundary is a polynomial in the root x of time to settlement through Chebyshev's nodes of the second kind
/// (Andersen, Lake and Offengenden 2016). Integrals over the past u of a node τ run over an angle, u = τ·cos²θ: then √u = x·cos θ and √(τ − u) = x·sin θ, and
/// what is not smooth at either end becomes smooth in θ, so that a handful of Gauss and Legendre's points do.
/// </remarks>
sealed class AmericanScheme
{
    // Of constants of a point before what the nodes contribute to it.
    public const int Head = 6;

    // The integral for the premium runs over y with θ = (π/2)·((1 − a)·y + a·y²): near the boundary its integrand has a sharp edge at small θ.
    const double Crowding = 0.8;

    /// <param name="nodes">Of the boundary, settlement not counted.</param>
    /// <param name="sweeps">How often each node is improved.</param>
    /// <param name="points">Of each integral over the boundary up to a node.</param>
    /// <param name="premiumPoints">Of the integral over the whole boundary, the premium for early exercise.</param>
    public AmericanScheme(int nodes, int sweeps, int points, int premiumPoints)
    {
        (Nodes, Sweeps, Points, PremiumPoints) = (nodes, sweeps, points, premiumPoints);

        // x = (1 + cos(jπ/n))/2, from 0, where the boundary is known, to 1.
        double[] root = [.. Enumerable.Range(0, nodes + 1).Select(j => Square(Sine(j * Math.PI / (2 * nodes))))];
        root[nodes] = 1;
        Root = root[1..];

        (double[] y, double[] weight) = Legendre(points);
        Rows = [.. Enumerable.Range(1, nodes).SelectMany(i => y.Select((at, k) => (Angle: at * Math.PI / 2, Weight: weight[k] * Math.PI / 2))
            .SelectMany(point => Row(root, i, point.Angle, point.Weight)))];

        (y, weight) = Legendre(premiumPoints);
        PremiumRows = [.. y.Select((at, k) => (Angle: Math.PI / 2 * at * (1 - Crowding + Crowding * at), Weight: weight[k] * Math.PI / 2 * (1 - Crowding + 2 * Crowding * at)))
            .SelectMany(point => Row(root, nodes, point.Angle, point.Weight))];
    }

    /// <summary>For <see cref="AmericanAccuracy.Fast"/>.</summary>
    public static AmericanScheme Fast { get; } = new(nodes: 5, sweeps: 3, points: 4, premiumPoints: 10);

    /// <summary>For <see cref="AmericanAccuracy.Precise"/>.</summary>
    public static AmericanScheme Precise { get; } = new(nodes: 12, sweeps: 6, points: 14, premiumPoints: 32);

    /// <summary>For what the others do not settle.</summary>
    public static AmericanScheme Robust { get; } = new(nodes: 20, sweeps: 14, points: 32, premiumPoints: 64);

    public int Nodes { get; }
    public int Sweeps { get; }
    public int Points { get; }
    public int PremiumPoints { get; }

    /// <summary>The root of time to settlement at each node, ascending to 1.</summary>
    public double[] Root { get; }

    /// <summary>By node and point, <see cref="Head"/> constants and then what each node contributes to the boundary there.</summary>
    public double[] Rows { get; }

    /// <summary>The same for the points of the premium.</summary>
    public double[] PremiumRows { get; }

    /// <summary>Doubles from one row to the next.</summary>
    public int Stride => Head + Nodes;

    // √(τ − u), its inverse, u, the weight of an integral over du/√(τ − u), that weight times how d₋ moves with the node's own value while all earlier stand
    // still (the boundary being nearly proportional to x), and the weight of an integral over du.
    static IEnumerable<double> Row(double[] root, int node, double angle, double weight)
    {
        double x = root[node], sine = Sine(angle), cosine = Sine(Math.PI / 2 - angle);
        double near = x * sine, far = x * cosine;
        double[] cardinal = Cardinals(root, far);
        double rootWeight = 2 * far * weight;
        double[] head = [near, 1 / near, far * far, rootWeight, rootWeight / near * (1 - cardinal[node - 1] / cosine), rootWeight * near];
        return head.Concat(cardinal);
    }

    static double Square(double x) => x * x;

    // Taylor's series, to beyond the last bit from 0 to π/2.
    static double Sine(double x)
    {
        double sum = 0;
        for (int k = 27; k >= 1; k -= 2) sum = 1 - sum * x * x / ((k + 1) * (k + 2.0));
        return x * sum;
    }

    // Points and weights on (0, 1): the zeros of Legendre's polynomial by Newton's method (Press et al., "Numerical Recipes", 3rd ed., section 4.6.1).
    static (double[] Point, double[] Weight) Legendre(int count)
    {
        var point = new double[count];
        var weight = new double[count];
        for (int i = 0; i < count; i++)
        {
            double angle = Math.PI * (i + 0.75) / (count + 0.5);
            double z = angle < Math.PI / 2 ? -Sine(Math.PI / 2 - angle) : Sine(angle - Math.PI / 2);
            double slope = 0;
            for (int step = 0; step < 12; step++)
            {
                double p = 1, previous = 0;
                for (int j = 0; j < count; j++) (p, previous) = (((2 * j + 1) * z * p - j * previous) / (j + 1), p);
                slope = count * (z * p - previous) / (z * z - 1);
                z -= p / slope;
            }

            point[i] = (1 + z) / 2;
            weight[i] = 1 / ((1 - z * z) * slope * slope);
        }

        return (point, weight);
    }

    // Lagrange's polynomials at x, in barycentric form with the weights of Chebyshev's second kind (Berrut and Trefethen 2004); the node at 0 is left out.
    static double[] Cardinals(double[] root, double x)
    {
        int n = root.Length - 1;
        double[] term = [.. root.Select((node, j) => (j % 2 == 0 ? 1.0 : -1.0) * (j == 0 || j == n ? 0.5 : 1.0) / (x - node))];
        double sum = 0;
        foreach (double value in term) sum += value;
        return [.. term[1..].Select(value => value / sum)];
    }
}
