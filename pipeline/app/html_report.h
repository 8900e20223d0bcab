// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace overflight::app {

/// handover's report, by the tile graph.
std::filesystem::path write_html_report(const std::filesystem::path& folder, int threads);

} // namespace overflight::app
