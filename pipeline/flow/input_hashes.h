// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/progress.h"
#include "graph.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace overflight {

/// SHA-256 of files, in their order; empty, with the cause, for one of the first `frames` that cannot be read any more:
/// a frame that is gone is a gap like one that is broken.
struct FileHash {
    std::string sha256, trouble;
};

std::vector<FileHash> hash_files(const std::vector<std::filesystem::path>& files, std::size_t frames,
                                 const Execution& execution, Progress& progress);

} // namespace overflight
