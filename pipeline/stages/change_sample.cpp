// SPDX-License-Identifier: Apache-2.0
#include "stages/change_sample.h"

#include "kernels/sample_rows.h"
#include "stages/change_detail.h"
#include "stages/change_features.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace overflight {
namespace {

constexpr int patch = 64;     ///< pixels; samples are taken in patches, so that features are made for these only
constexpr int patch_step = 4; ///< pixels between the samples of a patch
constexpr int patch_halo = 16;
constexpr int support = 14; ///< of the texture, in pixels
constexpr double most_samples = 66000;
constexpr std::int64_t most_tiles = 100;

using Rows = std::vector<std::vector<float>>;

/// Features of one patch and the pixels around it.
class PatchPlanes {
public:
    void load(RegisteredRows& rows, const Window& window) {
        bands_before_ = rows.bands_before();
        fine_.resize(static_cast<std::size_t>(rows.bands_before() + rows.bands_after()));
        half_.resize(fine_.size());
        for (Plane& plane : fine_) plane.resize(window.width, window.height);
        for (int first = 0; first < window.height; first += RegisteredRows::strip) {
            rows.load(first);
            for (int r = first; r < first + RegisteredRows::strip; ++r) {
                for (std::size_t b = 0; b < fine_.size(); ++b) {
                    const int band = static_cast<int>(b);
                    const float* in = band < bands_before_ ? rows.before(band, r) : rows.after(band - bands_before_, r);
                    std::copy_n(in, window.width, fine_[b].row(r));
                }
            }
        }
        for (std::size_t b = 0; b < fine_.size(); ++b) {
            half_[b].resize(window.width / 2, window.height / 2);
            for (int r = 0; r < window.height / 2; ++r)
                kernels::halve_rows(fine_[b].row(2 * r), fine_[b].row(2 * r + 1),
                                    static_cast<std::size_t>(window.width / 2 + 7) / 8 * 8, half_[b].row(r));
        }
        make_texture(0, bands_before_, luminance_before_, texture_before_);
        make_texture(bands_before_, static_cast<int>(fine_.size()), luminance_after_, texture_after_);
    }

    /// Appends the lattice pixels of the patch whose support both missions saw in full.
    void sample(const RegisteredRows& rows, int width, int height, ChangeSample& out) const {
        const int p = bands_before_, q = static_cast<int>(fine_.size()) - p;
        out.bands_before = p;
        out.bands_after = q;
        out.fine_before.resize(static_cast<std::size_t>(p));
        out.fine_after.resize(static_cast<std::size_t>(q));
        out.coarse_before.resize(static_cast<std::size_t>(p) + 1);
        out.coarse_after.resize(static_cast<std::size_t>(q) + 1);
        for (Rows& near : out.near_before) near.resize(static_cast<std::size_t>(p));
        for (Rows& near : out.near_after) near.resize(static_cast<std::size_t>(q));
        const auto seen = [&](int col, int row) {
            if (rows.all_valid()) return true;
            for (int y = row - support; y <= row + support; ++y) {
                if (std::memchr(rows.valid(y) + col - support, 0, 2 * support + 1) != nullptr) return false;
            }
            return true;
        };
        for (int y = patch_halo; y < patch_halo + height; y += patch_step) {
            for (int x = patch_halo; x < patch_halo + width; x += patch_step) {
                if (!seen(x, y)) continue;
                for (int b = 0; b < p + q; ++b) {
                    const auto band = static_cast<std::size_t>(b < p ? b : b - p);
                    const Plane &fine = fine_[static_cast<std::size_t>(b)], &half = half_[static_cast<std::size_t>(b)];
                    (b < p ? out.fine_before : out.fine_after)[band].push_back(smooth_at<1>(fine, x, y));
                    (b < p ? out.coarse_before : out.coarse_after)[band].push_back(smooth_at<2>(half, x / 2, y / 2));
                }
                sample_around(x, y, out);
                out.coarse_before.back().push_back(texture_before_.row(y / 2)[x / 2]);
                out.coarse_after.back().push_back(texture_after_.row(y / 2)[x / 2]);
            }
        }
    }

private:
    /// Binomial filter of 2 reach + 1 taps both ways at one sample.
    template <int reach>
    static float smooth_at(const Plane& plane, int col, int row) {
        constexpr std::array<float, 5> taps =
            reach == 1 ? std::array<float, 5>{1, 2, 1, 0, 0} : std::array<float, 5>{1, 4, 6, 4, 1};
        constexpr float scale = reach == 1 ? 1.0F / 16 : 1.0F / 256;
        float sum = 0;
        for (int y = 0; y <= 2 * reach; ++y) {
            const float* in = plane.row(row - reach + y) + col - reach;
            float line = 0;
            for (int x = 0; x <= 2 * reach; ++x) line += taps[static_cast<std::size_t>(x)] * in[x];
            sum += taps[static_cast<std::size_t>(y)] * line;
        }
        return sum * scale;
    }

