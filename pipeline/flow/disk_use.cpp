// SPDX-License-Identifier: Apache-2.0
#include "flow/disk_use.h"

#include "flow/work_folder.h"

#include <algorithm>
#include <system_error>

namespace overflight {
namespace {

namespace fs = std::filesystem;

double shards_bytes(const WorkFolder& work) {
    double bytes = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(work.path(), error)) {
        std::error_code gone; // others work in the folder meanwhile
        if (!entry.path().filename().string().starts_with(WorkFolder::shard_prefix)) continue;
        if (const auto size = entry.file_size(gone); !gone) bytes += static_cast<double>(size);
    }
    return bytes;
}

} // namespace

DiskUse disk_use(const Config& config, StepKind from) {
    return [=](const std::string& product, double bytes) {
        const bool mosaic = std::any_of(config.missions.begin(), config.missions.end(),
                                        [&](const MissionConfig& mission) { return mission.name == product; });
        const StepKind shards = mosaic ? StepKind::compose : StepKind::detect;
        const StepKind whole = mosaic ? StepKind::merge : StepKind::finish;
        if (from > whole) return 0.0;
        const double there = shards_bytes(WorkFolder(config, product));
        if (from > shards) return there > 0 ? bytes : 0.0;
        return 2 * bytes - std::min(bytes, there);
    };
}

} // namespace overflight
