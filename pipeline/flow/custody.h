// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "core/report.h"
#include "io/product.h"

#include <filesystem>
#include <vector>

namespace overflight {

/// Begins this run's part of the log in the output folder, which must be there.
void open_log(const Config& config, RunReport& report);

/// Enters a published product in log and report and writes its sidecar. `inputs`: the files that the product's
/// provenance lists, in its order.
void record_product(const std::filesystem::path& path, const PublishedFile& file,
                    const std::vector<std::filesystem::path>& inputs, RunReport& report);

} // namespace overflight
