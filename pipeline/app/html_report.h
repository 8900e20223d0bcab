// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/mosaic_chunks.h"
#include "handover/report.h"

#include <filesystem>

namespace overflight::app {

/// handover's report, by the tile graph. `chunks`: what the run that made the products still holds, if any.
WrittenReport write_html_report(const std::filesystem::path& folder, int threads, MosaicChunks* chunks);

} // namespace overflight::app
