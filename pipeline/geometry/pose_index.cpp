// SPDX-License-Identifier: Apache-2.0
#include "geometry/pose_index.h"

#include "core/lower_case.h"
#include "geometry/text_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace overflight {
namespace {

constexpr std::string_view slashes = "/\\";

/// The folders of a name as PoseIndex holds them: "a/b/c.tif" -> "b/a/". So names that agree in more folders stand
/// nearer to each other in the order of texts.
std::string folders_of(std::string_view name) {
    std::string folders;
    for (std::size_t end = name.find_last_of(slashes); end != std::string_view::npos;) {
        name = name.substr(0, end);
        end = name.find_last_of(slashes);
        const std::string_view folder = end == std::string_view::npos ? name : name.substr(end + 1);
        if (folder.empty() || folder == ".") continue;
        folders += folder;
        folders += '/';
    }
    return folders;
}

/// The whole folders at the head of both.
std::string_view common_folders(std::string_view a, std::string_view b) {
    const std::size_t least = std::min(a.size(), b.size());
    const auto differs = std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(least), b.begin()).first;
    const std::string_view head = a.substr(0, static_cast<std::size_t>(differs - a.begin()));
    const std::size_t slash = head.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : head.substr(0, slash + 1);
}

} // namespace

PoseIndex::PoseIndex(const Exterior& exterior, std::vector<std::string>& warnings) {
    std::unordered_map<std::string, std::size_t> first_of;
    for (std::size_t i = 0; i < exterior.poses.size(); ++i) {
        const PoseRecord& pose = exterior.poses[i];
        const std::string name(base_name(pose.name));
        const std::string folders = folders_of(pose.name);
        const auto [first, fresh] = first_of.emplace(folders + name, i);
        if (!fresh) {
            warnings.push_back(fmt::format("{}: a second pose of {}; the first, {}, is used",
                                           pose_place(exterior, pose), pose.name,
                                           pose_place(exterior, exterior.poses[first->second])));
        }
        const std::string stem(stem_of(name));
        by_name_[name].push_back({folders, i});
        by_stem_[stem].push_back({folders, i});
        if (fresh)
            for (const std::string& key : std::set{lower_case(name), lower_case(stem)})
                by_lower_case_[key].push_back({folders, i});
        if (folders_.empty() || folders_.back().folders != folders) folders_.push_back({folders, i});
    }
    for (Entries* entries : {&by_name_, &by_stem_})
        for (auto& [name, of_name] : *entries) std::sort(of_name.begin(), of_name.end());
    std::sort(folders_.begin(), folders_.end());
}

PoseIndex::Agreement PoseIndex::furthest(const std::vector<Entry>& entries, std::string_view folders) {
    const auto before = [](const Entry& entry, std::string_view text) { return entry.folders < text; };
    const auto at = std::lower_bound(entries.begin(), entries.end(), folders, before);
    std::string_view common; // neighbours in order agree the furthest
    if (at != entries.end()) common = common_folders(folders, at->folders);
    if (at != entries.begin()) {
        const std::string_view other = common_folders(folders, std::prev(at)->folders);
        if (other.size() > common.size()) common = other;
    }
    const auto first = std::lower_bound(entries.begin(), at, common, before);
    const auto end = std::partition_point(first, entries.end(),
                                          [&](const Entry& entry) { return entry.folders.starts_with(common); });
    return {common, &*first, &*std::prev(end)};
}

PoseIndex::Match PoseIndex::find(const std::filesystem::path& frame) const {
    const std::string name = frame.filename().string(), stem(stem_of(name)),
                      folders = folders_of(std::filesystem::absolute(frame).lexically_normal().string());
    Agreement best;
    for (const auto& [map, key] :
         {std::pair(&by_name_, &name), std::pair(&by_name_, &stem), std::pair(&by_stem_, &stem)}) {
        const auto found = map->find(*key);
        if (found == map->end()) continue;
        const Agreement agreement = furthest(found->second, folders);
        if (best.first == nullptr || agreement.folders.size() > best.folders.size()) best = agreement;
    }
    if (best.first == nullptr) {
        const auto found = by_lower_case_.find(lower_case(stem));
        if (found == by_lower_case_.end() || found->second.size() > 1) return {};
        best = furthest(found->second, folders);
    }
    Match match{Match::Kind::found, best.first->pose, best.last->pose};
    if (best.first->folders.size() > best.folders.size() &&
        furthest(folders_, folders).folders.size() > best.folders.size())
        match.kind = Match::Kind::elsewhere;
    else if (best.first->folders != best.last->folders)
        match.kind = Match::Kind::ambiguous;
    return match;
}

} // namespace overflight
