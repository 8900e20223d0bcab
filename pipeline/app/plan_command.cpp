// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "app/run_arguments.h"

#include <fmt/core.h>

namespace overflight::app {

Command plan_command() {
    return {"plan", "Check everything and say what a run would do; decodes nothing", "overflight plan configs/ngi.toml",
            [](CLI::App& parser) {
                const auto arguments = declare_run_arguments(parser);
                return [arguments] {
                    fmt::print("{}", describe_plan(arguments->config->load(), arguments->options));
                    return done;
                };
            }};
}

} // namespace overflight::app
