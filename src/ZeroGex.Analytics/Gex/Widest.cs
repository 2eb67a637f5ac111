using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ZeroGex.Analytics.Pricing;

namespace ZeroGex.Analytics.Gex;

/// <summary>What <see cref="LaneWidth.Widest"/> is on this machine.</summary>
static class Widest
{
    /// <summary>The width itself, or the widest: eight lanes also on older processors, which clock down for them and still gain.</summary>
    public static LaneWidth Of(LaneWidth width) =>
        width != LaneWidth.Widest ? width
        : Avx512DQ.IsSupported || Vector512.IsHardwareAccelerated ? LaneWidth.Eight
        : Vector256.IsHardwareAccelerated ? LaneWidth.Four
        : LaneWidth.Scalar;
}
