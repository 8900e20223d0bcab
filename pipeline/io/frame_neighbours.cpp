// SPDX-License-Identifier: Apache-2.0
#include "io/frame_neighbours.h"

#include "core/lower_case.h"

#include <algorithm>
#include <system_error>
#include <unordered_map>
#include <unordered_set>

namespace overflight {
namespace {

constexpr std::size_t most_of_no_frame = 64; ///< as each frame is compared with all of them

} // namespace

struct FrameNeighbours::Folder {
    std::unordered_map<std::string, std::vector<std::string>> by_stem; ///< in lower case
    std::unordered_set<std::string> extensions;                        ///< of frames, in lower case
    std::vector<std::string> of_no_frame;
    bool known = false;

    void list(const std::filesystem::path& folder) {
        std::error_code error;
        std::filesystem::directory_iterator entry(folder.empty() ? "." : folder, error);
        for (const std::filesystem::directory_iterator end; !error && entry != end; entry.increment(error))
            add(entry->path().filename().string());
        known = !error && of_no_frame.size() <= most_of_no_frame;
    }

    void add(const std::string& name) {
        const std::string lowered = lower_case(name);
        bool placed = false;
        for (std::size_t at = lowered.find_first_of("._"); at != std::string::npos;
             at = lowered.find_first_of("._", at + 1)) {
            const auto stem = by_stem.find(lowered.substr(0, at));
            if (stem == by_stem.end()) continue;
            stem->second.push_back(name);
            placed = true;
        }
        if (!placed && !extensions.contains(std::filesystem::path(lowered).extension().string()))
            of_no_frame.push_back(name);
    }
};

FrameNeighbours::FrameNeighbours(const std::vector<std::filesystem::path>& frames) {
    for (const std::filesystem::path& frame : frames) {
        std::unique_ptr<Folder>& folder = folders_[frame.parent_path()];
        if (!folder) folder = std::make_unique<Folder>();
        folder->by_stem[lower_case(frame.stem().string())];
        folder->extensions.insert(lower_case(frame.extension().string()));
    }
    for (auto& [path, folder] : folders_) folder->list(path);
}

FrameNeighbours::~FrameNeighbours() = default;

std::optional<std::vector<std::string>> FrameNeighbours::of(const std::filesystem::path& frame) const {
    const auto found = folders_.find(frame.parent_path());
    if (found == folders_.end() || !found->second->known) return std::nullopt;
    const Folder& folder = *found->second;
    std::vector<std::string> names = folder.of_no_frame;
    names.push_back(frame.filename().string());
    if (const auto stem = folder.by_stem.find(lower_case(frame.stem().string())); stem != folder.by_stem.end())
        names.insert(names.end(), stem->second.begin(), stem->second.end());
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

} // namespace overflight
