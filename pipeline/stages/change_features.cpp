// SPDX-License-Identifier: Apache-2.0
#include "stages/change_features.h"

#include "kernels/sample_rows.h"
#include "kernels/smoothing.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace overflight {

namespace {

constexpr int block = 16;       ///< pixels over which the shift is taken as constant
constexpr int shift_steps = 64; ///< shifts are rounded to 1/64 pixel
constexpr int piece = 8;        ///< columns that kernels::shift_block() makes at once

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

/// Keys' cubic, a = -0.5, at the four taps around each fraction.
const std::array<std::array<float, 4>, shift_steps>& cubic_weights() {
    static const auto table = [] {
        std::array<std::array<float, 4>, shift_steps> out{};
        for (int k = 0; k < shift_steps; ++k) {
            const double t = static_cast<double>(k) / shift_steps;
            out[static_cast<std::size_t>(k)] = {
                static_cast<float>(((-0.5 * t + 1) * t - 0.5) * t), static_cast<float>((1.5 * t - 2.5) * t * t + 1),
                static_cast<float>(((-1.5 * t + 2) * t + 0.5) * t), static_cast<float>((0.5 * t - 0.5) * t * t)};
        }
        return out;
    }();
    return table;
}

/// The shift in 1/64 pixel of the block of the grid that a pixel lies in: blocks keep to the grid and not to the
/// window, so a pixel's shift is the same in whatever tile it is computed.
std::pair<int, int> block_shift(const ShiftField& field, std::int64_t col, std::int64_t row) {
    const auto [dx, dy] = field.at(static_cast<double>(floor_div(col, block) * block) + 7.5,
                                   static_cast<double>(floor_div(row, block) * block) + 7.5);
    const auto rounded = [](float v) { return static_cast<int>(std::floor(v * shift_steps + 0.5F)); };
    return {rounded(dx), rounded(dy)};
}

template <typename Visit>
void with_samples(const BandView& band, Visit visit) {
    switch (band.type) {
    case SampleType::u8:
        return visit(static_cast<const std::uint8_t*>(band.samples));
    case SampleType::u16:
        return visit(static_cast<const std::uint16_t*>(band.samples));
    case SampleType::f32:
        return visit(static_cast<const float*>(band.samples));
    }
}

bool full(const std::vector<std::uint8_t>& valid) {
    return std::memchr(valid.data(), 0, valid.size()) == nullptr;
}

/// Columns and rows of `window` that a view covers, relative to the window.
struct Covered {
    std::int64_t left, right, top, bottom;
};

Covered covered(const Window& window, const Window& view) {
    return {std::max<std::int64_t>(0, view.col - window.col),
            std::min<std::int64_t>(window.width, view.col + view.width - window.col),
            std::max<std::int64_t>(0, view.row - window.row),
            std::min<std::int64_t>(window.height, view.row + view.height - window.row)};
}

void load_valid(const MissionView& mission, const Window& window, std::vector<std::uint8_t>& out) {
    out.assign(static_cast<std::size_t>(window.pixels()), 0);
    const Covered part = covered(window, mission.window);
    if (part.left >= part.right) return;
    for (std::int64_t r = part.top; r < part.bottom; ++r) {
        std::uint8_t* row = out.data() + r * window.width;
        if (mission.valid == nullptr) {
            std::fill(row + part.left, row + part.right, std::uint8_t{1});
        } else {
            const std::uint8_t* in = mission.valid + (window.row + r - mission.window.row) * mission.valid_stride +
                                     (window.col - mission.window.col);
            for (std::int64_t c = part.left; c < part.right; ++c) row[c] = in[c] != 0 ? 1 : 0;
        }
    }
}

} // namespace

