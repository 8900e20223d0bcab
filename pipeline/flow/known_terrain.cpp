// SPDX-License-Identifier: Apache-2.0
#include "flow/known_terrain.h"

#include "core/byte_stream.h"
#include "core/version.h"
#include "flow/sealed_file.h"
#include "flow/work_folder.h"

#include <algorithm>

namespace overflight {
namespace {

constexpr int overview_version = 2; // raised with what an overview holds of the same posts

bool same(const std::vector<FileState>& a, const std::vector<FileState>& b) {
    return std::ranges::equal(a, b, [](const FileState& one, const FileState& other) {
        return one.path == other.path && one.same_as(other);
    });
}

} // namespace

std::vector<KnownTerrain::Model> KnownTerrain::read(const std::filesystem::path& path) {
    const auto content = read_sealed(path);
    if (!content) return {};
    ByteReader in(*content);
    std::string made_by;
    int made_version = 0;
    in.take(made_by);
    in.take(made_version);
    if (made_by != version || made_version != overview_version) return {};
    std::vector<Model> models;
    while (in.good() && !in.at_end()) {
        Model model;
        std::uint64_t files = 0;
        in.take(files);
        for (std::uint64_t i = 0; i < files && in.good(); ++i) take(in, model.files.emplace_back());
        auto overview = std::make_shared<TerrainOverview>();
        in.take(overview->heights);
        in.take(overview->cell);
        in.take(overview->width);
        in.take(overview->height);
        in.take(overview->reduced);
        in.take(overview->ranges);
        model.overview = std::move(overview);
        if (in.good()) models.push_back(std::move(model));
    }
    return models;
}

void KnownTerrain::read(const Config& config) {
    for (const MissionConfig& mission : config.missions)
        for (Model& model : read(WorkFolder(config, mission.name).terrain())) {
            model.mission = mission.name;
            models_.push_back(std::move(model));
        }
}

std::vector<FileState> KnownTerrain::unknown(const Config& config, const std::string& mission) const {
    std::vector<std::filesystem::path> files;
    for (const MissionConfig& each : config.missions) {
        if (!mission.empty() && each.name != mission) continue;
        const TerrainConfig& terrain = config.terrain_of(each);
        for (const std::filesystem::path& file : {terrain.file, terrain.surface})
            if (!file.empty()) files.push_back(file);
    }
    std::vector<FileState> states = states_of(files);
    std::erase_if(states, [&](const FileState& file) {
        return std::ranges::any_of(models_, [&](const Model& model) {
            return model.files.front().path == file.path && model.files.front().same_as(file);
        });
    });
    return states;
}

std::shared_ptr<const TerrainOverview> KnownTerrain::find(const std::vector<std::filesystem::path>& files) {
    asked_ = states_of(files);
    const auto found = std::ranges::find_if(models_, [&](const Model& model) { return same(model.files, asked_); });
    if (found == models_.end()) return nullptr;
    found->used = true;
    return found->overview;
}

void KnownTerrain::keep(std::shared_ptr<const TerrainOverview> overview) {
    const auto seen = [](const FileState& file) {
        return file.bytes >= 0;
    }; // else nothing tells whether it is the same
    if (!std::ranges::all_of(asked_, seen)) return;
    models_.push_back({asked_, std::move(overview), {}, true});
}

void KnownTerrain::write(const Config& config, const PlannedMission& mission) const {
    ByteWriter out;
    out.add(std::string(version));
    out.add(overview_version);
    bool all_there = true;
    const std::vector<FileState> inputs = states_of(mission.inputs);
    for (const Model& model : models_) {
        const auto named = [&](const FileState& input) { return input.path == model.files.front().path; };
        if (!model.used || std::ranges::none_of(inputs, named)) continue;
        all_there = all_there && std::ranges::any_of(models_, [&](const Model& other) {
                        return other.mission == mission.config.name && same(other.files, model.files);
                    });
        out.add(static_cast<std::uint64_t>(model.files.size()));
        for (const FileState& file : model.files) add(out, file);
        const TerrainOverview& overview = *model.overview;
        constexpr std::size_t rest = 256;
        out.reserve(std::as_bytes(std::span(overview.reduced)).size() +
                    std::as_bytes(std::span(overview.ranges)).size() + rest);
        out.add(overview.heights);
        out.add(overview.cell);
        out.add(overview.width);
        out.add(overview.height);
        out.add(overview.reduced);
        out.add(overview.ranges);
    }
    if (all_there) return;
    const WorkFolder work(config, mission.config.name);
    std::filesystem::create_directories(work.path());
    write_sealed(work.terrain(), out.take());
}

} // namespace overflight
