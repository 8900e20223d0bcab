// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/resample.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

namespace overflight {

/// A square tile of output pixels, turned against its source and equally fine, that is resampled in parts as when
/// mosaics are composed: the source of a part is cut out first (and counts in what it takes), and its positions are at
/// hand, as they have just been worked out. Parts lie side by side to the nearest pixel of the source, so that all have
/// the same positions.
class PartedTile {
public:
    static constexpr int side = 512, part = 128;

    /// `source_side`: of the source, in whose middle the tile lies. `taps`: of the kernel.
    PartedTile(int source_side, double degrees, int taps)
        : cosine_(std::cos(degrees * std::numbers::pi / 180)), sine_(std::sin(degrees * std::numbers::pi / 180)),
          middle_(source_side / 2),
          width_(static_cast<int>(part * (std::abs(cosine_) + std::abs(sine_))) + 2 * taps + 2), col_(part * part),
          row_(part * part) {
        for (int y = 0; y < part; ++y)
            for (int x = 0; x < part; ++x) {
                const double dx = x - part / 2 + 0.3, dy = y - part / 2 + 0.4;
                const auto at = static_cast<std::size_t>(y * part + x);
                const auto position = [&](double from_middle) {
                    return static_cast<std::int32_t>(std::lround((width_ / 2 + from_middle) * kernels::phases));
                };
                col_[at] = position(cosine_ * dx - sine_ * dy);
                row_[at] = position(sine_ * dx + cosine_ * dy);
            }
    }

    int cut_side() const { return width_; } ///< of what is cut out of the source for a part

    /// `work(col, row)`: of the corner of what is cut out.
    template <typename Work>
    void each_part(const Work& work) const {
        for (int top = 0; top < side; top += part)
            for (int left = 0; left < side; left += part) {
                const double dx = left + (part - side) / 2, dy = top + (part - side) / 2;
                work(static_cast<int>(std::lround(middle_ + cosine_ * dx - sine_ * dy)) - width_ / 2,
                     static_cast<int>(std::lround(middle_ + sine_ * dx + cosine_ * dy)) - width_ / 2);
            }
    }

    /// `out` and `valid`: part by part. `window`, `window_valid`: for the source of a part.
    template <typename Sample>
    void resample(const kernels::SourceWindow<Sample>& source, const kernels::PhaseTable& table,
                  const kernels::LaneRadiometry& radiometry, std::vector<Sample>& window,
                  std::vector<std::uint8_t>& window_valid, Sample* out, std::uint8_t* valid) const {
        each_part([&](int col, int row) {
            const kernels::SourceWindow<Sample> cut = cut_out(source, col, row, window, window_valid);
            for (std::size_t y = 0; y < part; ++y, valid += part, out += part * source.lanes)
                kernels::resample(cut, table, radiometry, col_.data() + y * part, row_.data() + y * part, part, out,
                                  valid);
        });
    }

private:
    template <typename Sample>
    kernels::SourceWindow<Sample> cut_out(const kernels::SourceWindow<Sample>& source, int col, int row,
                                          std::vector<Sample>& window, std::vector<std::uint8_t>& window_valid) const {
        const auto copy = [&](const auto* from, std::ptrdiff_t stride, int lanes, auto& to) {
            const std::ptrdiff_t samples = std::ptrdiff_t{width_} * lanes;
            to.resize(static_cast<std::size_t>(width_ * samples) + 64);
            for (std::ptrdiff_t r = 0; r < width_; ++r)
                std::copy_n(from + (row + r) * stride + std::ptrdiff_t{col} * lanes, samples, to.data() + r * samples);
        };
        copy(source.samples, source.row_stride, source.lanes, window);
        kernels::SourceWindow<Sample> cut{window.data(), std::ptrdiff_t{width_} * source.lanes, width_, width_,
                                          source.lanes};
        if (source.valid != nullptr) {
            copy(source.valid, source.valid_stride, 1, window_valid);
            cut.valid = window_valid.data();
            cut.valid_stride = width_;
        }
        return cut;
    }

    double cosine_, sine_;
    int middle_, width_; ///< of the source; of what is cut out of it, which is square
    std::vector<std::int32_t> col_, row_;
};

} // namespace overflight
