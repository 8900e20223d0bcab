// SPDX-License-Identifier: Apache-2.0
#include "core/config_check.h"

#include "core/change_series.h"
#include "core/config_keys.h"
#include "core/suggestion.h"
#include "core/utc_time.h"

#include <fmt/format.h>

#include <algorithm>

namespace overflight {
namespace {

constexpr int smallest_memory_mb = 128;
constexpr std::size_t longest_name = 100;

class Checker {
public:
    Checker(const Config& config, const ConfigSource& source, std::vector<Problem>& problems)
        : config_(config), source_(source), problems_(problems) {}

    void check() {
        check_level();
        check_memory();
        check_resolution();
        check_terrain("terrain", config_.terrain);
        if (config_.missions.empty() && !wrong("mission")) {
            add("mission", "missing; a run needs at least one [[mission]]");
        }
        for (std::size_t i = 0; i < config_.missions.size(); ++i) check_mission(i);
        for (std::size_t i = 0; i < config_.changes.size(); ++i) check_change(i);
        check_series();
    }

private:
    void add(const std::string& key, std::string message) {
        problems_.push_back(source_.problem(key, std::move(message)));
    }

    /// Something is known to be wrong with the key itself: what follows from that is no news.
    bool wrong(const std::string& key) const {
        return std::any_of(problems_.begin(), problems_.end(),
                           [&](const Problem& problem) { return problem.key == key; });
    }

    bool given(const std::string& section) const { return source_.root().contains(section); }
    bool given(const std::string& list, std::size_t index, const std::string& key) const {
        const auto* item = source_.root().get(list)->as_array()->get_as<toml::table>(index);
        return item->contains(key);
    }

    void check_level() {
        const int level = config_.output.level;
        const auto refuse = [&](const char* codec, const char* range) {
            add("output.level",
                fmt::format("found {}; expects a whole number {} with compression = \"{}\"", level, range, codec));
        };
        if (wrong("output.level") || wrong("output.compression")) return;
        if (config_.output.compression == Codec::deflate && (level < 1 || level > 12))
            refuse("deflate", "from 1 to 12");
        if (config_.output.compression == Codec::blosc && level > 9) refuse("blosc", "from 0 to 9");
    }

    void check_resolution() {
        const ResolutionConfig& resolution = config_.resolution;
        if (wrong("resolution.limit_m") || wrong("output.resolution_m") || wrong("resolution.enforce")) return;
        if (resolution.hmin_m > 0 && resolution.limit_m == 0) {
            add("resolution.hmin_m", "has no meaning without limit_m, the resolution reached at that height; add it");
        }
        if (!resolution.enforce) return;
        if (resolution.limit_m == 0) {
            add("resolution.enforce", "there is no limit to enforce; add limit_m");
        } else if (config_.output.resolution_m < resolution.limit_m) {
            add("output.resolution_m",
                fmt::format("found {}, finer than resolution.limit_m = {} with resolution.enforce = true; expects {} "
                            "or more",
                            config_.output.resolution_m, resolution.limit_m, resolution.limit_m));
        }
    }

    void check_memory() {
        const std::int64_t memory = config_.run.memory_mb;
        if (memory > 0 && memory < smallest_memory_mb) {
            add("run.memory_mb", fmt::format("found {}; expects at least {}, or 0 for a quarter of what is there",
                                             memory, smallest_memory_mb));
        }
    }

    void check_terrain(const std::string& section, const TerrainConfig& terrain) {
        if (terrain.outside != OutsideTerrain::constant && terrain.outside_height_m != 0)
            add(section + ".outside_height_m", "has no effect without outside = \"constant\"; add that or remove this");
        if (terrain.surface.empty() && terrain.surface_error_m != 0 && !wrong(section + ".surface"))
            add(section + ".surface_error_m", "has no effect without surface; add that or remove this");
    }

