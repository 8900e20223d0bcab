// SPDX-License-Identifier: Apache-2.0
#include "stages/frame_names.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <limits>
#include <set>
#include <unordered_map>

namespace overflight {
namespace {

std::string with_folders(const std::filesystem::path& path, std::ptrdiff_t folders) {
    std::filesystem::path tail;
    for (auto part = std::prev(path.end(), folders + 1); part != path.end(); ++part) tail /= *part;
    return tail.string();
}

} // namespace

std::vector<std::string> frame_names(const PlannedMission& mission) {
    std::vector<std::string> names;
    std::unordered_map<std::string, std::vector<std::size_t>> frames_of;
    for (const PlannedFrame& frame : mission.frames) {
        frames_of[frame.header.path.filename().string()].push_back(names.size());
        names.push_back(frame.header.path.filename().string());
    }
    for (const auto& [name, frames] : frames_of) {
        std::ptrdiff_t least = std::numeric_limits<std::ptrdiff_t>::max(); // parts of a path
        for (const std::size_t frame : frames) {
            const std::filesystem::path& path = mission.frames[frame].header.path;
            least = std::min(least, std::distance(path.begin(), path.end()));
        }
        std::set<std::string> distinct = {name};
        for (std::ptrdiff_t folders = 1; distinct.size() < frames.size() && folders < least; ++folders) {
            distinct.clear();
            for (const std::size_t frame : frames) {
                names[frame] = with_folders(mission.frames[frame].header.path, folders);
                distinct.insert(names[frame]);
            }
        }
    }
    return names;
}

} // namespace overflight
