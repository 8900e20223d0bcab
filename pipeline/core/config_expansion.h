// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/errors.h"

#include <toml++/toml.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

// Private to core.
namespace overflight {

/// Puts tables in place of those that stand for several, before keys are read:
///   a [[mission]] whose name holds a placeholder, as in name = "{flight}", frames = ["archive/{flight}/*.tif"], one
///   for each file or folder that is there in the placeholder's place, in the order of the names; the placeholder is
///   replaced in every text of the table;
///   a [[change]] with successive = true: one for each two missions that follow each other in the config.
/// `report(key, message)` takes what is wrong, by its key. Relative patterns are looked for in `folder`.
void expand_config(toml::table& root, const std::filesystem::path& folder,
                   const std::function<void(const std::string& key, std::string message)>& report);

} // namespace overflight
