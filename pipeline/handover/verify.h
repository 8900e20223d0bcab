// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace overflight {

/// One thing that was looked at, and what was found.
struct Check {
    std::string what; ///< "file", "content", "log", "input 2015/0102.tif"
    bool good = false;
    std::string finding; ///< in words
};

/// Recomputes what the sidecar of a product and the log of its folder say: the file's hash, the hash of its decoded
/// content part by part, the log's chain and its lines on the product, the hashes of what was made beside it, where
/// that is there, and, when asked, the hashes of the inputs that the product's provenance lists, at the paths of the
/// sidecar or beside the product, products first beside it; where these are products, of their inputs as well, as their
/// own sidecars say. Throws InputError where there is no product or no sidecar; all else that is wrong is a check that
/// is not good.
std::vector<Check> verify_product(const std::filesystem::path& product, bool inputs);

} // namespace overflight
