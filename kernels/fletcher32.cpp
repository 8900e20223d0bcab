// SPDX-License-Identifier: Apache-2.0
#include "kernels/fletcher32.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fletcher32.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace overflight::kernels {
namespace HWY_NAMESPACE {
namespace {
#if HWY_TARGET == HWY_SCALAR

std::uint32_t checksum(const std::uint8_t* data, std::size_t size) {
    return reference::fletcher32(data, size);
}

#else

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<std::uint32_t>;
using V = hn::Vec<D>;

constexpr std::uint64_t modulus = 65535;
constexpr std::size_t rounds = 360; ///< vectors until the second sums could pass 32 bits

/// Words are summed in the machine's order: swapping their bytes is a product with 256 modulo 65535, made up for at
/// the end. Each vector lane sums its own words (s1) and these sums (s2); a word then counts in the block's second sum
/// once for every word from it to the block's end.
std::uint32_t checksum(const std::uint8_t* data, std::size_t size) {
    const D d;
    const hn::Repartition<std::uint8_t, D> d8;
    const std::size_t lanes = hn::Lanes(d), words = 2 * lanes, bytes = 4 * lanes;
    std::uint64_t sum1 = 0, sum2 = 0, total = 0;
    while (size >= bytes) {
        const std::size_t n = std::min(size / bytes, rounds);
        V even1 = hn::Zero(d), odd1 = hn::Zero(d), even2 = hn::Zero(d), odd2 = hn::Zero(d);
        for (std::size_t i = 0; i < n; ++i, data += bytes) {
            const V pair = hn::BitCast(d, hn::LoadU(d8, data));
            even1 = hn::Add(even1, hn::And(pair, hn::Set(d, 0xFFFF)));
            odd1 = hn::Add(odd1, hn::ShiftRight<16>(pair));
            even2 = hn::Add(even2, even1);
            odd2 = hn::Add(odd2, odd1);
        }
        size -= n * bytes;
        HWY_ALIGN std::uint32_t s1[2][hn::MaxLanes(D())], s2[2][hn::MaxLanes(D())];
        hn::Store(even1, d, s1[0]);
        hn::Store(odd1, d, s1[1]);
        hn::Store(even2, d, s2[0]);
        hn::Store(odd2, d, s2[1]);
        sum2 += sum1 * (n * words % modulus);
        for (std::size_t i = 0; i < words; ++i) {
            const std::uint64_t lane1 = s1[i % 2][i / 2], lane2 = s2[i % 2][i / 2];
            total += lane1;
            sum1 += lane1;
            sum2 += words * lane2 - i * lane1;
        }
        sum1 %= modulus;
        sum2 %= modulus;
    }
    sum1 = sum1 * 256 % modulus;
    sum2 = sum2 * 256 % modulus;
    for (; size > 0; size -= std::min<std::size_t>(size, 2), data += 2) {
        const std::uint64_t word = data[0] * 256u + (size > 1 ? data[1] : 0u);
        total += word;
        sum1 += word;
        sum2 += sum1;
    }
    // End-around carries never bring a sum back to zero: only data without a set bit sums to 0.
    const auto folded = [&](std::uint64_t sum) {
        return static_cast<std::uint32_t>(total == 0 ? 0 : sum % modulus == 0 ? modulus : sum % modulus);
    };
    return folded(sum2) << 16 | folded(sum1);
}

#endif
} // namespace
} // namespace HWY_NAMESPACE
} // namespace overflight::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace overflight::kernels {

HWY_EXPORT(checksum);

std::uint32_t fletcher32(const std::uint8_t* data, std::size_t size) {
    return HWY_DYNAMIC_DISPATCH(checksum)(data, size);
}

std::uint32_t reference::fletcher32(const std::uint8_t* data, std::size_t size) {
    const auto fold = [](std::uint32_t sum) { return (sum & 0xFFFF) + (sum >> 16); };
    std::uint32_t sum1 = 0, sum2 = 0;
    for (std::size_t i = 0; i < size; i += 2) {
        sum1 = fold(sum1 + (data[i] * 256u + (i + 1 < size ? data[i + 1] : 0u)));
        sum2 = fold(sum2 + sum1);
    }
    return sum2 << 16 | sum1;
}

} // namespace overflight::kernels
#endif
