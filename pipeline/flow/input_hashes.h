// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "graph.h"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace overflight {

/// SHA-256 of files, in their order; empty, with the cause, for one of the first `frames` that cannot be read any more:
/// a frame that is gone is a gap like one that is broken.
struct FileHash {
    std::string sha256, trouble;
};

/// By `sha256(i)`, which throws RunError where it cannot. `taken(i)` sees each as it is there, in their order, one at a
/// time.
std::vector<FileHash> hash_files(std::size_t files, std::size_t frames, const Execution& execution,
                                 const std::function<std::string(std::size_t)>& sha256,
                                 const std::function<void(std::size_t, const FileHash&)>& taken);

} // namespace overflight
