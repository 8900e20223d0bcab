// SPDX-License-Identifier: Apache-2.0
#include "app/config_arguments.h"

namespace overflight::app {

std::shared_ptr<ConfigArguments> declare_config_arguments(CLI::App& parser) {
    auto arguments = std::make_shared<ConfigArguments>();
    parser.add_option("CONFIG", arguments->path, "Config file (TOML)")->required();
    parser
        .add_option("--set", arguments->overrides,
                    "Set one key, as in output.resolution_m=2 or mission.0.frames=a.tif; may be repeated. Paths are "
                    "relative to the config, as in it")
        ->type_name("KEY=VALUE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    return arguments;
}

} // namespace overflight::app
