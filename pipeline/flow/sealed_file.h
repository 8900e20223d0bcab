// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace overflight {

/// A small file that is there whole or counts as not there: its SHA-256 stands in front.
void write_sealed(const std::filesystem::path& path, std::span<const std::byte> content); ///< throws RunError
std::optional<std::vector<std::byte>> read_sealed(const std::filesystem::path& path);

} // namespace overflight
