// SPDX-License-Identifier: Apache-2.0
#include "flow/input_hashes.h"

#include "core/errors.h"

namespace overflight {

std::vector<FileHash> hash_files(std::size_t files, std::size_t frames, const Execution& execution,
                                 const std::function<std::string(std::size_t)>& sha256,
                                 const std::function<void(std::size_t, const FileHash&)>& taken) {
    std::vector<FileHash> hashes(files), in_flight(static_cast<std::size_t>(slots_for(execution)));
    for_each_in_order(
        static_cast<std::int64_t>(files), slots_for(execution), execution,
        [&](std::int64_t index, int slot) {
            const auto file = static_cast<std::size_t>(index);
            FileHash& hash = in_flight[static_cast<std::size_t>(slot)];
            try {
                hash = {sha256(file), ""};
            } catch (const RunError& error) {
                if (file >= frames) throw;
                hash = {"", error.what()};
            }
        },
        [&](std::int64_t index, int slot) {
            const auto file = static_cast<std::size_t>(index);
            hashes[file] = in_flight[static_cast<std::size_t>(slot)];
            taken(file, hashes[file]);
        });
    return hashes;
}

} // namespace overflight
