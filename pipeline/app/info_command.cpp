// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "app/environment.h"
#include "core/limits.h"
#include "core/version.h"

#include <fmt/core.h>

namespace overflight::app {

Command info_command() {
    return {"info", "Print versions, the instruction set in use and the limits found here", "overflight info",
            [](CLI::App&) {
                return [] {
                    fmt::print("overflight {}\n", version);
                    fmt::print("instruction set  {}\n", instruction_set());
                    const Limits limits = find_limits();
                    fmt::print("threads          {} ({})\n", limits.threads, limits.threads_from);
                    fmt::print("memory           {} MiB ({}), {} MiB by default\n", limits.memory_mb,
                               limits.memory_from, limits.default_memory_mb());
                    for (const auto& [name, found] : library_versions()) fmt::print("{:<17}{}\n", name, found);
                    return done;
                };
            }};
}

} // namespace overflight::app
