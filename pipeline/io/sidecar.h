// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/report.h"
#include "io/content_hash.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace overflight {

/// A file that was made of a product and lies beside it.
struct SideFile {
    std::string name; ///< file name
    std::int64_t bytes = 0;
    std::string sha256;
};

/// What stands beside a product, in <product>.sha256.json: what the file and its content were when it was published,
/// where its inputs lay, and which line of the folder's log says so.
struct Sidecar {
    std::string product; ///< file name
    std::string program; ///< "overflight 0.1.0"
    std::int64_t bytes = 0;
    std::string file_sha256;
    ContentHashes content;
    LogEntry log;
    std::vector<std::filesystem::path> inputs; ///< absolute; as many as the product's provenance lists, in its order
    std::vector<SideFile> beside;              ///< quick-look and tables, as they were written; may be fewer or none
};

std::filesystem::path sidecar_path(const std::filesystem::path& product);

/// Throws RunError.
void write_sidecar(const std::filesystem::path& product, const Sidecar& sidecar);

/// Throws InputError where there is none, or where it is none.
Sidecar read_sidecar(const std::filesystem::path& product);

/// As a file is now. Throws RunError where it cannot be read.
SideFile describe_side_file(const std::filesystem::path& file);

/// Whether a file beside the product is one that its sidecar knows, and as it says.
bool is_as_published(const std::filesystem::path& file, const Sidecar& sidecar);

} // namespace overflight
