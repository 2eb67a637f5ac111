"""Makes the coefficients of BatchVolatility: needs python3-mpmath, prints C# and the error of each fit.

1. M(u) = (1 - Phi(u)) / phi(u) on [-0.75, 19.25] as P(v)/Q(v), v = u + 0.75, degrees 9 and 10, Q monic: interpolated in 50-digit
   arithmetic at nodes that are moved until the extrema of the error between them are level. The error is that of M divided by
   1 + v, for what is used is the divided difference of M. All coefficients come out positive: nothing cancels in the sums.
2. The seed: s / y as a polynomial in (w, z), least squares reweighted towards the smallest worst relative error. Here y is
   (twin + |F - K|) / mean, mean = (F + K) / 2, z = y^2, and w maps 1 / (3 + log2((twin + |F - K|) / twin)) onto [-1, 1]. Both coordinates are
   even or odd in ln(F/K) and s together, which keeps the degree in z low.
3. A rough logarithm for the seed, and the series of the exact one.
"""
import math
from mpmath import mp, mpf, matrix, lu_solve, erfc, exp, log, sqrt, pi, cos, nstr

mp.dps = 50
DEGREE, SHIFT, TOP, HALF = 10, mpf("0.75"), 20, 2


def mills(v):
    u = v - SHIFT
    return sqrt(pi / 2) * exp(u * u / 2) * erfc(u / sqrt(mpf(2)))


def interpolate(nodes):
    size = 2 * DEGREE
    a, b = matrix(size, size), matrix(size, 1)
    for i, w in enumerate(nodes):
        v = HALF * w / (1 - w)
        m, scale = mills(v), (1 + v) ** -DEGREE
        for j in range(DEGREE):
            a[i, j] = v**j * scale
            a[i, DEGREE + j] = -m * v**j * scale
        b[i] = m * v**DEGREE * scale
    c = lu_solve(a, b)
    return [c[j] for j in range(DEGREE)], [c[DEGREE + j] for j in range(DEGREE)] + [mpf(1)]


def error(p, q, w):
    v = HALF * w / (1 - w)
    return abs(mp.polyval(p[::-1], v) / mp.polyval(q[::-1], v) - mills(v)) / (1 + v)


def level():
    top = mpf(TOP) / (TOP + HALF)
    nodes = [top * (1 - cos(pi * (2 * i + 1) / (4 * DEGREE))) / 2 for i in range(2 * DEGREE)]
    best = None
    for _ in range(12):
        p, q = interpolate(nodes)
        edges = [mpf(0)] + nodes + [top]
        gaps = [b - a for a, b in zip(edges, edges[1:])]
        worst = [max(error(p, q, a + gap * k / mpf(6)) for k in range(7)) for a, gap in zip(edges, gaps)]
        if best is None or max(worst) < best[0]:
            best = max(worst), p, q
        mean = exp(sum(log(e) for e in worst) / len(worst))
        moved = [gap * (mean / e) ** (mpf(1) / 6) for gap, e in zip(gaps, worst)]
        nodes = [sum(moved[: i + 1]) * top / sum(moved) for i in range(len(moved) - 1)]
    return best


OFFSET, A_MAX, X_MAX, DEGREES = 3.0, 8.0, 1.5, (8, 7, 5, 3)


def price(x, s):
    """The out-of-the-money option as a fraction of min(F, K)."""
    a, t = x / s, s / 2
    if t >= 0.02:
        return 0.5 * math.erfc((a - t) / math.sqrt(2)) - math.exp(x) * 0.5 * math.erfc((a + t) / math.sqrt(2))
    m = [math.sqrt(math.pi / 2) * math.exp(a * a / 2) * math.erfc(a / math.sqrt(2))]
    m.append(a * m[0] - 1)
    for n in range(1, 7):
        m.append(a * m[n] + n * m[n - 1])
    z = t * t
    return math.exp(-((a - t) ** 2) / 2) / math.sqrt(2 * math.pi) * -2 * t * (m[1] + z * (m[3] / 6 + z * (m[5] / 120 + z * m[7] / 5040)))


