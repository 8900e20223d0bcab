// SPDX-License-Identifier: Apache-2.0
#include "stages/change_features.h"

#include <algorithm>
#include <cmath>

namespace overflight {

namespace {

constexpr int block = 16;       ///< pixels over which the shift is taken as constant
constexpr int shift_steps = 64; ///< shifts are rounded to 1/64 pixel

template <typename Sample>
void convert(const void* samples, std::ptrdiff_t from, int count, float* out) {
    const Sample* in = static_cast<const Sample*>(samples) + from;
    for (int i = 0; i < count; ++i) out[i] = static_cast<float>(in[i]);
}

/// A band over any window: outside the view and where `valid` is 0, the fill value.
Plane load_band(const MissionView& mission, const BandView& band, const Window& window,
                const std::vector<std::uint8_t>& valid, float fill) {
    Plane out(window.width, window.height);
    const std::int64_t first = std::max(window.col, mission.window.col);
    const std::int64_t last = std::min(window.col + window.width, mission.window.col + mission.window.width);
    for (int r = 0; r < window.height; ++r) {
        float* row = out.row(r);
        const std::int64_t source_row = window.row + r - mission.window.row;
        if (source_row < 0 || source_row >= mission.window.height || first >= last) {
            std::fill(row, row + window.width, fill);
            continue;
        }
        const auto left = static_cast<int>(first - window.col);
        const auto count = static_cast<int>(last - first);
        const std::ptrdiff_t from = source_row * band.stride + (first - mission.window.col);
        switch (band.type) {
        case SampleType::u8:
            convert<std::uint8_t>(band.samples, from, count, row + left);
            break;
        case SampleType::u16:
            convert<std::uint16_t>(band.samples, from, count, row + left);
            break;
        case SampleType::f32:
            convert<float>(band.samples, from, count, row + left);
            break;
        }
        const std::uint8_t* ok = valid.data() + static_cast<std::ptrdiff_t>(r) * window.width;
        for (int i = 0; i < window.width; ++i) row[i] = ok[i] != 0 ? row[i] : fill;
    }
    return out;
}

std::vector<std::uint8_t> load_valid(const MissionView& mission, const Window& window) {
    std::vector<std::uint8_t> out(static_cast<std::size_t>(window.pixels()));
    const std::int64_t first = std::max(window.col, mission.window.col);
    const std::int64_t last = std::min(window.col + window.width, mission.window.col + mission.window.width);
    for (int r = 0; r < window.height; ++r) {
        const std::int64_t source_row = window.row + r - mission.window.row;
        if (source_row < 0 || source_row >= mission.window.height || first >= last) continue;
        std::uint8_t* row = out.data() + static_cast<std::ptrdiff_t>(r) * window.width + (first - window.col);
        const auto count = static_cast<std::ptrdiff_t>(last - first);
        if (mission.valid == nullptr) {
            std::fill(row, row + count, std::uint8_t{1});
        } else {
            const std::uint8_t* in = mission.valid + source_row * mission.valid_stride + (first - mission.window.col);
            for (std::ptrdiff_t i = 0; i < count; ++i) row[i] = in[i] != 0 ? 1 : 0;
        }
    }
    return out;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

/// The shift at a pixel in 1/64 pixel.
std::pair<int, int> shift_at(const ShiftField& field, double col, double row) {
    const auto [dx, dy] = field.at(col, row);
    const auto rounded = [](float v) { return static_cast<int>(std::floor(v * shift_steps + 0.5F)); };
    return {rounded(dx), rounded(dy)};
}

/// Keys' cubic, a = -0.5, at the four taps around a fraction.
std::array<float, 4> cubic_weights(int fraction) {
    const double t = static_cast<double>(fraction) / shift_steps;
    return {static_cast<float>(((-0.5 * t + 1) * t - 0.5) * t), static_cast<float>((1.5 * t - 2.5) * t * t + 1),
            static_cast<float>(((-1.5 * t + 2) * t + 0.5) * t), static_cast<float>((0.5 * t - 0.5) * t * t)};
}

/// Calls visit(col, row, width, height, shift in columns, shift in rows) for the blocks of a window, which are aligned
/// to the grid and not to the window: that keeps a pixel's shift the same in whatever tile it is computed.
template <typename Visit>
void for_each_block(const Window& window, const ShiftField& field, Visit visit) {
    for (std::int64_t by = floor_div(window.row, block) * block; by < window.row + window.height; by += block) {
        for (std::int64_t bx = floor_div(window.col, block) * block; bx < window.col + window.width; bx += block) {
            const std::int64_t x0 = std::max(bx, window.col), x1 = std::min(bx + block, window.col + window.width);
            const std::int64_t y0 = std::max(by, window.row), y1 = std::min(by + block, window.row + window.height);
            const auto [sx, sy] = shift_at(field, static_cast<double>(bx) + 7.5, static_cast<double>(by) + 7.5);
            visit(static_cast<int>(x0 - window.col), static_cast<int>(y0 - window.row), static_cast<int>(x1 - x0),
                  static_cast<int>(y1 - y0), sx, sy);
        }
    }
}

Plane shift_plane(const Plane& source, int margin, const Window& window, const ShiftField& field) {
    Plane out(window.width, window.height);
    std::array<float, (block + 3) * block> columns;
    for_each_block(window, field, [&](int x, int y, int width, int height, int sx, int sy) {
        const auto ix = static_cast<int>(floor_div(sx, shift_steps)), iy = static_cast<int>(floor_div(sy, shift_steps));
        const auto wx = cubic_weights(sx - ix * shift_steps), wy = cubic_weights(sy - iy * shift_steps);
        for (int r = 0; r < height + 3; ++r) {
            const float* in = source.row(y + margin + iy - 1 + r) + x + margin + ix - 1;
            float* to = columns.data() + r * block;
            for (int c = 0; c < width; ++c) {
                to[c] = wx[0] * in[c] + wx[1] * in[c + 1] + wx[2] * in[c + 2] + wx[3] * in[c + 3];
            }
        }
        for (int r = 0; r < height; ++r) {
            const float* in = columns.data() + r * block;
            float* to = out.row(y + r) + x;
            for (int c = 0; c < width; ++c) {
                to[c] = wy[0] * in[c] + wy[1] * in[c + block] + wy[2] * in[c + 2 * block] + wy[3] * in[c + 3 * block];
            }
        }
    });
    return out;
}

std::vector<std::uint8_t> shift_valid(const std::vector<std::uint8_t>& source, int margin, const Window& window,
                                      const ShiftField& field) {
    std::vector<std::uint8_t> out(static_cast<std::size_t>(window.pixels()));
    const int stride = window.width + 2 * margin;
    for_each_block(window, field, [&](int x, int y, int width, int height, int sx, int sy) {
        const auto ix = static_cast<int>(floor_div(sx + shift_steps / 2, shift_steps));
        const auto iy = static_cast<int>(floor_div(sy + shift_steps / 2, shift_steps));
        for (int r = 0; r < height; ++r) {
            const std::uint8_t* in =
                source.data() + static_cast<std::ptrdiff_t>(y + r + margin + iy) * stride + x + margin + ix;
            std::copy(in, in + width, out.data() + static_cast<std::ptrdiff_t>(y + r) * window.width + x);
        }
    });
    return out;
}

Plane mean_of(const std::vector<Plane>& bands) {
    Plane mean = bands.front();
    for (std::size_t b = 1; b < bands.size(); ++b) {
        for (std::size_t i = 0; i < mean.values.size(); ++i) mean.values[i] += bands[b].values[i];
    }
    const float scale = 1.0F / static_cast<float>(bands.size());
    for (float& v : mean.values) v *= scale;
    return mean;
}

/// Gradient magnitude, smoothed over about five half-resolution pixels.
Plane texture(const Plane& mean) {
    Plane out(mean.width, mean.height);
    for (int r = 1; r + 1 < mean.height; ++r) {
        const float *up = mean.row(r - 1), *here = mean.row(r), *down = mean.row(r + 1);
        float* to = out.row(r);
        for (int c = 1; c + 1 < mean.width; ++c) {
            const float dx = (here[c + 1] - here[c - 1]) * 0.5F, dy = (down[c] - up[c]) * 0.5F;
            to[c] = std::sqrt(dx * dx + dy * dy);
        }
    }
    return smooth(smooth(smooth(out)));
}

void add_levels(const std::vector<Plane>& bands, std::vector<Plane>& fine, std::vector<Plane>& coarse,
                Plane& luminance) {
    std::vector<Plane> half;
    for (const Plane& band : bands) {
        fine.push_back(smooth(band));
        half.push_back(halve(band));
    }
    luminance = mean_of(half);
    for (const Plane& band : half) coarse.push_back(smooth(smooth(band)));
    coarse.push_back(texture(luminance));
}

} // namespace

float sample_at(const BandView& band, std::ptrdiff_t index) {
    switch (band.type) {
    case SampleType::u8:
        return static_cast<const std::uint8_t*>(band.samples)[index];
    case SampleType::u16:
        return static_cast<const std::uint16_t*>(band.samples)[index];
    case SampleType::f32:
        return static_cast<const float*>(band.samples)[index];
    }
    return 0;
}

Plane halve(const Plane& in) {
    Plane out(in.width / 2, in.height / 2);
    for (int r = 0; r < out.height; ++r) {
        const float *a = in.row(2 * r), *b = in.row(2 * r + 1);
        float* to = out.row(r);
        for (int c = 0; c < out.width; ++c) to[c] = ((a[2 * c] + a[2 * c + 1]) + (b[2 * c] + b[2 * c + 1])) * 0.25F;
    }
    return out;
}

Plane smooth(const Plane& in) {
    Plane out(in.width, in.height);
    std::vector<float> line(static_cast<std::size_t>(in.width) + 2);
    float* mid = line.data() + 1;
    for (int r = 0; r < in.height; ++r) {
        const float *up = in.row(std::max(r - 1, 0)), *here = in.row(r), *down = in.row(std::min(r + 1, in.height - 1));
        for (int c = 0; c < in.width; ++c) mid[c] = (up[c] + down[c]) * 0.25F + here[c] * 0.5F;
        mid[-1] = mid[0];
        mid[in.width] = mid[in.width - 1];
        float* to = out.row(r);
        for (int c = 0; c < in.width; ++c) to[c] = (mid[c - 1] + mid[c + 1]) * 0.25F + mid[c] * 0.5F;
    }
    return out;
}

std::pair<float, float> ShiftField::at(double col, double row) const {
    if (identity()) return {0.0F, 0.0F};
    const double x = std::clamp(col / step, 0.0, static_cast<double>(cols - 1)),
                 y = std::clamp(row / step, 0.0, static_cast<double>(rows - 1));
    const int i = std::min(static_cast<int>(x), std::max(0, cols - 2)),
              j = std::min(static_cast<int>(y), std::max(0, rows - 2));
    const auto fx = static_cast<float>(x - i), fy = static_cast<float>(y - j);
    const int right = cols > 1 ? 1 : 0, down = rows > 1 ? cols : 0;
    const auto blend = [&](const std::vector<float>& values) {
        const float* node = values.data() + static_cast<std::ptrdiff_t>(j) * cols + i;
        const float above = node[0] + fx * (node[right] - node[0]);
        const float below = node[down] + fx * (node[down + right] - node[down]);
        return above + fy * (below - above);
    };
    return {blend(dx), blend(dy)};
}

double ShiftField::largest() const {
    float most = 0;
    for (const float v : dx) most = std::max(most, std::abs(v));
    for (const float v : dy) most = std::max(most, std::abs(v));
    return most;
}

int after_halo(const ShiftField& field) {
    return field.identity() ? change_halo : change_halo + static_cast<int>(std::ceil(field.largest())) + 3;
}

ChangeFeatures change_features(const Window& core, const MissionView& before, const MissionView& after,
                               const ShiftField& field, std::span<const float> fill_before,
                               std::span<const float> fill_after) {
    ChangeFeatures out;
    out.window = {core.col - change_halo, core.row - change_halo, (core.width + 7) / 8 * 8 + 2 * change_halo,
                  (core.height + 7) / 8 * 8 + 2 * change_halo};
    const int margin = after_halo(field) - change_halo;
    const Window wide{out.window.col - margin, out.window.row - margin, out.window.width + 2 * margin,
                      out.window.height + 2 * margin};
    out.valid = load_valid(before, out.window);
    const std::vector<std::uint8_t> after_wide = load_valid(after, wide);
    const std::vector<std::uint8_t> after_valid =
        field.identity() ? after_wide : shift_valid(after_wide, margin, out.window, field);
    for (std::size_t i = 0; i < out.valid.size(); ++i) out.valid[i] &= after_valid[i];
    out.any_valid = std::find(out.valid.begin(), out.valid.end(), 1) != out.valid.end();
    if (!out.any_valid) return out;

    std::vector<Plane> bands_before, bands_after;
    for (std::size_t b = 0; b < before.bands.size() && b < change_max_bands; ++b) {
        bands_before.push_back(load_band(before, before.bands[b], out.window, out.valid, fill_before[b]));
    }
    for (std::size_t b = 0; b < after.bands.size() && b < change_max_bands; ++b) {
        if (field.identity()) {
            bands_after.push_back(load_band(after, after.bands[b], out.window, out.valid, fill_after[b]));
            continue;
        }
        Plane shifted =
            shift_plane(load_band(after, after.bands[b], wide, after_wide, fill_after[b]), margin, out.window, field);
        for (std::size_t i = 0; i < out.valid.size(); ++i) {
            shifted.values[i] = out.valid[i] != 0 ? shifted.values[i] : fill_after[b];
        }
        bands_after.push_back(std::move(shifted));
    }
    add_levels(bands_before, out.fine_before, out.coarse_before, out.luminance_before);
    add_levels(bands_after, out.fine_after, out.coarse_after, out.luminance_after);
    return out;
}

} // namespace overflight
