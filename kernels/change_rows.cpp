// SPDX-License-Identifier: Apache-2.0
#include "kernels/change_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/change_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::CappedTag<float, 8>;
using V = hn::Vec<D>;
constexpr std::size_t lanes = hn::MaxLanes(D());
constexpr float far_away = 3e38F;

HWY_INLINE V at(const float* p) {
    return hn::LoadU(D(), p);
}

HWY_INLINE V all(float value) {
    return hn::Set(D(), value);
}

/// Calls `work` with a number as a constant, so that its loops are unrolled; with 0 for numbers that are rare: missions
/// have one, three or four bands, and texture beside them.
template <typename Work>
HWY_INLINE void with_constant(int number, const Work& work) {
    switch (number) {
    case 1:
        return work(std::integral_constant<int, 1>());
    case 2:
        return work(std::integral_constant<int, 2>());
    case 3:
        return work(std::integral_constant<int, 3>());
    case 4:
        return work(std::integral_constant<int, 4>());
    case 5:
        return work(std::integral_constant<int, 5>());
    default:
        return work(std::integral_constant<int, 0>());
    }
}

HWY_INLINE V mixed(const float* const* rows, int features, const float* coefficients, float offset, std::size_t i) {
    V sum = all(offset);
    for (int f = 0; f < features; ++f) sum = hn::Add(sum, hn::Mul(all(coefficients[f]), at(rows[f] + i)));
    return sum;
}

/// Numbers or pointers, held where no store of samples can change them; any number: where they are.
template <typename T, int fixed>
struct Held {
    T values[static_cast<std::size_t>(fixed)];
    HWY_INLINE Held(const T* from, int count) { std::copy_n(from, count, values); }
    HWY_INLINE const T* get() const { return values; }
};
template <typename T>
struct Held<T, 0> {
    const T* values;
    HWY_INLINE Held(const T* from, int) : values(from) {}
    HWY_INLINE const T* get() const { return values; }
};

/// variates: no more than features, where these are fixed.
template <int fixed>
struct HeldTerms {
    int features;
    Held<const float*, fixed> rows;
    Held<float, fixed * fixed> coefficients;
    Held<float, fixed> offsets;

    HWY_INLINE HeldTerms(const MixTerms& terms, int variates)
        : features(terms.features), rows(terms.rows, terms.features),
          coefficients(terms.coefficients, terms.features * variates), offsets(terms.offsets, variates) {}

    HWY_INLINE V sum(int variate, std::size_t i) const {
        const int count = fixed > 0 ? fixed : features;
        return mixed(rows.get(), count, coefficients.get() + variate * count, offsets.get()[variate], i);
    }
};

void mix(const float* const* rows, int features, const float* coefficients, const float* offsets, int variates,
         std::size_t count, float* const* outs) {
    with_constant(variates <= features ? features : 0, [&](auto fixed) {
        const HeldTerms<fixed> terms({rows, features, coefficients, offsets}, variates);
        for (int v = 0; v < variates; ++v) {
            float* out = outs[v];
            for (std::size_t i = 0; i < count; i += lanes) hn::StoreU(terms.sum(v, i), D(), out + i);
        }
    });
}

void distance_of_mixed(const MixTerms& before, const MixTerms& after, int variates, std::size_t count,
                       float* HWY_RESTRICT out) {
    const bool alike = before.features == after.features && variates <= before.features;
    with_constant(alike ? before.features : 0, [&](auto fixed) {
        const HeldTerms<fixed> one(before, variates), other(after, variates);
        for (std::size_t i = 0; i < count; i += lanes) {
            V sum = hn::Zero(D());
            for (int v = 0; v < variates; ++v) {
                const V difference = hn::Sub(one.sum(v, i), other.sum(v, i));
                sum = hn::Add(sum, hn::Mul(difference, difference));
            }
            hn::StoreU(sum, D(), out + i);
        }
    });
}

void saturate(const float* in, float knee, float scale, std::size_t count, float* out) {
    const V half = all(knee), factor = all(scale);
    for (std::size_t i = 0; i < count; i += lanes) {
        const V x = hn::Max(at(in + i), hn::Zero(D()));
        hn::StoreU(hn::Div(hn::Mul(factor, x), hn::Add(x, half)), D(), out + i);
    }
}