    void check_sun(const std::string& at, const MissionConfig& mission) {
        if (!mission.captured.empty() && !utc_seconds(mission.captured))
            add(at + "captured", fmt::format("found \"{}\"; expects a time with its offset from UTC, for example "
                                             "\"2015-06-30T10:15:00Z\" or \"2015-06-30T12:15:00+02:00\"",
                                             mission.captured));
        if (!mission.utc_offset.empty() && !utc_offset_seconds(mission.utc_offset))
            add(at + "utc_offset",
                fmt::format("found \"{}\"; expects hours and minutes, for example \"+02:00\"", mission.utc_offset));
        if (mission.sun_azimuth_deg != 0 && mission.sun_elevation_deg == 0 && !wrong(at + "sun_elevation_deg"))
            add(at + "sun_azimuth_deg", "has no effect without sun_elevation_deg; add that or remove this");
        if (mission.sun_elevation_deg != 0 && !mission.captured.empty())
            add(at + "sun_elevation_deg", "the sun follows from captured already; remove one");
    }

    void check_match_view(const std::string& at, const MissionConfig& mission) {
        const std::string& other = mission.match_view_of;
        if (other.empty()) return;
        const std::string key = at + "match_view_of";
        if (other == mission.name) {
            add(key, fmt::format("\"{}\" is this mission itself; name another", other));
            return;
        }
        check_names_mission(key, other);
        for (const MissionConfig& matched : config_.missions) {
            if (matched.name != other) continue;
            if (!matched.match_view_of.empty())
                add(key,
                    fmt::format("mission \"{}\" matches the view of \"{}\" itself; name a mission that matches none",
                                other, matched.match_view_of));
            if (matched.camera == CameraKind::ortho)
                add(key, fmt::format("mission \"{}\" has camera = \"ortho\", of which no views are known", other));
        }
    }

    void check_frames(const std::string& at, const MissionConfig& mission) {
        for (const std::string& pattern : mission.frames)
            if (pattern.find("**") != std::string::npos)
                add(at + "frames", "found \"**\"; a pattern matches at one depth: give one for each, for example "
                                   "\"frames/*.tif\" and \"frames/*/*.tif\"");
    }

    void check_mission(std::size_t index) {
        const MissionConfig& mission = config_.missions[index];
        const std::string at = fmt::format("mission.{}.", index);
        check_name(at + "name", mission.name);
        check_frames(at, mission);
        for (std::size_t other = 0; other < index && !mission.name.empty(); ++other) {
            if (config_.missions[other].name == mission.name) {
                add(at + "name", fmt::format("\"{}\" is the name of mission {} already; each needs one of its own",
                                             mission.name, other));
                break;
            }
        }
        if (mission.terrain && given("mission", index, "terrain")) check_terrain(at + "terrain", *mission.terrain);
        check_sun(at, mission);
        check_match_view(at, mission);
        if (wrong(at + "camera")) return;
        if (mission.camera == CameraKind::frame) {
            check_frame_camera(at, mission);
        } else {
            check_other_camera(at, index);
        }
    }

    void check_name(const std::string& key, const std::string& name) {
        if (name.empty()) return;
        const auto legal = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                   c == '-';
        };
        const auto alphanumeric = [](char c) { return c != '.' && c != '_' && c != '-'; };
        if (!std::all_of(name.begin(), name.end(), legal) || !alphanumeric(name.front()) || name.back() == '_') {
            add(key, fmt::format("found \"{}\"; it names a file: letters, digits, '.', '_' and '-', the first a "
                                 "letter or digit, the last no '_'",
                                 name));
        } else if (name.find("__") != std::string::npos) {
            add(key, fmt::format("found \"{}\"; \"__\" is kept for the names of change products", name));
        } else if (name.size() > longest_name) {
            add(key,
                fmt::format("found {} characters; it names a file, expects at most {}", name.size(), longest_name));
        }
    }

