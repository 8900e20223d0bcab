// SPDX-License-Identifier: Apache-2.0
#include "kernels/resample.h"

#include <algorithm>
#include <type_traits>

// foreach_target.h comes first: it includes this file, and thus the headers after it, once a target.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/resample.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/resample_blocks-inl.h"
#include "kernels/resample_columns-inl.h"
#include "kernels/resample_fixed-inl.h"
#include "kernels/resample_lines-inl.h"
#include "kernels/resample_nearest-inl.h"
#include "kernels/resample_real-inl.h"
#include "kernels/resample_runs-inl.h"
#include "kernels/resample_steps-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET == HWY_SCALAR

template <typename Sample>
void resample_target(const SourceWindow<Sample>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
                     const std::int32_t* col, const std::int32_t* row, std::size_t count, Sample* out,
                     std::uint8_t* out_valid) {
    reference::resample(source, table, radiometry, col, row, count, out, out_valid);
}

#else

template <typename Group>
struct Type {
    using type = Group;
};

template <bool condition, typename Then, typename Else>
using If = std::conditional_t<condition, Then, Else>;

/// Which code computes a group of pixels; 0 taps: any number, from the table.
template <int lanes, int taps>
using FixedTapsGroup = If<lanes == 4, If<taps == 2, FixedBilinearGroup, FixedGroup<taps>>,
                          If<lanes == 1 && taps == 6, FixedSixGroup, FixedNarrowGroup<lanes == 4 ? 1 : lanes, taps>>>;
template <typename Sample, int lanes, int taps>
using RealTapsGroup = If<lanes == 1 && taps == 2, RealBilinearGroup<Sample>,
                         If<lanes == 1 && taps == 6, RealSixGroup<Sample>, RealGroup<Sample, taps, lanes>>>;
template <typename Sample, int lanes, int taps>
using TapsGroup =
    If<std::is_same_v<Sample, std::uint8_t>, FixedTapsGroup<lanes, taps>, RealTapsGroup<Sample, lanes, taps>>;

/// How many pixels, from the first on, were resampled by what is for pixels in line only.
template <typename Sample>
std::size_t resample_in_line(const SourceWindow<Sample>& source, const PhaseTable& table,
                             const LaneRadiometry& radiometry, const std::int32_t* col, const std::int32_t* row,
                             std::size_t count, Sample* out, std::uint8_t* out_valid) {
    std::size_t done = 0;
#if HWY_TARGET <= HWY_AVX2
    if constexpr (!std::is_same_v<Sample, std::uint8_t>) {
        if (source.lanes != 1) return 0;
        if (table.taps == 4) done = RealSteps<Sample, 4>(source, table, radiometry)(col, row, count, out, out_valid);
        if (table.taps == 6) done = RealSteps<Sample, 6>(source, table, radiometry)(col, row, count, out, out_valid);
#if HWY_TARGET == HWY_AVX2
        if (done == 0 && table.keys) done = RealRuns<Sample>(source, radiometry)(col, row, count, out, out_valid);
#endif
    }
#endif
    return done;
}

template <typename Sample>
void resample_groups(const SourceWindow<Sample>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
                     const std::int32_t* col, const std::int32_t* row, std::size_t count, Sample* out,
                     std::uint8_t* out_valid) {
    const auto by = [&](auto kind) HWY_ATTR {
        using Group = typename decltype(kind)::type;
        resample_blocks(source, table, radiometry, col, row, count, out, out_valid, Group(source, table, radiometry));
    };
    const auto with_lanes = [&](auto lane_count) HWY_ATTR {
        constexpr int lanes = lane_count();
        switch (table.taps) {
        case 1:
            return by(Type<NearestGroup<Sample, lanes>>());
        case 2:
            return by(Type<TapsGroup<Sample, lanes, 2>>());
        case 4:
#if HWY_TARGET <= HWY_AVX3
            if constexpr (lanes == 1 && !std::is_same_v<Sample, std::uint8_t>)
                if (table.keys && follows_lines(col, row, count)) return by(Type<RealLinesGroup<Sample>>());
#endif
            return by(Type<TapsGroup<Sample, lanes, 4>>());
        case 6:
            return by(Type<TapsGroup<Sample, lanes, 6>>());
        default:
            return by(Type<TapsGroup<Sample, lanes, 0>>());
        }
    };
    switch (source.lanes) {
    case 1:
        return with_lanes(std::integral_constant<int, 1>());
    case 2:
        return with_lanes(std::integral_constant<int, 2>());
    default:
        return with_lanes(std::integral_constant<int, 4>());
    }
}

