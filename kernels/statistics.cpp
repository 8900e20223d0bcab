// SPDX-License-Identifier: Apache-2.0
#include "kernels/statistics.h"

#include <algorithm>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/statistics.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET == HWY_SCALAR

template <typename Sample, typename Limit, typename Sum>
void add_statistics(const Sample* a, const Sample* b, const std::uint8_t* valid_a, const std::uint8_t* valid_b,
                    std::size_t count, int lanes, Limit limit, PairStatistics<Sum>& sums) {
    reference::add_pair_statistics(a, b, valid_a, valid_b, count, lanes, limit, sums);
}

#else

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::CappedTag<std::int32_t, 8>;
using DU = hn::RebindToUnsigned<D>;
using DF = hn::RebindToFloat<D>;
using DD = hn::CappedTag<double, 4>;
using V = hn::Vec<D>;
using VU = hn::Vec<DU>;
constexpr std::size_t width = hn::MaxLanes(D());
constexpr std::size_t group = 8; ///< pixels a step

/// All bits set in the samples, part `part` of `lanes`, of pixels that are valid in both.
template <int lanes>
HWY_INLINE V valid_samples(const std::uint8_t* valid_a, const std::uint8_t* valid_b, int part) {
    const D d;
    const hn::Rebind<std::uint8_t, D> d8;
    const auto none = hn::Or(hn::Eq(hn::PromoteTo(d, hn::LoadU(d8, valid_a)), hn::Zero(d)),
                             hn::Eq(hn::PromoteTo(d, hn::LoadU(d8, valid_b)), hn::Zero(d)));
    const V seen = hn::Not(hn::VecFromMask(d, none));
    if constexpr (lanes == 1) return seen;
    alignas(32) std::int32_t order[width];
    for (std::size_t i = 0; i < width; ++i) order[i] = static_cast<std::int32_t>((part * width + i) / lanes);
    return hn::TableLookupLanes(seen, hn::SetTableIndices(d, order));
}

template <typename Sum>
HWY_INLINE void add_by_lane(VU values, int lanes, int shift, std::array<Sum, 4>& sums) {
    alignas(32) std::uint32_t each[width];
    hn::Store(values, DU(), each);
    for (std::size_t i = 0; i < width; ++i) sums[i % lanes] += static_cast<Sum>(each[i]) << shift;
}

template <int lanes, typename Sample>
void add_integers(const Sample* HWY_RESTRICT a, const Sample* HWY_RESTRICT b, const std::uint8_t* HWY_RESTRICT valid_a,
                  const std::uint8_t* HWY_RESTRICT valid_b, std::size_t count, std::int32_t limit,
                  PairStatistics<std::uint64_t>& sums) {
    const D d;
    const DU du;
    const hn::Rebind<Sample, D> ds;
    const V bound = hn::Set(d, limit);
    const VU low16 = hn::Set(du, 0xFFFF);
    constexpr bool split = sizeof(Sample) == 2;                 // squares of 16 bits are summed by halves
    constexpr std::size_t most = 65536 / lanes / width * width; // pixels until a 32-bit sum could overflow
    std::size_t i = 0;
    while (i + width <= count) {
        const std::size_t end = i + std::min(most, (count - i) / width * width);
        VU n = hn::Zero(du), sum_a = n, sum_b = n, aa = n, bb = n, ab = n, aa_high = n, bb_high = n, ab_high = n;
        for (; i < end; i += width)
            for (int part = 0; part < lanes; ++part) {
                const std::size_t at = i * lanes + part * width;
                V x = hn::PromoteTo(d, hn::LoadU(ds, a + at)), y = hn::PromoteTo(d, hn::LoadU(ds, b + at));
                const V keep = hn::And(valid_samples<lanes>(valid_a + i, valid_b + i, part),
                                       hn::VecFromMask(d, hn::And(hn::Lt(x, bound), hn::Lt(y, bound))));
                const VU p = hn::BitCast(du, hn::And(x, keep)), q = hn::BitCast(du, hn::And(y, keep));
                n = hn::Sub(n, hn::BitCast(du, keep));
                sum_a = hn::Add(sum_a, p);
                sum_b = hn::Add(sum_b, q);
                const VU pp = hn::Mul(p, p), qq = hn::Mul(q, q), pq = hn::Mul(p, q);
                if constexpr (split) {
                    aa = hn::Add(aa, hn::And(pp, low16));
                    bb = hn::Add(bb, hn::And(qq, low16));
                    ab = hn::Add(ab, hn::And(pq, low16));
                    aa_high = hn::Add(aa_high, hn::ShiftRight<16>(pp));
                    bb_high = hn::Add(bb_high, hn::ShiftRight<16>(qq));
                    ab_high = hn::Add(ab_high, hn::ShiftRight<16>(pq));
                } else {
                    aa = hn::Add(aa, pp);
                    bb = hn::Add(bb, qq);
                    ab = hn::Add(ab, pq);
                }
            }
        add_by_lane(n, lanes, 0, sums.count);
        add_by_lane(sum_a, lanes, 0, sums.a);
        add_by_lane(sum_b, lanes, 0, sums.b);
        add_by_lane(aa, lanes, 0, sums.aa);
        add_by_lane(bb, lanes, 0, sums.bb);
        add_by_lane(ab, lanes, 0, sums.ab);
        if constexpr (split) {
            add_by_lane(aa_high, lanes, 16, sums.aa);
            add_by_lane(bb_high, lanes, 16, sums.bb);
            add_by_lane(ab_high, lanes, 16, sums.ab);
        }
    }
    reference::add_pair_statistics(a + i * lanes, b + i * lanes, valid_a + i, valid_b + i, count - i, lanes, limit,
                                   sums);
}

