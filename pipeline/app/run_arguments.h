// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config_arguments.h"
#include "flow/run.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace overflight::app {

/// What `run` and `plan` have in common: the config and how it is carried out.
struct RunArguments {
    std::shared_ptr<ConfigArguments> config;
    RunOptions options;
    std::string progress = "auto"; ///< of those that carry something out
};

std::shared_ptr<RunArguments> declare_run_arguments(CLI::App& parser);

} // namespace overflight::app
