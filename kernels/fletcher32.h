// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace overflight::kernels {

/// HDF5's fletcher32: sums modulo 65535 of big-endian 16-bit words, an odd last byte being the high byte of its word;
/// the second sum in the upper half. The filter appends it to the chunk, least significant byte first.
std::uint32_t fletcher32(const std::uint8_t* data, std::size_t size);

namespace reference {
std::uint32_t fletcher32(const std::uint8_t* data, std::size_t size);
} // namespace reference

} // namespace overflight::kernels
