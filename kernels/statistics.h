// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace overflight::kernels {

/// Sums over the pixels that two frames share, by lane. Sum: uint64_t (exact) for integer samples, double for float.
template <typename Sum>
struct PairStatistics {
    std::array<std::uint64_t, 4> count{};
    std::array<Sum, 4> a{}, b{}, aa{}, bb{}, ab{};
};

/// Adds one row of `count` pixels with `lanes` (1, 2 or 4) samples to the sums. A sample counts if its pixel is valid
/// (not 0) in both frames and both samples lie below `limit`, where sensors saturate: 2^16 lets every integer pass,
/// infinity every float but NaN. At most 2^32 pixels in all.
/// Float: doubles; in each call sample i is added to the partial sum i modulo 8, and these to the sums in their order.
void add_pair_statistics(const std::uint8_t* a, const std::uint8_t* b, const std::uint8_t* valid_a,
                         const std::uint8_t* valid_b, std::size_t count, int lanes, std::int32_t limit,
                         PairStatistics<std::uint64_t>& sums);
void add_pair_statistics(const std::uint16_t* a, const std::uint16_t* b, const std::uint8_t* valid_a,
                         const std::uint8_t* valid_b, std::size_t count, int lanes, std::int32_t limit,
                         PairStatistics<std::uint64_t>& sums);
void add_pair_statistics(const float* a, const float* b, const std::uint8_t* valid_a, const std::uint8_t* valid_b,
                         std::size_t count, int lanes, float limit, PairStatistics<double>& sums);

namespace reference {
/// Instantiated for the three sample types above.
template <typename Sample, typename Limit, typename Sum>
void add_pair_statistics(const Sample* a, const Sample* b, const std::uint8_t* valid_a, const std::uint8_t* valid_b,
                         std::size_t count, int lanes, Limit limit, PairStatistics<Sum>& sums);
} // namespace reference

} // namespace overflight::kernels
