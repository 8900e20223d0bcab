// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "core/report.h"
#include "flow/side_files.h"
#include "io/product.h"
#include "io/sidecar.h"

#include <filesystem>
#include <string>
#include <vector>

namespace overflight {

/// Begins this run's part of the log in the output folder, which must be there.
void open_log(const Config& config, RunReport& report);

/// Writes the sidecar of a product that was just published and enters both, and what was made beside it, in log and
/// report. `inputs`: the files that the product's provenance lists, in its order.
void record_product(const std::filesystem::path& path, const FinishedFile& file, const std::string& sha256,
                    const std::vector<std::filesystem::path>& inputs, const std::vector<SideFile>& beside,
                    RunReport& report);

/// Enters a product that was published before, as its sidecar says, and what lies beside it in the report. Throws
/// RunError where there is no such product.
void record_published(ProductKind kind, const std::filesystem::path& path, RunReport& report);

/// Enters a file beside a product in the report.
void record_side_file(const std::filesystem::path& product, const SideFile& file, RunReport& report);

} // namespace overflight
