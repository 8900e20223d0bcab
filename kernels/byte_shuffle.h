// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace overflight::kernels {

/// HDF5's shuffle filter: the first bytes of all elements, then the second ones, and so on; bytes after the last whole
/// element stay where they are. in and out hold `size` bytes and must not overlap.
void byte_shuffle(const std::uint8_t* in, std::size_t size, std::size_t element_size, std::uint8_t* out);
void byte_unshuffle(const std::uint8_t* in, std::size_t size, std::size_t element_size, std::uint8_t* out);

namespace reference {
void byte_shuffle(const std::uint8_t* in, std::size_t size, std::size_t element_size, std::uint8_t* out);
void byte_unshuffle(const std::uint8_t* in, std::size_t size, std::size_t element_size, std::uint8_t* out);
} // namespace reference

} // namespace overflight::kernels
