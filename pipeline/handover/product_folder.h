// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

namespace overflight {

/// Files of a folder that may be products, by name: *.nc and *.h5.
std::vector<std::filesystem::path> products_in(const std::filesystem::path& folder);

} // namespace overflight
