"""Makes the coefficients of PortableMath.Mills, and with the arguments 6 14 those of LaneNormal: needs python3-mpmath, prints C# and the error of the fit.

M(u) = (1 - Phi(u)) / phi(u) is interpolated on [0, TOP] by P/Q (degrees DEGREE - 1 and DEGREE, Q monic) in 60-digit arithmetic. The
nodes are moved until the extrema of the relative error between them are level, which is what Remez' exchange arrives at.
All coefficients come out positive: nothing cancels when the polynomials are summed.
"""
import sys
from mpmath import mp, mpf, matrix, lu_solve, erfc, exp, log, sqrt, pi, cos, nstr

mp.dps = 60
DEGREE, TOP = map(int, sys.argv[1:]) if len(sys.argv) == 3 else (10, 24)
HALF = 2  # w = u / (u + HALF) spreads the nodes evenly


def mills(u):
    return sqrt(pi / 2) * exp(u * u / 2) * erfc(u / sqrt(mpf(2)))


def solve(nodes):
    size = 2 * DEGREE
    a, b = matrix(size, size), matrix(size, 1)
    for i, w in enumerate(nodes):
        u = HALF * w / (1 - w)
        m, scale = mills(u), (1 + u) ** -DEGREE
        for j in range(DEGREE):
            a[i, j] = u**j * scale
            a[i, DEGREE + j] = -m * u**j * scale
        b[i] = m * u**DEGREE * scale
    c = lu_solve(a, b)
    return [c[j] for j in range(DEGREE)], [c[DEGREE + j] for j in range(DEGREE)] + [mpf(1)]


def error(p, q, w):
    u = HALF * w / (1 - w)
    return abs(mp.polyval(p[::-1], u) / (mp.polyval(q[::-1], u) * mills(u)) - 1)


top = mpf(TOP) / (TOP + HALF)
nodes = [top * (1 - cos(pi * (2 * i + 1) / (4 * DEGREE))) / 2 for i in range(2 * DEGREE)]
for _ in range(16):
    p, q = solve(nodes)
    edges = [mpf(0)] + nodes + [top]
    gaps = [b - a for a, b in zip(edges, edges[1:])]
    worst = [max(error(p, q, a + gap * k / mpf(8)) for k in range(9)) for a, gap in zip(edges, gaps)]
    mean = exp(sum(log(e) for e in worst) / len(worst))
    moved = [gap * (mean / e) ** (mpf(1) / 6) for gap, e in zip(gaps, worst)]
    edges = [sum(moved[: i + 1]) * top / sum(moved) for i in range(len(moved))]
    if max(worst) / min(worst) < 1.3:
        break
    nodes = edges[:-1]

assert all(c > 0 for c in p + q)
print("// worst relative error of the fit", nstr(max(worst), 3))
for name, c in (("P", p), ("Q", q)):
    for i, value in enumerate(c):
        print(f"const double {name}{i} = {float(value)!r};")
