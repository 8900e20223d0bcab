// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace overflight::app {

/// Name and version of each library in use, as loaded where it can say so, else as compiled.
std::vector<std::pair<std::string, std::string>> library_versions();

} // namespace overflight::app
