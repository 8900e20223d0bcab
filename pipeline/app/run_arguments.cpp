// SPDX-License-Identifier: Apache-2.0
#include "app/run_arguments.h"

namespace overflight::app {

std::shared_ptr<RunArguments> declare_run_arguments(CLI::App& parser) {
    auto arguments = std::make_shared<RunArguments>();
    arguments->config = declare_config_arguments(parser);
    parser
        .add_option("--threads", arguments->options.threads,
                    "Worker threads; default: run.threads, else what is allowed here")
        ->check(CLI::Range(1, 1024));
    parser
        .add_option("--memory-mb", arguments->options.memory_mb,
                    "Memory budget in MiB; default: run.memory_mb, else a quarter of what is allowed here")
        ->check(CLI::Range(128, 1 << 30));
    return arguments;
}

} // namespace overflight::app
