// SPDX-License-Identifier: Apache-2.0
// The nearest sample: copies, then the radiometry where there is one.
// Compiled once a target: the guard toggles, as Highway's own headers do.
#if defined(OVERFLIGHT_KERNELS_RESAMPLE_NEAREST_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef OVERFLIGHT_KERNELS_RESAMPLE_NEAREST_INL_H
#undef OVERFLIGHT_KERNELS_RESAMPLE_NEAREST_INL_H
#else
#define OVERFLIGHT_KERNELS_RESAMPLE_NEAREST_INL_H
#endif

#include "kernels/resample.h"
#include "kernels/resample_blocks-inl.h"
#include "kernels/resample_fixed-inl.h"
#include "kernels/resample_real-inl.h"

#include <hwy/highway.h>

#include <cstring>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET != HWY_SCALAR
namespace hn = hwy::HWY_NAMESPACE;

template <typename Sample, int fixed_lanes>
struct NearestGroup {
    static constexpr int lanes = fixed_lanes;
    static constexpr std::size_t pixels = group;
    static constexpr bool uses_table = false;
    const SourceWindow<Sample>& source;
    const FinishFixed finish_fixed;
    const FinishReal finish_real;

    NearestGroup(const SourceWindow<Sample>& window, const PhaseTable&, const LaneRadiometry& radiometry)
        : source(window), finish_fixed(radiometry, lanes), finish_real(radiometry, lanes) {}

    HWY_INLINE void operator()(const BlockTaps& taps, std::size_t at, Sample* out) const {
        const Sample* HWY_RESTRICT samples = source.samples;
        for (std::size_t i = 0; i < group; ++i)
            std::memcpy(out + i * lanes, samples + taps.offset[at + i], lanes * sizeof(Sample));
        if (finish_fixed.identity && !std::is_same_v<Sample, float>) return;
        const DF df;
        for (std::size_t i = 0; i < group * lanes; i += hn::Lanes(df)) {
            if constexpr (std::is_same_v<Sample, std::uint8_t>) {
                const hn::Rebind<std::uint8_t, D32> d8;
                const V32 whole = hn::ShiftLeft<14>(hn::PromoteTo(D32(), hn::LoadU(d8, out + i)));
                hn::StoreU(hn::DemoteTo(d8, finish_fixed.balance(hn::Or(whole, hn::Set(D32(), 1)))), d8, out + i);
            } else {
                finish_real.store(load_real(df, out + i), out + i);
            }
        }
    }
};

#endif
} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#endif // per-target include guard
