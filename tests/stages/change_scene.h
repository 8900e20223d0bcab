// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace overflight {

/// A smooth random texture that can be read at any position: a sum of plane waves of 6 to 40 pixels.
class Texture {
public:
    explicit Texture(unsigned seed, int waves = 60) {
        std::mt19937 random(seed);
        std::uniform_real_distribution<double> unit(0, 1);
        for (int i = 0; i < waves; ++i) {
            const double angle = 6.283185307 * unit(random), length = 6 + 34 * unit(random) * unit(random);
            waves_.push_back({6.283185307 / length * std::cos(angle), 6.283185307 / length * std::sin(angle),
                              6.283185307 * unit(random), 2.5 + unit(random)});
        }
    }
    double at(double x, double y) const {
        double sum = 0;
        for (const Wave& w : waves_) sum += w.amplitude * std::sin(w.fx * x + w.fy * y + w.phase);
        return sum;
    }

private:
    struct Wave {
        double fx, fy, phase, amplitude;
    };
    std::vector<Wave> waves_;
};

/// One mission's image in memory, band planes one after the other.
struct SceneImage {
    int width, height, bands;
    std::vector<float> samples;
    std::vector<std::uint8_t> valid;

    SceneImage(int w, int h, int b)
        : width(w), height(h), bands(b), samples(static_cast<std::size_t>(w) * h * b),
          valid(static_cast<std::size_t>(w) * h, 255) {}
    float& at(int band, int row, int col) {
        return samples[(static_cast<std::size_t>(band) * height + row) * width + col];
    }
    /// What a caller hands over for `window`: cut to the image.
    MissionView view(Window window) const {
        const std::int64_t c0 = std::max<std::int64_t>(0, window.col), r0 = std::max<std::int64_t>(0, window.row);
        const std::int64_t c1 = std::min<std::int64_t>(width, window.col + window.width);
        const std::int64_t r1 = std::min<std::int64_t>(height, window.row + window.height);
        MissionView out;
        out.window = {c0, r0, static_cast<int>(c1 - c0), static_cast<int>(r1 - r0)};
        const std::ptrdiff_t first = r0 * width + c0, plane = static_cast<std::ptrdiff_t>(width) * height;
        for (int b = 0; b < bands; ++b)
            out.bands.push_back({samples.data() + b * plane + first, width, SampleType::f32});
        out.valid = valid.data() + first;
        out.valid_stride = width;
        return out;
    }
    MissionView view() const { return view({0, 0, width, height}); }
};

struct ScenePair {
    SceneImage before, after;
};

/// Two missions of the same textured ground: correlated bands, sensor noise, gain and offset and a shift in the second.
struct SceneOptions {
    int width = 384, height = 320, bands_before = 3, bands_after = 3;
    double gain = 1, offset = 0, noise = 2;
    double shift_x = 0, shift_y = 0; ///< the second image's content lies this much further right and down
    unsigned seed = 1;
};

inline ScenePair make_scene(const SceneOptions& o) {
    ScenePair out{{o.width, o.height, o.bands_before}, {o.width, o.height, o.bands_after}};
    const Texture common(o.seed),
        own[3] = {Texture(o.seed + 100, 20), Texture(o.seed + 200, 20), Texture(o.seed + 300, 20)};
    std::mt19937 random(o.seed + 7);
    std::normal_distribution<double> noise(0, o.noise);
    const auto fill = [&](SceneImage& image, double gain, double offset, double dx, double dy) {
        for (int r = 0; r < o.height; ++r) {
            for (int c = 0; c < o.width; ++c) {
                const double shared = common.at(c - dx, r - dy);
                const double three[3] = {own[0].at(c - dx, r - dy), own[1].at(c - dx, r - dy),
                                         own[2].at(c - dx, r - dy)};
                for (int b = 0; b < image.bands; ++b) {
                    const double ground = 110 + shared * (1 + 0.1 * b) + three[b % 3];
                    image.at(b, r, c) = static_cast<float>(gain * ground + offset + noise(random));
                }
            }
        }
    };
    fill(out.before, 1, 0, 0, 0);
    fill(out.after, o.gain, o.offset, o.shift_x, o.shift_y);
    return out;
}

} // namespace overflight