def points():
    for i in range(71):
        a = A_MAX * 0.5 * (1 - math.cos(math.pi * i / 70))
        for s in (1e-3, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5):
            x = a * s
            if x > X_MAX:
                continue
            mean = (1 + math.exp(x)) / 2
            twin, gap = price(x, s), math.exp(x) - 1
            y = (twin + gap) / mean
            yield 1 / (OFFSET + math.log2((twin + gap) / twin)), y * y, s / y


def least_squares(rows, right):
    n = len(rows[0])
    r = [row + [v] for row, v in zip(rows, right)]
    for k in range(n):
        v = [row[k] for row in r[k:]]
        v[0] += math.copysign(math.sqrt(sum(e * e for e in v)), v[0])
        scale = 2 / sum(e * e for e in v)
        for c in range(k, n + 1):
            d = scale * sum(e * r[k + i][c] for i, e in enumerate(v))
            for i, e in enumerate(v):
                r[k + i][c] -= d * e
    x = [0.0] * n
    for k in range(n - 1, -1, -1):
        x[k] = (r[k][n] - sum(r[k][c] * x[c] for c in range(k + 1, n))) / r[k][k]
    return x


def seed():
    data = list(points())
    low, high = min(p[0] for p in data), max(p[0] for p in data)
    slope, zero = 2 / (high - low), -(high + low) / (high - low)
    rows = []
    for h, z, g in data:
        w = slope * h + zero
        rows.append([w**i * z**j / g for j, degree in enumerate(DEGREES) for i in range(degree + 1)])
    weights, best = [1.0] * len(rows), None
    for _ in range(12):
        c = least_squares([[e * k for e in row] for row, k in zip(rows, weights)], weights)
        errors = [abs(sum(p * e for p, e in zip(c, row)) - 1) for row in rows]
        worst = max(errors)
        if best is None or worst < best[0]:
            best = worst, c
        weights = [k * math.sqrt(e / worst + 0.02) for k, e in zip(weights, errors)]
        weights = [max(k / max(weights), 1e-4) for k in weights]
    return best[0], slope, zero, best[1]


worst, p, q = level()
assert all(c > 0 for c in p + q)
print("// worst error of M / (1 + v):", nstr(worst, 3))
for name, c in (("P", p), ("Q", q[:-1])):
    print("const double " + ", ".join(f"{name}{i} = {float(value)!r}" for i, value in enumerate(c)) + ";")

# ln(A/B) = 2 artanh(r) with r = (A - B) / (A + B), |r| <= 0.2: what follows 2r, over r^3, as a polynomial in r^2.
c, worst = mp.chebyfit(lambda z: 2 * (mp.atanh(sqrt(z)) / sqrt(z) - 1) / z if z else mpf(2) / 3, [mpf(10) ** -12, mpf("0.0401")], 8, error=True)
print("// worst error of the logarithm's series:", nstr(worst, 3))
print("const double " + ", ".join(f"L{i} = {float(value)!r}" for i, value in enumerate(c[::-1])) + ";")

c, worst = mp.chebyfit(lambda m: log(m) / log(2), [1, 2], 6, error=True)
print("// worst error of the seed's log2 of a mantissa:", nstr(worst, 3))
print("const double " + ", ".join(f"G{i} = {float(value)!r}" for i, value in enumerate(c[::-1])) + ";")

worst, slope, zero, c = seed()
print(f"// worst relative error of the seed: {worst:.2g}")
print(f"const double SeedSlope = {slope!r}, SeedZero = {zero!r};")
for j, degree in enumerate(DEGREES):
    print("const double " + ", ".join(f"S{j}{i} = {c.pop(0)!r}" for i in range(degree + 1)) + ";")
