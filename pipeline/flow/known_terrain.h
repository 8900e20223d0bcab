// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/survey_file.h"
#include "geometry/terrain_overview.h"
#include "stages/plan.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace overflight {

/// Overviews of terrain that surveys leave in the work folders, so that the steps after them, many at a time, need not
/// read every post of the models again.
class KnownTerrain : public TerrainOverviews {
public:
    /// Reads what there is of the config's missions.
    void read(const Config& config);

    /// Models of the missions (of all where `mission` is empty) that nothing is known of: their surveys are going to
    /// want these hashed.
    std::vector<FileState> unknown(const Config& config, const std::string& mission) const;

    std::shared_ptr<const TerrainOverview> find(const std::vector<std::filesystem::path>& files) override;
    void keep(std::shared_ptr<const TerrainOverview> overview) override;

    /// Leaves the overviews of a mission's models in its work folder, unless they are there. Throws RunError.
    void write(const Config& config, const PlannedMission& mission) const;

private:
    struct Model {
        std::vector<FileState> files; ///< as they were before posts were read
        std::shared_ptr<const TerrainOverview> overview;
        std::string mission; ///< in whose folder it was found; empty: made by this process
        bool used = false;
    };

    static std::vector<Model> read(const std::filesystem::path& path);

    std::vector<Model> models_;
    std::vector<FileState> asked_; ///< for, by find()
};

} // namespace overflight
