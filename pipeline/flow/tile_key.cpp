// SPDX-License-Identifier: Apache-2.0
#include "flow/tile_key.h"

#include "core/version.h"
#include "flow/survey_file.h"
#include "stages/seams.h"
#include "stages/tile_parts.h"
#include "stages/view_match.h"

#include <nlohmann/json.hpp>

#include <map>
#include <set>

namespace overflight {

const std::vector<std::string>& MosaicKeys::parts() {
    static const std::vector<std::string> names = {"settings", "frames", "poses", "terrain", "balance", "seams"};
    return names;
}

ShortDigest mosaic_settings(const Plan& plan, const PlannedMission& mission) {
    auto settings = nlohmann::json::parse(content_keys(plan.config, mission.config));
    settings.erase("resolution");        // says something of frames, nothing of pixels
    settings["mosaic"].erase("balance"); // a tile depends on what came of it
    const Grid& grid = mission.grid;
    return KeyHash()
        .add(compose_version)
        .add(std::string(version))
        .add(settings.dump())
        .add(grid.crs_wkt)
        .add(std::vector<double>{grid.west, grid.north, grid.resolution})
        .add(std::vector<std::int64_t>{grid.width, grid.height, mission.layout.bands, static_cast<int>(mission.type),
                                       static_cast<int>(plan.config.output.compression), plan.config.output.level,
                                       mission.frames.size() > 0xFFFF})
        .finish();
}

ShortDigest state_of_models(const PlannedMission& mission) {
    std::set<std::filesystem::path> files;
    for (const auto& model : {mission.terrain, mission.surface}) {
        if (!model) continue;
        for (const std::filesystem::path& file : model->sources()) files.insert(file);
    }
    for (const std::filesystem::path& input : mission.inputs) files.erase(input);
    KeyHash hash;
    for (const FileState& file : states_of({files.begin(), files.end()}))
        hash.add(file.path).add(file.bytes).add(file.modified_ns).add(file.changed_ns);
    return hash.finish();
}

MosaicKeys::MosaicKeys(const Plan& plan, const PlannedMission& mission, const Survey& survey)
    : mission_(mission), survey_(survey), feather_px_(plan.config.mosaic.feather_px),
      settings_(mosaic_settings(plan, mission)) {
    const TerrainConfig& terrain = plan.config.terrain_of(mission.config);
    std::map<std::filesystem::path, std::string> hashes;
    for (std::size_t i = 0; i < mission.inputs.size(); ++i)
        hashes[mission.inputs[i]] = survey.hashes[mission.frames.size() + i].sha256;
    KeyHash heights;
    const auto add = [&](const std::vector<std::filesystem::path>& files) {
        for (const std::filesystem::path& file : files)
            if (const auto found = hashes.find(file); found != hashes.end()) heights.add(found->second);
    };
    add(mission.terrain->geoid_files());
    if (mission.surface) {
        add(mission.surface->geoid_files());
        add(mission.surface->files());
        add({terrain.file});
        heights.add(state_of_models(mission));
    }
    heights_ = heights.finish();
    for (std::size_t frame = 0; frame < mission.frames.size(); ++frame) {
        KeyHash files;
        files.add(survey.hashes[frame].sha256);
        for (const std::filesystem::path& file : mission.frames[frame].header.beside) files.add(hashes[file]);
        for (const int place : mission.frames[frame].header.order) files.add(place);
        frames_.push_back(files.finish());
    }
}

TileKey MosaicKeys::of(std::int64_t tile) const {
    KeyHash frames, poses, balance;
    for (const std::size_t frame : mission_.tile_frames.at(tile)) {
        frames.add(frame).add(frames_[frame]);
        poses.add(survey_.geometry[frame]);
        for (int band = 0; band < mission_.layout.bands; ++band)
            balance.add(survey_.balance.gain(frame, band)).add(survey_.balance.offset(frame, band));
    }
    if (mission_.matched_views) { // which frame comes first depends on the other mission's
        const Window pixels = Tiling(mission_.grid).window(tile);
        std::vector<Eigen::Vector3d> places;
        for (int row = 0; row < pixels.height; row += part_side)
            for (int col = 0; col < pixels.width; col += part_side) {
                const double x = mission_.grid.x(static_cast<double>(pixels.col + col));
                const double y = mission_.grid.y(static_cast<double>(pixels.row + row));
                places.emplace_back(x, y, mission_.terrain->reduced_height_at(x, y));
            }
        for (const Eigen::Vector2d& slope : mission_.matched_views->slopes(places)) poses.add(slope.x()).add(slope.y());
    }
    std::vector<float> falloff;
    for (const std::size_t frame : mission_.tile_frames.at(tile))
        for (int band = 0; band < mission_.layout.bands; ++band)
            for (const float term :
                 survey_.balance.vignetting(static_cast<std::size_t>(mission_.frames[frame].camera_number), band))
                falloff.push_back(term);
    for (int band = 0; band < mission_.layout.bands; ++band) {
        falloff.push_back(survey_.balance.slope(band).east);
        falloff.push_back(survey_.balance.slope(band).north);
    }
    balance.add(falloff);
    const ShortDigest terrain = KeyHash().add(survey_.terrain[static_cast<std::size_t>(tile)]).add(heights_).finish();
    return {settings_, frames.finish(), poses.finish(), terrain, balance.finish(), seams_near(tile)};
}

ShortDigest MosaicKeys::seams_near(std::int64_t tile) const {
    KeyHash hash;
    if (survey_.seams.empty()) return hash.finish();
    const int cell = survey_.seams.cell(), around = feather_px_ / cell + 2;
    const Window pixels = Tiling(mission_.grid).window(tile);
    std::vector<std::uint32_t> labels;
    survey_.seams.read({pixels.col / cell - around, pixels.row / cell - around,
                        (pixels.width + cell - 1) / cell + 2 * around, (pixels.height + cell - 1) / cell + 2 * around},
                       labels);
    return hash.add(cell).add(labels).finish();
}

std::string first_difference(const TileKey& now, const TileKey& before, const std::vector<std::string>& parts) {
    if (now.size() != before.size()) return parts.front();
    const auto at = std::mismatch(now.begin(), now.end(), before.begin()).first - now.begin();
    return static_cast<std::size_t>(at) == now.size() ? std::string() : parts[static_cast<std::size_t>(at)];
}

} // namespace overflight
