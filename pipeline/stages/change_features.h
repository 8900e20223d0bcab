// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/raw_bytes.h"
#include "stages/change.h"

#include <cstdint>
#include <span>
#include <vector>

namespace overflight {

/// A plane of floats whose rows have room on either side, for kernels that read beyond or work in whole vectors.
class Plane {
public:
    static constexpr int room = 32;

    /// Keeps the memory; what it holds is then unspecified.
    void resize(int width, int height);
    int width() const { return width_; }
    int height() const { return height_; }
    float* row(int r) { return values_.data() + room + static_cast<std::ptrdiff_t>(r) * stride_; }
    const float* row(int r) const { return values_.data() + room + static_cast<std::ptrdiff_t>(r) * stride_; }

private:
    int width_ = 0, height_ = 0;
    std::ptrdiff_t stride_ = 0;
    std::vector<float, UninitializedAllocator<float>> values_;
};

/// What a mission's samples become besides themselves, a band each; the spans must outlive the use.
struct BandLimits {
    std::span<const float> fill; ///< stands in where nothing was observed
    std::span<const float> cap;  ///< brighter samples count as this
};

/// What samples become by blocks of the grid: those of `after` are multiplied first, then brighter ones than a
/// mission's level count as that.
struct BlockRadiometry {
    PixelBlocks blocks; ///< sides and origins are multiples of RegisteredRows::strip; none: samples stay
    std::vector<BandLevels> cap_before, cap_after, factor_after;
};

/// Both missions over a window in floats, the second moved by the shift field, a strip of rows at a time.
class RegisteredRows {
public:
    static constexpr int strip = 8;

    /// `window`: origin and sides are multiples of 8; it may reach over the grid and over the views. The views and
    /// the field must outlive the use, and so must what blocks have, which cover the window.
    void open(const Window& window, const MissionView& before, const MissionView& after, const ShiftField& field,
              const BandLimits& limits_before, const BandLimits& limits_after,
              const BlockRadiometry* by_blocks = nullptr);

    const Window& window() const { return window_; }
    bool any_valid() const { return any_valid_; }
    bool all_valid() const { return all_valid_; }
    /// Seen by both missions, 0 or 1.
    const std::uint8_t* valid(int row) const {
        return valid_.data() + static_cast<std::ptrdiff_t>(row) * window_.width;
    }
    int bands_before() const { return bands_before_; }
    int bands_after() const { return bands_after_; }

    /// Loads rows first .. first + strip - 1. Where a mission saw nothing both get their fill values: no difference
    /// arises there.
    void load(int first);
    const float* before(int band, int row) const { return line(band, row); }
    const float* after(int band, int row) const { return line(bands_before_ + band, row); }

private:
    const float* line(int band, int row) const {
        return rows_.data() + static_cast<std::ptrdiff_t>(band * strip + row - first_) * window_.width;
    }
    float* line(int band, int row) {
        return rows_.data() + static_cast<std::ptrdiff_t>(band * strip + row - first_) * window_.width;
    }
    void find_valid();
    void load_shifted(int first);
    void cap(int first_line, int bands, std::span<const float> caps);
    void change_blocks(int first_line, int bands, std::span<const BandLevels> factors,
                       std::span<const BandLevels> levels, std::span<const float> caps);

    Window window_;
    const MissionView* before_ = nullptr;
    const MissionView* after_ = nullptr;
    const ShiftField* field_ = nullptr;
    BandLimits limits_before_, limits_after_;
    const BlockRadiometry* by_blocks_ = nullptr;
    int bands_before_ = 0, bands_after_ = 0, first_ = 0;
    bool any_valid_ = false, all_valid_ = false, after_all_valid_ = false;
    int margin_ = 0;                                ///< of after_valid_ around the window
    std::vector<std::uint8_t> valid_, after_valid_; ///< the latter before the shift
    std::vector<float> rows_;
};

/// Texture at half resolution: magnitude of the gradient, smoothed by three rounds of 1 2 1 both ways.
class TextureFilter {
public:
    static constexpr int reach = 4;

    /// Columns [col, col + count) and rows [row, row + rows) of the texture; `luminance` must reach `reach` further and
    /// count must be a multiple of 8, with 16 more columns of the plane's width or room.
    void filter(const Plane& luminance, int col, int count, int row, int rows, Plane& texture);

private:
    Plane along_, across_;
    std::vector<float> line_a_, line_b_;
};

} // namespace overflight