constexpr std::size_t halves = 2 * group / width; ///< vectors of doubles that hold the eight partial sums

struct Partial {
    hn::Vec<DD> values[halves];
    HWY_INLINE void add(std::size_t slot, hn::Vec<DF> x, hn::Vec<DF> y) {
        const hn::Half<DF> half;
        const DD dd;
        values[slot] = hn::Add(values[slot], hn::Mul(hn::PromoteTo(dd, hn::LowerHalf(half, x)),
                                                     hn::PromoteTo(dd, hn::LowerHalf(half, y))));
        values[slot + 1] = hn::Add(values[slot + 1], hn::Mul(hn::PromoteTo(dd, hn::UpperHalf(half, x)),
                                                             hn::PromoteTo(dd, hn::UpperHalf(half, y))));
    }
};

template <int lanes>
void add_reals(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, const std::uint8_t* HWY_RESTRICT valid_a,
               const std::uint8_t* HWY_RESTRICT valid_b, std::size_t count, float limit, PairStatistics<double>& sums) {
    const D d;
    const DF df;
    const DD dd;
    const auto bound = hn::Set(df, limit), one = hn::Set(df, 1.0f);
    Partial sum_a, sum_b, aa, bb, ab;
    for (Partial* partial : {&sum_a, &sum_b, &aa, &bb, &ab})
        for (auto& value : partial->values) value = hn::Zero(dd);
    std::array<std::uint64_t, group> n{};
    for (std::size_t i = 0; i < count; i += group) {
        alignas(32) float last_a[group * lanes], last_b[group * lanes];
        std::uint8_t last_valid_a[group] = {}, last_valid_b[group] = {};
        const float *row_a = a + i * lanes, *row_b = b + i * lanes;
        const std::uint8_t *row_valid_a = valid_a + i, *row_valid_b = valid_b + i;
        if (count - i < group) {
            std::copy(row_a, a + count * lanes, std::fill_n(last_a, group * lanes, 0.0f) - group * lanes);
            std::copy(row_b, b + count * lanes, std::fill_n(last_b, group * lanes, 0.0f) - group * lanes);
            std::copy(row_valid_a, valid_a + count, last_valid_a);
            std::copy(row_valid_b, valid_b + count, last_valid_b);
            row_a = last_a, row_b = last_b, row_valid_a = last_valid_a, row_valid_b = last_valid_b;
        }
        for (std::size_t pixel = 0; pixel < group; pixel += width)
            for (int part = 0; part < lanes; ++part) {
                const std::size_t at = pixel * lanes + part * width;
                auto x = hn::LoadU(df, row_a + at), y = hn::LoadU(df, row_b + at);
                const V seen = valid_samples<lanes>(row_valid_a + pixel, row_valid_b + pixel, part);
                const auto keep =
                    hn::And(hn::And(hn::Lt(x, bound), hn::Lt(y, bound)), hn::MaskFromVec(hn::BitCast(df, seen)));
                x = hn::IfThenElseZero(keep, x);
                y = hn::IfThenElseZero(keep, y);
                const std::size_t slot = at % group / width * 2;
                sum_a.add(slot, x, one);
                sum_b.add(slot, y, one);
                aa.add(slot, x, x);
                bb.add(slot, y, y);
                ab.add(slot, x, y);
                alignas(32) std::int32_t counted[width];
                hn::Store(hn::BitCast(d, hn::VecFromMask(df, keep)), d, counted);
                for (std::size_t k = 0; k < width; ++k) n[at % group + k] -= static_cast<std::uint64_t>(counted[k]);
            }
    }
    const auto collect = [&](const Partial& partial, std::array<double, 4>& by_lane) HWY_ATTR {
        alignas(32) double each[group];
        for (std::size_t k = 0; k < halves; ++k) hn::Store(partial.values[k], dd, each + k * width / 2);
        for (std::size_t k = 0; k < group; ++k) by_lane[k % lanes] += each[k];
    };
    collect(sum_a, sums.a);
    collect(sum_b, sums.b);
    collect(aa, sums.aa);
    collect(bb, sums.bb);
    collect(ab, sums.ab);
    for (std::size_t k = 0; k < group; ++k) sums.count[k % lanes] += n[k];
}

template <int lanes, typename Sample, typename Limit, typename Sum>
void add_lanes(const Sample* a, const Sample* b, const std::uint8_t* valid_a, const std::uint8_t* valid_b,
               std::size_t count, Limit limit, PairStatistics<Sum>& sums) {
    if constexpr (std::is_same_v<Sample, float>)
        add_reals<lanes>(a, b, valid_a, valid_b, count, limit, sums);
    else
        add_integers<lanes>(a, b, valid_a, valid_b, count, limit, sums);
}

