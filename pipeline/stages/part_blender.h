// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/quality.h"
#include "core/sample.h"
#include "kernels/blend.h"
#include "stages/sample_frame.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace overflight {

/// Puts a part of a tile together from the frames that show it: weighted means, the heaviest frame, and how many frames
/// took part. Integer samples are summed exactly, so that the result depends on nothing but the weights.
template <typename Sample>
class PartBlender {
public:
    /// `hard_seams`: the heaviest frame's samples are kept beside the means.
    void begin(const LaneLayout& layout, std::size_t pixels, bool hard_seams = false) {
        layout_ = layout;
        hard_.resize(hard_seams ? static_cast<std::size_t>(layout.groups()) : 0);
        for (std::size_t g = 0; g < hard_.size(); ++g) {
            hard_[g].resize(pixels * lanes(g) * sizeof(Sample) + 64);
            std::fill(hard_[g].begin(), hard_[g].end(), std::byte{0});
        }
        pixels_ = pixels;
        groups_.resize(static_cast<std::size_t>(layout.groups()));
        for (std::size_t g = 0; g < groups_.size(); ++g) {
            groups_[g].sums.assign(pixels * lanes(g), 0);
            groups_[g].weights.assign(pixels, 0);
        }
        heaviest_.assign(pixels, 0);
        source.assign(pixels, quality::no_frame);
        frames.assign(pixels, 0);
    }

    /// Adds a frame's part; `weight` (0 .. 256 a pixel) counts where the frame shows the pixel.
    void add(std::size_t frame, const SampledPart& sampled, const std::vector<std::uint16_t>& weight) {
        for (std::size_t i = 0; i < pixels_; ++i) {
            const std::uint16_t counted = sampled.valid[i] != 0 ? weight[i] : std::uint16_t{0};
            const bool heavier = counted > heaviest_[i];
            frames[i] = static_cast<std::uint8_t>(frames[i] + (counted != 0));
            heaviest_[i] = heavier ? counted : heaviest_[i];
            source[i] = heavier ? static_cast<std::uint32_t>(frame) : source[i];
        }
        for (std::size_t g = 0; g < hard_.size(); ++g) {
            const std::size_t bytes = lanes(g) * sizeof(Sample);
            for (std::size_t i = 0; i < pixels_; ++i)
                if (source[i] == static_cast<std::uint32_t>(frame))
                    std::memcpy(hard_[g].data() + i * bytes, sampled.groups[g].data() + i * bytes, bytes);
        }
        for (std::size_t g = 0; g < groups_.size(); ++g)
            kernels::blend_accumulate(reinterpret_cast<const Sample*>(sampled.groups[g].data()), sampled.valid.data(),
                                      weight.data(), pixels_, static_cast<int>(lanes(g)), groups_[g].sums.data(),
                                      groups_[g].weights.data());
    }

    bool has(std::size_t pixel) const { return frames[pixel] != 0; }
    bool complete() const {
        return std::all_of(frames.begin(), frames.end(), [](std::uint8_t count) { return count != 0; });
    }

    /// The means, in lanes as in the sampled parts; 0 where no frame shows the pixel.
    void resolve(std::vector<std::vector<std::byte>>& out) {
        out.resize(groups_.size());
        valid_.resize(pixels_);
        for (std::size_t g = 0; g < groups_.size(); ++g) {
            out[g].resize(pixels_ * lanes(g) * sizeof(Sample) + 64);
            kernels::blend_resolve(groups_[g].sums.data(), groups_[g].weights.data(), pixels_,
                                   static_cast<int>(lanes(g)), reinterpret_cast<Sample*>(out[g].data()), valid_.data());
        }
    }

    /// The heaviest frame's samples, in lanes likewise; taken once.
    void take_hard(std::vector<std::vector<std::byte>>& out) { out.swap(hard_); }

    std::vector<std::uint32_t> source; ///< the frame with the largest weight, the earlier one of equals
    std::vector<std::uint8_t> frames;  ///< how many took part

private:
    struct Group {
        std::vector<std::conditional_t<std::is_same_v<Sample, float>, float, std::int32_t>> sums;
        std::vector<std::int32_t> weights;
    };

    std::size_t lanes(std::size_t group) const {
        return static_cast<std::size_t>(layout_.lanes_in(static_cast<int>(group)));
    }

    LaneLayout layout_;
    std::size_t pixels_ = 0;
    std::vector<Group> groups_;
    std::vector<std::vector<std::byte>> hard_; ///< empty where they are not asked for
    std::vector<std::uint16_t> heaviest_;
    std::vector<std::uint8_t> valid_;
};

} // namespace overflight