    void check_frame_camera(const std::string& at, const MissionConfig& mission) {
        if (mission.exterior.empty() && !wrong(at + "exterior")) {
            add(at + "exterior",
                "missing; camera = \"frame\" needs the poses, for example exterior = \"exterior.csv\"");
        }
        // Which JSON it is shows when it is read: an OpenSfM reconstruction holds its cameras.
        if (mission.interior.empty() && !wrong(at + "interior") && mission.exterior.extension() != ".json") {
            add(at + "interior",
                "missing; camera = \"frame\" needs it, unless exterior is a reconstruction.json, for example "
                "interior = \"interior.yaml\"");
        }
        if (mission.pose_space == PoseSpace::unset && !wrong(at + "pose_space")) {
            add(at + "pose_space", fmt::format("missing; camera = \"frame\" needs one of {}",
                                               config_keys::explained_choices<PoseSpace>()));
        }
    }

    void check_other_camera(const std::string& at, std::size_t index) {
        const bool rpc = config_.missions[index].camera == CameraKind::rpc;
        std::vector<std::string> unused = {"exterior",   "pose_space",   "pose_crs",
                                           "pose_world", "pose_heights", "camera_id"};
        if (!rpc) { // images that name no CRS have that of pose_crs
            std::erase(unused, "pose_crs");
            unused.insert(unused.end(), {"interior", "terrain", "match_view_of"});
        }
        for (const std::string& key : unused) {
            if (given("mission", index, key)) {
                add(at + key,
                    fmt::format("has no meaning with camera = \"{}\"; remove it, or should camera be \"frame\"?",
                                rpc ? "rpc" : "ortho"));
            }
        }
    }

    void check_change(std::size_t index) {
        const ChangeConfig& change = config_.changes[index];
        const std::string at = fmt::format("change.{}.", index);
        check_names_mission(at + "before", change.before);
        check_names_mission(at + "after", change.after);
        if (!change.before.empty() && change.before == change.after) {
            add(at + "after", fmt::format("\"{}\" is before as well; name two missions", change.after));
        }
        if (!change.details && !change.surroundings)
            add(at + "details", "without it there has to be surroundings = true: nothing is left to tell a change by");
        for (std::size_t other = 0; other < index; ++other) {
            if (config_.changes[other].before == change.before && config_.changes[other].after == change.after) {
                add(fmt::format("change.{}", index),
                    fmt::format("the same two missions as change {}; remove one", other));
                break;
            }
        }
    }

    void check_series() {
        const std::vector<std::vector<std::size_t>> all = find_series(config_.changes);
        const auto name = [&](const std::vector<std::size_t>& series) {
            return timeline_name(config_.changes[series.front()], config_.changes[series.back()]);
        };
        for (std::size_t i = 0; i < all.size(); ++i)
            for (std::size_t other = 0; other < i; ++other)
                if (name(all[i]) == name(all[other]) && !config_.changes[all[i].front()].before.empty())
                    add(fmt::format("change.{}", all[i].front()),
                        fmt::format("changes {} to {} and {} to {} are series between the same two missions, and both "
                                    "would make {}; give one of them a config and an output.folder of its own",
                                    all[other].front(), all[other].back(), all[i].front(), all[i].back(),
                                    name(all[i])));
    }

    void check_names_mission(const std::string& key, const std::string& name) {
        if (name.empty()) return;
        std::vector<std::string> names;
        for (const MissionConfig& mission : config_.missions) names.push_back(mission.name);
        if (std::find(names.begin(), names.end(), name) != names.end()) return;
        add(key, fmt::format("there is no mission \"{}\"; the missions are {}{}", name, fmt::join(names, ", "),
                             did_you_mean(name, names)));
    }

    const Config& config_;
    const ConfigSource& source_;
    std::vector<Problem>& problems_;
};

} // namespace

void check_config(const Config& config, const ConfigSource& source, std::vector<Problem>& problems) {
    Checker(config, source, problems).check();
}

} // namespace overflight
