// SPDX-License-Identifier: Apache-2.0
#include "stages/part_blender.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

namespace overflight {
namespace {

template <typename Sample>
class PartBlenderOf : public testing::Test {
protected:
    static constexpr std::size_t pixels = 1003;

    /// A frame's part with random samples, some of them not shown.
    SampledPart part(int bands) {
        const LaneLayout layout{bands};
        SampledPart made;
        made.part = {0, 0, static_cast<int>(pixels), 1};
        made.groups.resize(static_cast<std::size_t>(layout.groups()));
        for (int g = 0; g < layout.groups(); ++g) {
            std::vector<Sample> samples(pixels * static_cast<std::size_t>(layout.lanes_in(g)));
            for (Sample& sample : samples) sample = static_cast<Sample>(random_() % 256);
            auto& group = made.groups[static_cast<std::size_t>(g)];
            group.resize(samples.size() * sizeof(Sample) + 64);
            std::memcpy(group.data(), samples.data(), samples.size() * sizeof(Sample));
        }
        made.valid.resize(pixels);
        for (std::uint8_t& valid : made.valid) valid = random_() % 4 != 0 ? 255 : 0;
        return made;
    }

    std::vector<std::uint16_t> weights() {
        std::vector<std::uint16_t> made(pixels);
        for (std::uint16_t& weight : made)
            weight = random_() % 3 == 0 ? 0 : static_cast<std::uint16_t>(random_() % 257);
        return made;
    }

    static double sample(const std::vector<std::byte>& group, std::size_t at) {
        Sample value;
        std::memcpy(&value, group.data() + at * sizeof(Sample), sizeof(Sample));
        return static_cast<double>(value);
    }

    std::mt19937 random_{7};
};

using Samples = testing::Types<std::uint8_t, std::uint16_t, float>;
TYPED_TEST_SUITE(PartBlenderOf, Samples);

TYPED_TEST(PartBlenderOf, GivesWeightedMeansAndTheHeaviestFrame) {
    const double tolerance = std::is_same_v<TypeParam, float> ? 1e-3 : 0.5001;
    PartBlender<TypeParam> blender; // one for all: buffers are used again
    for (const int bands : {1, 2, 3, 4, 6}) {
        const LaneLayout layout{bands};
        std::vector<SampledPart> parts;
        std::vector<std::vector<std::uint16_t>> weights;
        blender.begin(layout, this->pixels, true);
        for (std::size_t frame = 0; frame < 4; ++frame) {
            parts.push_back(this->part(bands));
            weights.push_back(this->weights());
            blender.add(10 + frame, parts.back(), weights.back());
        }
        std::vector<std::vector<std::byte>> means;
        blender.resolve(means);
        std::vector<std::vector<std::byte>> hard;
        blender.take_hard(hard);
        ASSERT_EQ(means.size(), static_cast<std::size_t>(layout.groups()));
        bool complete = true;
        for (std::size_t i = 0; i < this->pixels; ++i) {
            std::uint32_t source = quality::no_frame;
            int heaviest = 0, count = 0;
            double total = 0;
            for (std::size_t frame = 0; frame < 4; ++frame) {
                const int weight = parts[frame].valid[i] != 0 ? weights[frame][i] : 0;
                total += weight;
                count += weight > 0;
                if (weight > heaviest) {
                    heaviest = weight;
                    source = static_cast<std::uint32_t>(10 + frame);
                }
            }
            complete = complete && count > 0;
            ASSERT_EQ(blender.source[i], source);
            ASSERT_EQ(blender.frames[i], count);
            ASSERT_EQ(blender.has(i), count > 0);
            for (int band = 0; band < bands; ++band) {
                const auto g = static_cast<std::size_t>(band / 4);
                const std::size_t at =
                    i * static_cast<std::size_t>(layout.lanes_in(band / 4)) + static_cast<std::size_t>(band % 4);
                double sum = 0;
                for (std::size_t frame = 0; frame < 4; ++frame)
                    if (parts[frame].valid[i] != 0) sum += weights[frame][i] * this->sample(parts[frame].groups[g], at);
                const double expected = total > 0 ? sum / total : 0;
                ASSERT_NEAR(this->sample(means[g], at), expected, tolerance) << bands << ' ' << band << ' ' << i;
                ASSERT_EQ(this->sample(hard[g], at),
                          source == quality::no_frame ? 0 : this->sample(parts[source - 10].groups[g], at));
            }
        }
        EXPECT_EQ(blender.complete(), complete);
    }
}

TYPED_TEST(PartBlenderOf, GivesASingleFrameBackAsItIs) {
    PartBlender<TypeParam> blender;
    blender.begin(LaneLayout{3}, this->pixels);
    SampledPart only = this->part(3);
    only.valid.assign(this->pixels, 255);
    blender.add(3, only, std::vector<std::uint16_t>(this->pixels, 17));
    std::vector<std::vector<std::byte>> means;
    blender.resolve(means);
    EXPECT_TRUE(blender.complete());
    for (std::size_t i = 0; i < this->pixels; ++i)
        for (std::size_t lane = 0; lane < 3; ++lane)
            ASSERT_EQ(this->sample(means[0], 4 * i + lane), this->sample(only.groups[0], 4 * i + lane));
}

TYPED_TEST(PartBlenderOf, PrefersTheEarlierOfEquals) {
    PartBlender<TypeParam> blender;
    blender.begin(LaneLayout{1}, this->pixels);
    SampledPart shown = this->part(1);
    shown.valid.assign(this->pixels, 255);
    const std::vector<std::uint16_t> half(this->pixels, 128);
    blender.add(8, shown, half);
    blender.add(2, shown, half);
    EXPECT_EQ(blender.source, std::vector<std::uint32_t>(this->pixels, 8));
}

} // namespace
} // namespace overflight
