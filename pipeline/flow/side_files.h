// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "handover/export.h"

#include <filesystem>
#include <vector>

namespace overflight {

/// Kinds of products, by what a run may leave beside one, under its name: beside a mosaic a quick-look and its seams,
/// beside a change a quick-look and its objects, beside a time line its objects.
enum class ProductKind { mosaic, change, timeline };

/// What a run is to leave beside a product.
struct SideFiles {
    bool quicklook = false;
    std::vector<ExportRequest> vectors; ///< all with an output
};

SideFiles side_files(ProductKind kind, const std::filesystem::path& product, const OutputConfig& output);

/// Where the quick-look of a product lies, if it has one.
std::filesystem::path quicklook_path(const std::filesystem::path& product);

/// Where a run may leave files beside a product.
std::vector<std::filesystem::path> side_file_paths(ProductKind kind, const std::filesystem::path& product);

/// Removes whatever lies there, but for `inputs` of what comes next. What cannot be removed stays.
void remove_side_files(ProductKind kind, const std::filesystem::path& product,
                       const std::vector<std::filesystem::path>& inputs);

} // namespace overflight