template <int fixed>
HWY_INLINE void tolerant_of(const float* const* before, const float* const* after, int variates, std::size_t count,
                            float* HWY_RESTRICT forward, float* const* backward, float* HWY_RESTRICT scratch,
                            std::size_t stride) {
    const int used = fixed > 0 ? fixed : variates;
    const Held<const float*, fixed> first(before, used);
    float *left = scratch + 1, *here = left + stride, *right = here + stride;
    for (int y = 0; y < 3; ++y) {
        const Held<const float*, fixed> second(after + y * used, used);
        for (std::size_t i = 0; i < count; i += lanes) {
            V l = hn::Zero(D()), h = l, r = l;
            for (int v = 0; v < used; ++v) {
                const V u = at(first.get()[v] + i);
                const float* w = second.get()[v] + i;
                const V a = hn::Sub(u, at(w - 1)), b = hn::Sub(u, at(w)), c = hn::Sub(u, at(w + 1));
                l = hn::Add(l, hn::Mul(a, a));
                h = hn::Add(h, hn::Mul(b, b));
                r = hn::Add(r, hn::Mul(c, c));
            }
            hn::StoreU(l, D(), left + i);
            hn::StoreU(h, D(), here + i);
            hn::StoreU(r, D(), right + i);
            const V least = hn::Min(hn::Min(l, h), r);
            hn::StoreU(y == 0 ? least : hn::Min(at(forward + i), least), D(), forward + i);
        }
        left[count] = right[-1] = far_away; // no sample there to look back from
        for (std::size_t i = 0; i < count; i += lanes)
            hn::StoreU(hn::Min(hn::Min(at(left + i + 1), at(here + i)), at(right + i - 1)), D(), backward[y] + i);
    }
}

void tolerant(const float* const* before, const float* const* after, int variates, std::size_t count, float* forward,
              float* const* backward, float* scratch, std::size_t stride) {
    with_constant(variates, [&](auto fixed) {
        tolerant_of<fixed>(before, after, variates, count, forward, backward, scratch, stride);
    });
}

void score_tolerant(const float* forward, const float* a, const float* b, const float* c, float centre, float factor,
                    std::size_t count, float* HWY_RESTRICT out) {
    for (std::size_t i = 0; i < count; i += lanes) {
        const V back = hn::Min(hn::Min(at(a + i), at(b + i)), at(c + i));
        hn::StoreU(hn::Mul(hn::Sub(hn::Sqrt(hn::Max(at(forward + i), back)), all(centre)), all(factor)), D(), out + i);
    }
}

void score_weighted(const float* a, const float* b, const float* weight, float centre, float factor, std::size_t count,
                    float* HWY_RESTRICT out) {
    for (std::size_t i = 0; i < count; i += lanes) {
        const V distance = hn::Mul(hn::Sqrt(hn::Max(at(a + i), at(b + i))), at(weight + i));
        hn::StoreU(hn::Mul(hn::Sub(distance, all(centre)), all(factor)), D(), out + i);
    }
}

void four(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::size_t count, float* HWY_RESTRICT out) {
    for (std::size_t i = 0; i < count; i += lanes) {
        V a0, a1, b0, b1;
        hn::LoadInterleaved2(D(), a + 2 * i, a0, a1);
        hn::LoadInterleaved2(D(), b + 2 * i, b0, b1);
        hn::StoreU(hn::Max(hn::Max(a0, a1), hn::Max(b0, b1)), D(), out + i);
    }
}

void most_along(const float* HWY_RESTRICT in, std::size_t count, float* HWY_RESTRICT out) {
    for (std::size_t i = 0; i < count; i += lanes) {
        V most = at(in + i);
        for (std::size_t k = 1; k <= largest_reach; ++k) most = hn::Max(most, hn::Max(at(in + i - k), at(in + i + k)));
        hn::StoreU(most, D(), out + i);
    }
}

void most_across(const float* const* rows, std::size_t count, float* HWY_RESTRICT out) {
    for (std::size_t i = 0; i < count; i += lanes) {
        V most = at(rows[0] + i);
        for (int k = 1; k <= 2 * largest_reach; ++k) most = hn::Max(most, at(rows[k] + i));
        hn::StoreU(most, D(), out + i);
    }
}