void Plane::resize(int width, int height) {
    width_ = width;
    height_ = height;
    stride_ = (width + 7) / 8 * 8 + 2 * room;
    values_.resize(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(height) + 2 * room);
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

std::pair<std::int64_t, std::int64_t> ShiftField::nearest(double col, double row) const {
    const auto [right, down] = at(col, row);
    return {static_cast<std::int64_t>(std::floor(right + 0.5F)), static_cast<std::int64_t>(std::floor(down + 0.5F))};
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

void RegisteredRows::open(const Window& window, const MissionView& before, const MissionView& after,
                          const ShiftField& field, const BandLimits& limits_before, const BandLimits& limits_after,
                          const BlockRadiometry* by_blocks) {
    window_ = window;
    before_ = &before;
    after_ = &after;
    field_ = &field;
    limits_before_ = limits_before;
    limits_after_ = limits_after;
    by_blocks_ = by_blocks;
    bands_before_ = static_cast<int>(std::min<std::size_t>(before.bands.size(), change_max_bands));
    bands_after_ = static_cast<int>(std::min<std::size_t>(after.bands.size(), change_max_bands));
    margin_ = after_halo(field) - change_halo;
    rows_.resize(static_cast<std::size_t>(bands_before_ + bands_after_) * strip *
                 static_cast<std::size_t>(window.width));
    find_valid();
}

void RegisteredRows::find_valid() {
    const Window wide{window_.col - margin_, window_.row - margin_, window_.width + 2 * margin_,
                      window_.height + 2 * margin_};
    load_valid(*before_, window_, valid_);
    load_valid(*after_, wide, after_valid_);
    after_all_valid_ = full(after_valid_);
    if (!after_all_valid_) {
        for (int r = 0; r < window_.height; r += piece) {
            for (int c = 0; c < window_.width; c += piece) {
                const auto [sx, sy] = block_shift(*field_, window_.col + c, window_.row + r);
                const std::int64_t ix = floor_div(sx + shift_steps / 2, shift_steps),
                                   iy = floor_div(sy + shift_steps / 2, shift_steps);
                for (int y = r; y < r + piece; ++y) {
                    const std::uint8_t* in = after_valid_.data() + (y + margin_ + iy) * wide.width + c + margin_ + ix;
                    std::uint8_t* out = valid_.data() + static_cast<std::ptrdiff_t>(y) * window_.width + c;
                    for (int x = 0; x < piece; ++x) out[x] &= in[x];
                }
            }
        }
    }
    any_valid_ = std::memchr(valid_.data(), 1, valid_.size()) != nullptr;
    all_valid_ = full(valid_);
}

void RegisteredRows::load(int first) {
    first_ = first;
    const auto load_mission = [&](const MissionView& mission, int bands, int first_line, std::span<const float> fill) {
        const Covered part = covered(window_, mission.window);
        for (int b = 0; b < bands; ++b) {
            const BandView& band = mission.bands[static_cast<std::size_t>(b)];
            const float missing = fill[static_cast<std::size_t>(b)];
            for (int r = first; r < first + strip; ++r) {
                float* out = line(first_line + b, r);
                if (r < part.top || r >= part.bottom || part.left >= part.right) {
                    std::fill(out, out + window_.width, missing);
                    continue;
                }
                std::fill(out, out + part.left, missing);
                std::fill(out + part.right, out + window_.width, missing);
                const std::ptrdiff_t from = (window_.row + r - mission.window.row) * band.stride +
                                            (window_.col + part.left - mission.window.col);
                with_samples(band, [&](const auto* samples) {
                    kernels::load_samples(samples + from, valid(r) + part.left,
                                          static_cast<std::size_t>(part.right - part.left), missing, out + part.left);
                });
            }
        }
    };
    load_mission(*before_, bands_before_, 0, limits_before_.fill);
    if (field_->identity()) {
        load_mission(*after_, bands_after_, bands_before_, limits_after_.fill);
    } else {
        load_shifted(first);
    }
    if (by_blocks_ != nullptr && by_blocks_->blocks.count() > 0) {
        change_blocks(0, bands_before_, {}, by_blocks_->cap_before, limits_before_.cap);
        change_blocks(bands_before_, bands_after_, by_blocks_->factor_after, by_blocks_->cap_after, limits_after_.cap);
        return;
    }
    cap(0, bands_before_, limits_before_.cap);
    cap(bands_before_, bands_after_, limits_after_.cap);
}

/// Multiplies by `factors`, none: by 1, then caps.
void RegisteredRows::change_blocks(int first_line, int bands, std::span<const BandLevels> factors,
                                   std::span<const BandLevels> levels, std::span<const float> caps) {
    const PixelBlocks& blocks = by_blocks_->blocks;
    const auto row = static_cast<std::size_t>((window_.row + first_ - blocks.row) / blocks.side * blocks.cols);
    for (int band = 0; band < bands; ++band) {
        const auto b = static_cast<std::size_t>(band);
        for (int c = 0; c < window_.width; c += piece) { // pieces lie in one block, as all are multiples of 8
            const std::size_t block = row + static_cast<std::size_t>((window_.col + c - blocks.col) / blocks.side);
            const float factor = factors.empty() ? 1.0F : factors[block][b], most = std::min(levels[block][b], caps[b]);
            float* samples = line(first_line + band, first_) + c;
            for (int r = 0; r < strip; ++r, samples += window_.width)
                for (std::size_t i = 0; i < piece; ++i) {
                    const float scaled = samples[i] * factor;
                    samples[i] = scaled < most ? scaled : most; // of values, which vectorises where std::min does not
                }
        }
    }
}

void RegisteredRows::cap(int first_line, int bands, std::span<const float> caps) {
    for (int b = 0; b < bands; ++b) {
        const float most = caps[static_cast<std::size_t>(b)];
        float* samples = line(first_line + b, first_);
        for (int i = 0; i < strip * window_.width; ++i) samples[i] = std::min(samples[i], most);
    }
}

void RegisteredRows::load_shifted(int first) {
    constexpr int taps = piece + 3, tap_rows = strip + 3;
    const auto& weights = cubic_weights();
    const int wide = window_.width + 2 * margin_;
    // Where the nearest tap of a cubic interpolation is seen this is exceeded, whichever others are not.
    constexpr float least_share = 0.1F;
    std::array<float, tap_rows * taps> patched;
    std::array<float, strip * piece> shares;
    for (int c = 0; c < window_.width; c += piece) {
        const auto [sx, sy] = block_shift(*field_, window_.col + c, window_.row + first);
        const std::int64_t ix = floor_div(sx, shift_steps), iy = floor_div(sy, shift_steps);
        const float* along = weights[static_cast<std::size_t>(sx - ix * shift_steps)].data();
        const float* down = weights[static_cast<std::size_t>(sy - iy * shift_steps)].data();
        const std::uint8_t* seen = after_valid_.data() + (first + margin_ + iy - 1) * wide + c + margin_ + ix - 1;
        bool whole = true;
        if (!after_all_valid_) {
            for (int r = 0; r < tap_rows; ++r) whole = whole && std::memchr(seen + r * wide, 0, taps) == nullptr;
        }
        const std::int64_t row = window_.row + first + iy - 1 - after_->window.row,
                           col = window_.col + c + ix - 1 - after_->window.col;
        const auto shift_seen = [&](const auto& value, float* out, std::ptrdiff_t stride) { // 0 where nothing was seen
            for (int r = 0; r < tap_rows; ++r)
                for (int i = 0; i < taps; ++i)
                    patched[static_cast<std::size_t>(r * taps + i)] = seen[r * wide + i] != 0 ? value(r, i) : 0.0F;
            kernels::shift_block(patched.data(), taps, along, down, strip, out, stride);
        };
        if (!whole) shift_seen([](int, int) { return 1.0F; }, shares.data(), piece);
        for (int b = 0; b < bands_after_; ++b) {
            const BandView& band = after_->bands[static_cast<std::size_t>(b)];
            float* out = line(bands_before_ + b, first) + c;
            with_samples(band, [&](const auto* samples) {
                if (whole) {
                    kernels::shift_block(samples + row * band.stride + col, band.stride, along, down, strip, out,
                                         window_.width);
                    return;
                }
                shift_seen([&](int r, int i) { return static_cast<float>(samples[(row + r) * band.stride + col + i]); },
                           out, window_.width);
                for (int r = 0; r < strip; ++r) // taps that are there weigh for those that are not
                    for (int i = 0; i < piece; ++i) {
                        const float share = shares[static_cast<std::size_t>(r * piece + i)];
                        if (share > least_share) out[r * window_.width + i] /= share;
                    }
            });
        }
    }
    if (all_valid_) return;
    for (int b = 0; b < bands_after_; ++b) {
        for (int r = first; r < first + strip; ++r) {
            float* out = line(bands_before_ + b, r);
            const std::uint8_t* seen = valid(r);
            for (int c = 0; c < window_.width; ++c)
                out[c] = seen[c] != 0 ? out[c] : limits_after_.fill[static_cast<std::size_t>(b)];
        }
    }
}

void TextureFilter::filter(const Plane& luminance, int col, int count, int row, int rows, Plane& texture) {
    const auto n = static_cast<std::size_t>(count);
    along_.resize(luminance.width(), luminance.height());
    across_.resize(luminance.width(), luminance.height());
    texture.resize(luminance.width(), luminance.height());
    line_a_.resize(n + 32);
    line_b_.resize(n + 32);
    // Each step begins 4 or 8 columns further out than the next one needs, so that whole vectors cover it.
    for (int r = row - 3; r < row + rows + 3; ++r) {
        kernels::gradient_magnitude(luminance.row(r - 1) + col - 8, luminance.row(r) + col - 8,
                                    luminance.row(r + 1) + col - 8, n + 16, line_a_.data());
        kernels::smooth_along(line_a_.data() + 4, n + 8, line_b_.data() + 4);
        kernels::smooth_along_twice(line_b_.data() + 8, n, along_.row(r) + col);
    }
    for (int r = row - 2; r < row + rows + 2; ++r)
        kernels::smooth_across(along_.row(r - 1) + col, along_.row(r) + col, along_.row(r + 1) + col, 1.0F / 256, n,
                               across_.row(r) + col);
    for (int r = row; r < row + rows; ++r) {
        const std::array<const float*, 5> lines{across_.row(r - 2) + col, across_.row(r - 1) + col,
                                                across_.row(r) + col, across_.row(r + 1) + col,
                                                across_.row(r + 2) + col};
        kernels::smooth_across_twice(lines.data(), 1.0F / 16, n, texture.row(r) + col);
    }
}

} // namespace overflight
