// SPDX-License-Identifier: Apache-2.0
#include "flow/work_folder.h"

#include "core/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>

namespace overflight {

std::filesystem::path product_path(const Config& config, const std::string& name) {
    return config.output.folder / (name + "." + config.output.extension);
}

std::string process_name() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return fmt::format("{}-{}-{:x}", host_name(), ::getpid(),
                       std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

std::filesystem::path status_folder(const std::filesystem::path& output) {
    return output / ".work" / "status";
}

} // namespace overflight
