// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "core/config.h"

#include <fmt/core.h>

#include <memory>

namespace overflight::app {

Command config_command() {
    return {"config", "Print what a config can hold", "overflight config --reference > my.toml", [](CLI::App& parser) {
                const auto reference = std::make_shared<bool>(false);
                parser
                    .add_flag("--reference", *reference,
                              "Every key with its default and help, as a config to start from")
                    ->required();
                return [reference] {
                    fmt::print("{}", config_reference());
                    return done;
                };
            }};
}

} // namespace overflight::app