template <typename Sample>
void resample_target(const SourceWindow<Sample>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
                     const std::int32_t* col, const std::int32_t* row, std::size_t count, Sample* out,
                     std::uint8_t* out_valid) {
    const bool small = source.width < table.taps || source.height < table.taps;
    const bool far = source.height * source.row_stride > INT32_MAX - 64;
    if (small || far) {
        reference::resample(source, table, radiometry, col, row, count, out, out_valid);
        return;
    }
    // Where it may be so from any pixel on, it is looked for after each block of others.
    const bool any_pixel =
        HWY_TARGET == HWY_AVX2 && !std::is_same_v<Sample, std::uint8_t> && source.lanes == 1 && table.keys;
    while (count > 0) {
        const std::size_t in_line = resample_in_line(source, table, radiometry, col, row, count, out, out_valid);
        const std::size_t rest = count - in_line, others = any_pixel ? std::min(rest, block) : rest,
                          done = in_line + others;
        if (others > 0)
            resample_groups(source, table, radiometry, col + in_line, row + in_line, others,
                            out + in_line * source.lanes, out_valid + in_line);
        col += done;
        row += done;
        count -= done;
        out += done * source.lanes;
        out_valid += done;
    }
}

#endif

void resample_u8(const SourceWindow<std::uint8_t>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
                 const std::int32_t* col, const std::int32_t* row, std::size_t count, std::uint8_t* out,
                 std::uint8_t* out_valid) {
    resample_target(source, table, radiometry, col, row, count, out, out_valid);
}

void resample_u16(const SourceWindow<std::uint16_t>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
                  const std::int32_t* col, const std::int32_t* row, std::size_t count, std::uint16_t* out,
                  std::uint8_t* out_valid) {
    resample_target(source, table, radiometry, col, row, count, out, out_valid);
}

void resample_f32(const SourceWindow<float>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
                  const std::int32_t* col, const std::int32_t* row, std::size_t count, float* out,
                  std::uint8_t* out_valid) {
    resample_target(source, table, radiometry, col, row, count, out, out_valid);
}

} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {

HWY_EXPORT(resample_u8);
HWY_EXPORT(resample_u16);
HWY_EXPORT(resample_f32);

void resample(const SourceWindow<std::uint8_t>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
              const std::int32_t* col, const std::int32_t* row, std::size_t count, std::uint8_t* out,
              std::uint8_t* out_valid) {
    HWY_DYNAMIC_DISPATCH(resample_u8)(source, table, radiometry, col, row, count, out, out_valid);
}

void resample(const SourceWindow<std::uint16_t>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
              const std::int32_t* col, const std::int32_t* row, std::size_t count, std::uint16_t* out,
              std::uint8_t* out_valid) {
    HWY_DYNAMIC_DISPATCH(resample_u16)(source, table, radiometry, col, row, count, out, out_valid);
}

void resample(const SourceWindow<float>& source, const PhaseTable& table, const LaneRadiometry& radiometry,
              const std::int32_t* col, const std::int32_t* row, std::size_t count, float* out,
              std::uint8_t* out_valid) {
    HWY_DYNAMIC_DISPATCH(resample_f32)(source, table, radiometry, col, row, count, out, out_valid);
}

} // namespace overflight::kernels
#endif