void combine(const float* const* fine, const float* strongest, const float* coarse, const std::uint8_t* valid,
             const ScoreRule& rule, std::size_t count, std::uint8_t* HWY_RESTRICT out) {
    const hn::RebindToSigned<D> di;
    const hn::Rebind<std::uint8_t, D> d8;
    for (std::size_t i = 0; i < count; i += lanes) {
        V most = at(fine[0] + i);
        for (int y = 0; y < 3; ++y)
            for (std::ptrdiff_t x = -1; x <= 1; ++x) most = hn::Max(most, at(fine[y] + i + x));
        const V evidence = hn::Sub(most, hn::Mul(all(rule.glare), at(strongest + i)));
        const V outlined = hn::Min(at(coarse + i), hn::Mul(all(rule.outline_gain), evidence));
        const V score = hn::Max(hn::Mul(all(rule.fine_share), at(fine[1] + i)), outlined);
        const V stored = hn::Add(hn::Mul(hn::Sub(score, all(rule.offset)), all(rule.per_unit)), all(0.5F));
        const auto kept = hn::ConvertTo(di, hn::Min(hn::Max(stored, all(1.0F)), all(255.0F)));
        const auto missing = hn::Eq(hn::PromoteTo(di, hn::LoadU(d8, valid + i)), hn::Zero(di));
        hn::StoreU(hn::DemoteTo(d8, hn::IfThenZeroElse(missing, kept)), d8, out + i);
    }
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {

HWY_EXPORT(mix);
HWY_EXPORT(distance_of_mixed);
HWY_EXPORT(saturate);
HWY_EXPORT(tolerant);
HWY_EXPORT(score_tolerant);
HWY_EXPORT(score_weighted);
HWY_EXPORT(four);
HWY_EXPORT(most_along);
HWY_EXPORT(most_across);
HWY_EXPORT(combine);

void mix_rows(const float* const* rows, int features, const float* coefficients, const float* offsets, int variates,
              std::size_t count, float* const* outs) {
    HWY_DYNAMIC_DISPATCH(mix)(rows, features, coefficients, offsets, variates, count, outs);
}
void mixed_distance(const MixTerms& before, const MixTerms& after, int variates, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(distance_of_mixed)(before, after, variates, count, out);
}
void saturate_row(const float* in, float knee, float scale, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(saturate)(in, knee, scale, count, out);
}
void tolerant_distances(const float* const* before, const float* const* after, int variates, std::size_t count,
                        float* forward, float* const* backward, float* scratch, std::size_t scratch_stride) {
    HWY_DYNAMIC_DISPATCH(tolerant)(before, after, variates, count, forward, backward, scratch, scratch_stride);
}
void tolerant_score(const float* forward, const float* a, const float* b, const float* c, float centre, float factor,
                    std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(score_tolerant)(forward, a, b, c, centre, factor, count, out);
}
void weighted_score(const float* a, const float* b, const float* weight, float centre, float factor, std::size_t count,
                    float* out) {
    HWY_DYNAMIC_DISPATCH(score_weighted)(a, b, weight, centre, factor, count, out);
}
void largest_of_four(const float* a, const float* b, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(four)(a, b, count, out);
}
void largest_along(const float* in, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(most_along)(in, count, out);
}
void largest_across(const float* const* rows, std::size_t count, float* out) {
    HWY_DYNAMIC_DISPATCH(most_across)(rows, count, out);
}
void combine_scores(const float* const* fine, const float* strongest, const float* coarse, const std::uint8_t* valid,
                    const ScoreRule& rule, std::size_t count, std::uint8_t* out) {
    HWY_DYNAMIC_DISPATCH(combine)(fine, strongest, coarse, valid, rule, count, out);
}

namespace {

float mixed_at(const float* const* rows, int features, const float* coefficients, float offset, std::size_t i) {
    float sum = offset;
    for (int f = 0; f < features; ++f) sum += coefficients[f] * rows[f][i];
    return sum;
}

} // namespace

void reference::mix_rows(const float* const* rows, int features, const float* coefficients, const float* offsets,
                         int variates, std::size_t count, float* const* outs) {
    for (int v = 0; v < variates; ++v)
        for (std::size_t i = 0; i < count; ++i)
            outs[v][i] = mixed_at(rows, features, coefficients + v * features, offsets[v], i);
}

void reference::mixed_distance(const MixTerms& before, const MixTerms& after, int variates, std::size_t count,
                               float* out) {
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = 0;
        for (int v = 0; v < variates; ++v) {
            const float difference =
                mixed_at(before.rows, before.features, before.coefficients + v * before.features, before.offsets[v],
                         i) -
                mixed_at(after.rows, after.features, after.coefficients + v * after.features, after.offsets[v], i);
            out[i] += difference * difference;
        }
    }
}

void reference::saturate_row(const float* in, float knee, float scale, std::size_t count, float* out) {
    for (std::size_t i = 0; i < count; ++i) {
        const float x = std::max(in[i], 0.0F);
        out[i] = scale * x / (x + knee);
    }
}

void reference::tolerant_distances(const float* const* before, const float* const* after, int variates,
                                   std::size_t count, float* forward, float* const* backward) {
    const auto n = static_cast<std::ptrdiff_t>(count);
    const auto distance = [&](int y, std::ptrdiff_t x, std::ptrdiff_t i) {
        float sum = 0;
        for (int v = 0; v < variates; ++v) {
            const float d = before[v][i] - after[y * variates + v][i + x];
            sum += d * d;
        }
        return sum;
    };
    for (std::ptrdiff_t i = 0; i < n; ++i) {
        forward[i] = std::numeric_limits<float>::max();
        for (int y = 0; y < 3; ++y) {
            backward[y][i] = std::numeric_limits<float>::max();
            for (std::ptrdiff_t x = -1; x <= 1; ++x) {
                forward[i] = std::min(forward[i], distance(y, x, i));
                if (i - x >= 0 && i - x < n) backward[y][i] = std::min(backward[y][i], distance(y, x, i - x));
            }
        }
    }
}

void reference::tolerant_score(const float* forward, const float* a, const float* b, const float* c, float centre,
                               float factor, std::size_t count, float* out) {
    for (std::size_t i = 0; i < count; ++i)
        out[i] = (std::sqrt(std::max(forward[i], std::min(std::min(a[i], b[i]), c[i]))) - centre) * factor;
}

void reference::weighted_score(const float* a, const float* b, const float* weight, float centre, float factor,
                               std::size_t count, float* out) {
    for (std::size_t i = 0; i < count; ++i) out[i] = (std::sqrt(std::max(a[i], b[i])) * weight[i] - centre) * factor;
}

void reference::largest_of_four(const float* a, const float* b, std::size_t count, float* out) {
    for (std::size_t i = 0; i < count; ++i)
        out[i] = std::max(std::max(a[2 * i], a[2 * i + 1]), std::max(b[2 * i], b[2 * i + 1]));
}

void reference::largest_along(const float* in, std::size_t count, float* out) {
    for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(count); ++i)
        out[i] = *std::max_element(in + i - largest_reach, in + i + largest_reach + 1);
}

void reference::largest_across(const float* const* rows, std::size_t count, float* out) {
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = rows[0][i];
        for (int k = 1; k <= 2 * largest_reach; ++k) out[i] = std::max(out[i], rows[k][i]);
    }
}

void reference::combine_scores(const float* const* fine, const float* strongest, const float* coarse,
                               const std::uint8_t* valid, const ScoreRule& rule, std::size_t count, std::uint8_t* out) {
    for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(count); ++i) {
        float most = fine[0][i];
        for (int y = 0; y < 3; ++y)
            for (std::ptrdiff_t x = -1; x <= 1; ++x) most = std::max(most, fine[y][i + x]);
        const float evidence = most - rule.glare * strongest[i];
        const float score = std::max(rule.fine_share * fine[1][i], std::min(coarse[i], rule.outline_gain * evidence));
        const float stored = (score - rule.offset) * rule.per_unit + 0.5F;
        out[i] = valid[i] == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(std::clamp(stored, 1.0F, 255.0F));
    }
}

} // namespace overflight::kernels
#endif
