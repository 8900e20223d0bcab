// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace overflight {

/// SHA-256 as 64 lower-case hexadecimal digits.
std::string sha256_of(std::span<const std::byte> data);

/// Of a file's content, read once in blocks of 1 MiB. Throws RunError where it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

} // namespace overflight
