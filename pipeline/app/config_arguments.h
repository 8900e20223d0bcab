// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/config.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

namespace overflight::app {

/// CONFIG and --set, as every subcommand that reads a config has them.
struct ConfigArguments {
    std::string path;
    std::vector<std::string> overrides;

    Config load() const { return load_config(path, overrides); }
};

std::shared_ptr<ConfigArguments> declare_config_arguments(CLI::App& parser);

} // namespace overflight::app
