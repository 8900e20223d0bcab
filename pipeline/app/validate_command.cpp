// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "app/config_arguments.h"

#include <fmt/core.h>

namespace overflight::app {

Command validate_command() {
    return {"validate", "Check a config; opens none of the files that it names", "overflight validate configs/ngi.toml",
            [](CLI::App& parser) {
                const auto arguments = declare_config_arguments(parser);
                return [arguments] {
                    const Config config = arguments->load();
                    fmt::print("{}: valid, {} mission(s) and {} pair(s) to compare\n", arguments->path,
                               config.missions.size(), config.changes.size());
                    return done;
                };
            }};
}

} // namespace overflight::app
