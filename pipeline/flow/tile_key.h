// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/survey.h"
#include "io/key_hash.h"
#include "io/tile_journal.h"
#include "stages/plan.h"

#include <cstdint>
#include <string>
#include <vector>

namespace overflight {

/// Raised by whoever changes what an algorithm makes of the same input: finished tiles of before are then not used.
inline constexpr int compose_version = 12, score_version = 10, survey_version = 9;

/// The same of what a change product says of finished scores: objects, shifts, levels.
inline constexpr int change_version = 1;

/// Keys of a mosaic's tiles: what each of them is made from.
class MosaicKeys {
public:
    /// What the parts of a key stand for, in the words of a report.
    static const std::vector<std::string>& parts();

    MosaicKeys(const Plan& plan, const PlannedMission& mission, const Survey& survey);

    TileKey of(std::int64_t tile) const;

private:
    ShortDigest seams_near(std::int64_t tile) const;

    const PlannedMission& mission_;
    const Survey& survey_;
    int feather_px_;
    ShortDigest settings_;
    std::vector<ShortDigest> frames_; ///< files of each
    ShortDigest heights_;             ///< geoid grids, and surfaces: what hides the ground may stand far away
};

/// State of the files that terrain and surface model come from beside those that are hashed: what a VRT leads to, of
/// which only a few may lie under the mission.
ShortDigest state_of_models(const PlannedMission& mission);

/// Settings of a mosaic that its tiles depend on, grid and storage included, in one digest.
ShortDigest mosaic_settings(const Plan& plan, const PlannedMission& mission);

/// The part of keys that differ, by name; "" where they are equal.
std::string first_difference(const TileKey& now, const TileKey& before, const std::vector<std::string>& parts);

} // namespace overflight
