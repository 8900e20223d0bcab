// SPDX-License-Identifier: Apache-2.0
#include "simulation/render_frame.h"

#include "simulation/hash.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace overflight::simulation {

namespace {

constexpr int block_width = 128, strip_height = 256;

/// What tells two pixels apart whose border must be smoothed.
using Look = std::uint64_t;

/// Texture level whose cells are just not larger than the pixels.
int level_for(const SightLines& lines, double col, double row, double height, double detail) {
    const auto place = [&](double c, double r) {
        const SightLine line = lines.at(c, r).line;
        const double d = height - line.reference;
        return Point2{line.x0 + d * line.tx, line.y0 + d * line.ty};
    };
    const Point2 p = place(col, row), right = place(col + 1, row), down = place(col, row + 1);
    const double area = std::abs((right.x - p.x) * (down.y - p.y) - (right.y - p.y) * (down.x - p.x));
    const double gsd = std::sqrt(area);
    if (!(gsd > detail)) return 0;
    return std::min(paint_levels - 1, static_cast<int>(std::log2(gsd / detail)));
}

/// Deviates of the normal distribution at 4096 equally likely values.
const std::vector<float>& normal_deviates() {
    static const std::vector<float> all = [] {
        std::vector<float> made(4096);
        for (std::size_t k = 0; k < made.size(); ++k) { // Newton's method on the distribution function
            const double p = (static_cast<double>(k) + 0.5) / 4096;
            double x = 0;
            for (int step = 0; step < 60; ++step) {
                const double density = std::exp(-0.5 * x * x) / std::sqrt(2 * 3.14159265358979323846);
                x += std::clamp((p - 0.5 * std::erfc(-x / std::sqrt(2.0))) / density, -0.5, 0.5);
            }
            made[k] = static_cast<float>(x);
        }
        return made;
    }();
    return all;
}

class BlockRenderer {
public:
    BlockRenderer(const Exposure& exposure, const MissionSettings& mission, const SightLines& lines,
                  const OutputSettings& output, double detail, SceneView& view)
        : exposure_(exposure), mission_(mission), lines_(lines), output_(output), detail_(detail), view_(view),
          bands_(output.bands) {}

    template <class Sample>
    void render(const Window& block, Sample* out, std::ptrdiff_t row_stride) {
        const int width = block.width + 2, height = block.height + 2; // with one pixel around, to see the edges
        const auto pixels = static_cast<std::size_t>(width) * height;
        lines_of_row_.resize(static_cast<std::size_t>(width));
        looks_.assign(pixels, 0);
        light_.resize(pixels * static_cast<std::size_t>(bands_));
        const int first_col = static_cast<int>(block.col) - 1, first_row = static_cast<int>(block.row) - 1;
        const double reference = lines_.at(first_col, first_row).line.reference;
        const int level = level_for(lines_, first_col + 0.5 * width, first_row + 0.5 * height, reference, detail_);
        // The ground goes on from row to row as it went: a guess that does not wait for the pixel before.
        ground_.assign(static_cast<std::size_t>(width), reference);
        ground_before_.assign(static_cast<std::size_t>(width), reference);
        for (int r = 0; r < height; ++r) {
            lines_.row(first_col, first_row + r, width, lines_of_row_.data());
            for (int c = 0; c < width; ++c) {
                const auto k = static_cast<std::size_t>(r * width + c), at = static_cast<std::size_t>(c);
                double guess = r < 2 ? ground_[at] : 2 * ground_[at] - ground_before_[at];
                looks_[k] = see(lines_of_row_[at], level, guess, light_.data() + k * static_cast<std::size_t>(bands_));
                ground_before_[at] = std::exchange(ground_[at], guess);
            }
        }
        const double full = output_.bits == 8 ? 255 : 65535;
        const double unit = output_.bits == 8 ? 1 : 257; // offsets and noise are in digital numbers of 8 bits
        const double scale = full * radiance_scale * mission_.exposure;
        const std::vector<float>& deviates = normal_deviates();
        for (int r = 1; r + 1 < height; ++r) {
            for (int c = 1; c + 1 < width; ++c) {
                const auto k = static_cast<std::size_t>(r * width + c);
                const auto w = static_cast<std::size_t>(width);
                float* light = light_.data() + k * static_cast<std::size_t>(bands_);
                const Look look = looks_[k];
                float fine[max_bands];
                if (look != looks_[k - 1] || look != looks_[k + 1] || look != looks_[k - w] || look != looks_[k + w]) {
                    see_finely(first_col + c, first_row + r, level, fine);
                    light = fine;
                }
                Sample* pixel = out + (r - 1) * row_stride + static_cast<std::ptrdiff_t>(c - 1) * bands_;
                if (look == nothing) {
                    std::fill(pixel, pixel + bands_, Sample{0});
                    continue;
                }
                std::uint64_t bits = mix(exposure_.key ^ (static_cast<std::uint64_t>(first_row + r) << 32 |
                                                          static_cast<std::uint64_t>(first_col + c)));
                for (int b = 0; b < bands_; ++b) {
                    const auto n = static_cast<std::size_t>(b);
                    double value =
                        exposure_.gain[n] * scale * static_cast<double>(light[n]) + unit * exposure_.offset[n];
                    if (mission_.noise > 0) {
                        value += unit * mission_.noise * static_cast<double>(deviates[bits >> (16 * (b & 3)) & 4095]);
                        if ((b & 3) == 3) bits = mix(bits);
                    }
                    pixel[n] = static_cast<Sample>(std::clamp(value + 0.5, 0.0, full));
                }
            }
        }
    }

private:
    static constexpr Look nothing = ~Look{0};