template <typename Sample, typename Limit, typename Sum>
void add_statistics(const Sample* a, const Sample* b, const std::uint8_t* valid_a, const std::uint8_t* valid_b,
                    std::size_t count, int lanes, Limit limit, PairStatistics<Sum>& sums) {
    switch (lanes) {
    case 1:
        return add_lanes<1>(a, b, valid_a, valid_b, count, limit, sums);
    case 2:
        return add_lanes<2>(a, b, valid_a, valid_b, count, limit, sums);
    default:
        return add_lanes<4>(a, b, valid_a, valid_b, count, limit, sums);
    }
}

#endif

void add_u8(const std::uint8_t* a, const std::uint8_t* b, const std::uint8_t* valid_a, const std::uint8_t* valid_b,
            std::size_t count, int lanes, std::int32_t limit, PairStatistics<std::uint64_t>& sums) {
    add_statistics(a, b, valid_a, valid_b, count, lanes, limit, sums);
}
void add_u16(const std::uint16_t* a, const std::uint16_t* b, const std::uint8_t* valid_a, const std::uint8_t* valid_b,
             std::size_t count, int lanes, std::int32_t limit, PairStatistics<std::uint64_t>& sums) {
    add_statistics(a, b, valid_a, valid_b, count, lanes, limit, sums);
}
void add_f32(const float* a, const float* b, const std::uint8_t* valid_a, const std::uint8_t* valid_b,
             std::size_t count, int lanes, float limit, PairStatistics<double>& sums) {
    add_statistics(a, b, valid_a, valid_b, count, lanes, limit, sums);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {

HWY_EXPORT(add_u8);
HWY_EXPORT(add_u16);
HWY_EXPORT(add_f32);

void add_pair_statistics(const std::uint8_t* a, const std::uint8_t* b, const std::uint8_t* valid_a,
                         const std::uint8_t* valid_b, std::size_t count, int lanes, std::int32_t limit,
                         PairStatistics<std::uint64_t>& sums) {
    HWY_DYNAMIC_DISPATCH(add_u8)(a, b, valid_a, valid_b, count, lanes, limit, sums);
}
void add_pair_statistics(const std::uint16_t* a, const std::uint16_t* b, const std::uint8_t* valid_a,
                         const std::uint8_t* valid_b, std::size_t count, int lanes, std::int32_t limit,
                         PairStatistics<std::uint64_t>& sums) {
    HWY_DYNAMIC_DISPATCH(add_u16)(a, b, valid_a, valid_b, count, lanes, limit, sums);
}
void add_pair_statistics(const float* a, const float* b, const std::uint8_t* valid_a, const std::uint8_t* valid_b,
                         std::size_t count, int lanes, float limit, PairStatistics<double>& sums) {
    HWY_DYNAMIC_DISPATCH(add_f32)(a, b, valid_a, valid_b, count, lanes, limit, sums);
}

template <typename Sample, typename Limit, typename Sum>
void reference::add_pair_statistics(const Sample* a, const Sample* b, const std::uint8_t* valid_a,
                                    const std::uint8_t* valid_b, std::size_t count, int lanes, Limit limit,
                                    PairStatistics<Sum>& sums) {
    PairStatistics<Sum> partial[8];
    for (std::size_t i = 0; i < count * lanes; ++i) {
        const std::size_t pixel = i / lanes, lane = i % lanes;
        if (valid_a[pixel] == 0 || valid_b[pixel] == 0 || !(a[i] < limit) || !(b[i] < limit)) continue;
        const Sum x = a[i], y = b[i];
        PairStatistics<Sum>& sum = partial[i % 8];
        ++sum.count[lane];
        sum.a[lane] += x;
        sum.b[lane] += y;
        sum.aa[lane] += x * x;
        sum.bb[lane] += y * y;
        sum.ab[lane] += x * y;
    }
    for (std::size_t k = 0; k < 8; ++k) {
        const std::size_t lane = k % lanes;
        sums.count[lane] += partial[k].count[lane];
        sums.a[lane] += partial[k].a[lane];
        sums.b[lane] += partial[k].b[lane];
        sums.aa[lane] += partial[k].aa[lane];
        sums.bb[lane] += partial[k].bb[lane];
        sums.ab[lane] += partial[k].ab[lane];
    }
}

template void reference::add_pair_statistics(const std::uint8_t*, const std::uint8_t*, const std::uint8_t*,
                                             const std::uint8_t*, std::size_t, int, std::int32_t,
                                             PairStatistics<std::uint64_t>&);
template void reference::add_pair_statistics(const std::uint16_t*, const std::uint16_t*, const std::uint8_t*,
                                             const std::uint8_t*, std::size_t, int, std::int32_t,
                                             PairStatistics<std::uint64_t>&);
template void reference::add_pair_statistics(const float*, const float*, const std::uint8_t*, const std::uint8_t*,
                                             std::size_t, int, float, PairStatistics<double>&);

} // namespace overflight::kernels
#endif
