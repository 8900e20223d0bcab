// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"

#include <filesystem>

namespace overflight {

/// Whether a file in output.folder is one that runs and exports of this config make there: a product, its quick-look,
/// tables and sidecars, or a layer exported under its plain name (`<product>.<layer>.tif`). A frame that has a
/// product's name and an extension of its own (`<product>.tif`) is none.
bool is_own_file(const Config& config, const std::filesystem::path& file);

} // namespace overflight
