// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "core/report.h"
#include "io/product.h"
#include "io/quicklook.h"

#include <filesystem>
#include <vector>

namespace overflight {

/// Begins this run's part of the log in the output folder, which must be there.
void open_log(const Config& config, RunReport& report);

/// Publishes a finished product, draws its quick-look meanwhile (none where the picture is empty), writes its sidecar
/// and enters both in log and report. `inputs`: the files that the product's provenance lists, in its order.
void publish_product(ProductWriter& writer, const std::filesystem::path& path,
                     const std::vector<std::filesystem::path>& inputs, const Picture& quicklook, RunReport& report);

/// Enters a product that was published before, as its sidecar says, and its quick-look where there is one, in the
/// report. Throws RunError where there is no such product.
void record_published(const std::filesystem::path& path, RunReport& report);

/// Enters a file that was made from a product in the report.
void record_file(const std::filesystem::path& path, RunReport& report);

} // namespace overflight
