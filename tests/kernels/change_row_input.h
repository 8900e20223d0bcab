// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <random>
#include <vector>

namespace overflight::kernels {

/// Rows of random floats with room on either side, at odd offsets in memory.
class RandomRows {
public:
    static constexpr std::size_t room = 19;

    RandomRows(std::size_t rows, std::size_t count, unsigned seed, float low = -50, float high = 200)
        : stride_(count + 2 * room), values_(rows * stride_) {
        std::mt19937 random(seed);
        std::uniform_real_distribution<float> value(low, high);
        for (float& v : values_) v = value(random);
        for (std::size_t r = 0; r < rows; ++r) rows_.push_back(values_.data() + r * stride_ + room);
    }
    float* row(std::size_t r) { return rows_[r]; }
    const float* const* rows() const { return rows_.data(); }
    float* const* outs() { return rows_.data(); }

private:
    std::size_t stride_;
    std::vector<float> values_;
    std::vector<float*> rows_;
};

} // namespace overflight::kernels
