// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"
#include "core/config_source.h"

// Private to core.
namespace overflight {

/// What concerns more than one key; each key by itself is checked where it is read. Adds to `problems`.
void check_config(const Config& config, const ConfigSource& source, std::vector<Problem>& problems);

} // namespace overflight