    Look see(const SightLines::Pixel& pixel, int level, double& guess, float* light) {
        SurfacePoint point;
        if (std::isnan(pixel.line.x0) || !view_.trace(pixel.line, guess, point)) {
            std::fill(light, light + bands_, 0.0f);
            return nothing;
        }
        const bool lit = view_.sunlit(point);
        view_.radiance(point, lit, level, light);
        const auto through = static_cast<float>(pixel.through), veil = static_cast<float>(pixel.veil);
        for (int b = 0; b < bands_; ++b) light[b] = light[b] * through + veil;
        return (point.key << 5) ^
               static_cast<Look>(point.face << 2 | (SceneView::is_window(point) ? 2 : 0) | (lit ? 1 : 0));
    }

    void see_finely(int col, int row, int level, float* light) {
        static constexpr double places[4][2] = {{-0.125, -0.375}, {0.375, -0.125}, {-0.375, 0.125}, {0.125, 0.375}};
        std::fill(light, light + bands_, 0.0f);
        float part[max_bands];
        for (const auto& place : places) {
            const SightLines::Pixel pixel = lines_.at(col + place[0], row + place[1]);
            double guess = pixel.line.reference;
            see(pixel, level, guess, part);
            for (int b = 0; b < bands_; ++b) light[b] += 0.25f * part[b];
        }
    }

    const Exposure& exposure_;
    const MissionSettings& mission_;
    const SightLines& lines_;
    const OutputSettings& output_;
    double detail_;
    SceneView& view_;
    int bands_;
    std::vector<SightLines::Pixel> lines_of_row_;
    std::vector<Look> looks_;
    std::vector<double> ground_, ground_before_; ///< below the row before and the one before that, by column
    std::vector<float> light_;
};

template <class Sample>
void render_strips(const Exposure& exposure, const MissionSettings& mission, const SightLines& lines,
                   const OutputSettings& output, double detail, const Workers& workers, std::vector<SceneView>& views,
                   const std::function<void(std::int64_t, int, const void*)>& put) {
    const int width = static_cast<int>(exposure.exact.interior.width),
              height = static_cast<int>(exposure.exact.interior.height);
    const std::ptrdiff_t row_stride = static_cast<std::ptrdiff_t>(width) * output.bands;
    std::vector<Sample> strip(static_cast<std::size_t>(row_stride) * std::min(strip_height, height));
    const int blocks = (width + block_width - 1) / block_width;
    for (int row = 0; row < height; row += strip_height) {
        const int rows = std::min(strip_height, height - row);
        workers.run(blocks, [&](std::int64_t block, int worker) {
            const int col = static_cast<int>(block) * block_width;
            BlockRenderer renderer(exposure, mission, lines, output, detail, views[static_cast<std::size_t>(worker)]);
            renderer.render({col, row, std::min(block_width, width - col), rows},
                            strip.data() + static_cast<std::ptrdiff_t>(col) * output.bands, row_stride);
        });
        put(row, rows, strip.data());
    }
}

} // namespace

void render_frame(const Exposure& exposure, const MissionSettings& mission, const SightLines& lines,
                  const OutputSettings& output, double detail, const Workers& workers, std::vector<SceneView>& views,
                  const std::function<void(std::int64_t, int, const void*)>& put) {
    const auto render = output.bits == 8 ? render_strips<std::uint8_t> : render_strips<std::uint16_t>;
    render(exposure, mission, lines, output, detail, workers, views, put);
}

} // namespace overflight::simulation