    /// Samples the surroundings of a lattice pixel.
    void sample_around(int col, int row, ChangeSample& out) const {
        constexpr std::array<std::pair<int, int>, 8> neighbours{
            {{-1, -1}, {0, -1}, {1, -1}, {-1, 0}, {1, 0}, {-1, 1}, {0, 1}, {1, 1}}};
        const auto bands = static_cast<std::size_t>(bands_before_);
        for (std::size_t place = 0; place < neighbours.size(); ++place) {
            const auto [right, down] = neighbours[place];
            for (std::size_t b = 0; b < fine_.size(); ++b)
                (b < bands ? out.near_before[place][b] : out.near_after[place][b - bands])
                    .push_back(smooth_at<1>(fine_[b], col + right, row + down));
        }
        out.detail_before.push_back(detail_around(luminance_before_, col / 2, row / 2));
        out.detail_after.push_back(detail_around(luminance_after_, col / 2, row / 2));
        out.brightness_before.push_back(luminance_before_.row(row / 2)[col / 2]);
        out.brightness_after.push_back(luminance_after_.row(row / 2)[col / 2]);
    }

    void make_texture(int from, int to, Plane& luminance, Plane& texture) {
        const int width = half_.front().width(), height = half_.front().height();
        luminance.resize(width, height);
        for (int r = 0; r < height; ++r) {
            float* mean = luminance.row(r);
            std::fill(mean, mean + width, 0.0F);
            for (int b = from; b < to; ++b) {
                const float* in = half_[static_cast<std::size_t>(b)].row(r);
                for (int c = 0; c < width; ++c) mean[c] += in[c];
            }
            for (int c = 0; c < width; ++c) mean[c] *= 1.0F / static_cast<float>(to - from);
        }
        constexpr int halo = patch_halo / 2;
        texture_filter_.filter(luminance, halo, (width - 2 * halo + 7) / 8 * 8, halo, height - 2 * halo, texture);
    }

    int bands_before_ = 0;
    std::vector<Plane> fine_, half_; ///< both missions' bands
    Plane luminance_before_, luminance_after_, texture_before_, texture_after_;
    TextureFilter texture_filter_;
};

} // namespace

void ChangeSample::append(const ChangeSample& other) {
    if (other.size() == 0) return;
    bands_before = other.bands_before;
    bands_after = other.bands_after;
    const auto extend = [](std::vector<float>& to, const std::vector<float>& from) {
        to.insert(to.end(), from.begin(), from.end());
    };
    const auto join = [&](Rows& to, const Rows& from) {
        to.resize(from.size());
        for (std::size_t f = 0; f < from.size(); ++f) extend(to[f], from[f]);
    };
    join(fine_before, other.fine_before);
    join(fine_after, other.fine_after);
    join(coarse_before, other.coarse_before);
    join(coarse_after, other.coarse_after);
    for (std::size_t place = 0; place < near_before.size(); ++place) {
        join(near_before[place], other.near_before[place]);
        join(near_after[place], other.near_after[place]);
    }
    extend(detail_before, other.detail_before);
    extend(detail_after, other.detail_after);
    extend(brightness_before, other.brightness_before);
    extend(brightness_after, other.brightness_after);
    step_before = other.step_before;
    step_after = other.step_after;
}

std::vector<std::int64_t> change_sample_tiles(const Tiling& tiling) {
    // A lattice whose rows are offset by about 0.382 of the step: even, and in line with no row or column of the scene.
    const std::int64_t step = (tiling.count() + most_tiles - 1) / most_tiles;
    const auto offset = static_cast<std::int64_t>(std::llround(0.382 * static_cast<double>(step)));
    std::vector<std::int64_t> out;
    for (std::int64_t index = 0; index < tiling.count(); ++index) {
        if ((index % tiling.cols() + index / tiling.cols() * offset) % step == 0) out.push_back(index);
    }
    return out;
}

int change_lattice_step(std::int64_t pixels) {
    int k = 1;
    while (static_cast<double>(pixels) / (double{patch_step} * patch_step * k * k) > most_samples) ++k;
    return patch * k;
}

ChangeSample gather_change_sample(const Window& tile, const MissionView& before, const MissionView& after,
                                  const ShiftField& field, int step) {
    ChangeSample out;
    const auto step_of = [](const MissionView& view) {
        return view.bands.empty() || view.bands.front().type == SampleType::f32 ? 0.0F : 1.0F;
    };
    out.step_before = step_of(before);
    out.step_after = step_of(after);
    PatchPlanes planes;
    RegisteredRows rows;
    const std::array<float, change_max_bands> fill{};
    std::array<float, change_max_bands> cap;
    cap.fill(std::numeric_limits<float>::max()); // nothing is
    for (int r = 0; r < tile.height; r += patch) {
        for (int c = 0; c < tile.width; c += patch) {
            if ((tile.row + r) % step != 0 || (tile.col + c) % step != 0) continue;
            const int width = std::min(patch, tile.width - c), height = std::min(patch, tile.height - r);
            const Window window{tile.col + c - patch_halo, tile.row + r - patch_halo,
                                (width + 7) / 8 * 8 + 2 * patch_halo, (height + 7) / 8 * 8 + 2 * patch_halo};
            rows.open(window, before, after, field, {fill, cap}, {fill, cap});
            if (!rows.any_valid()) continue;
            planes.load(rows, window);
            planes.sample(rows, width, height, out);
        }
    }
    return out;
}

} // namespace overflight
