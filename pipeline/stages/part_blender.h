// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/quality.h"
#include "core/sample.h"
#include "kernels/blend.h"
#include "stages/sample_frame.h"

#include <cstdint>
#include <type_traits>
#include <vector>

namespace overflight {

/// Puts a part of a tile together from the frames that show it: weighted means, the heaviest frame, and how many frames
/// took part. Integer samples are summed exactly, so that the result does not depend on anything but the weights.
template <typename Sample>
class PartBlender {
public:
    void begin(const LaneLayout& layout, std::size_t pixels) {
        layout_ = layout;
        pixels_ = pixels;
        const auto groups = static_cast<std::size_t>(layout.groups());
        sums_.resize(groups);
        for (std::size_t g = 0; g < groups; ++g) sums_[g].assign(pixels * lanes(g), 0);
        weights_.assign(pixels, 0);
        heaviest_.assign(pixels, 0);
        source.assign(pixels, quality::no_frame);
        frames.assign(pixels, 0);
    }

    /// Adds a frame's part; `weight` (0 .. 256 a pixel) is set to 0 where the frame does not show the pixel.
    void add(std::size_t frame, const SampledPart& sampled, std::vector<std::uint16_t>& weight) {
        for (std::size_t i = 0; i < pixels_; ++i) {
            weight[i] = sampled.valid[i] != 0 ? weight[i] : std::uint16_t{0};
            frames[i] = static_cast<std::uint8_t>(frames[i] + (weight[i] != 0));
            weights_[i] += weight[i];
            const bool heavier = weight[i] > heaviest_[i];
            heaviest_[i] = heavier ? weight[i] : heaviest_[i];
            source[i] = heavier ? static_cast<std::uint16_t>(frame) : source[i];
        }
        for (std::size_t g = 0; g < sums_.size(); ++g)
            kernels::accumulate(reinterpret_cast<const Sample*>(sampled.groups[g].data()), weight.data(), pixels_,
                                static_cast<int>(lanes(g)), sums_[g].data());
    }

    std::size_t missing() const {
        std::size_t count = 0;
        for (std::size_t i = 0; i < pixels_; ++i) count += weights_[i] == 0;
        return count;
    }
    bool has(std::size_t pixel) const { return weights_[pixel] != 0; }

    /// The means, in lanes as in the sampled parts; 0 where no frame shows the pixel.
    void resolve(std::vector<std::vector<std::byte>>& groups) const {
        groups.resize(sums_.size());
        for (std::size_t g = 0; g < sums_.size(); ++g) {
            groups[g].resize(pixels_ * lanes(g) * sizeof(Sample) + 64);
            kernels::resolve(sums_[g].data(), weights_.data(), pixels_, static_cast<int>(lanes(g)),
                             reinterpret_cast<Sample*>(groups[g].data()));
        }
    }

    std::vector<std::uint16_t> source; ///< the frame with the largest weight, the earlier one of equals
    std::vector<std::uint8_t> frames;  ///< how many took part

private:
    std::size_t lanes(std::size_t group) const { return static_cast<std::size_t>(layout_.lanes_in(static_cast<int>(group))); }

    LaneLayout layout_;
    std::size_t pixels_ = 0;
    std::vector<std::vector<std::conditional_t<std::is_same_v<Sample, float>, float, std::uint32_t>>> sums_;
    std::vector<std::uint32_t> weights_;
    std::vector<std::uint16_t> heaviest_;
};

} // namespace overflight
