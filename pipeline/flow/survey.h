// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/input_hashes.h"
#include "flow/mission_frames.h"
#include "flow/step.h"
#include "io/tile_journal.h"
#include "stages/balance.h"
#include "stages/frame_agreement.h"
#include "stages/seam_map.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace overflight {

/// All that the tiles of a mosaic need to know beyond themselves: found once a mission, kept in its work folder, where
/// every process that makes a part of it reads it.
struct Survey {
    std::vector<FileHash> hashes;      ///< of the frames, then of mission.inputs
    std::vector<ShortDigest> geometry; ///< a frame: its camera, pose and footprint
    std::vector<ShortDigest> terrain;  ///< a tile of the grid: the ground under it
    FrameBalance balance;
    FrameAgreement agreement;
    SeamMap seams;
    std::vector<std::pair<std::string, std::string>> damage; ///< what could not be read for it, and why
};

/// The survey of a mission by its number in the plan: the stored one where it is of the same files and settings; else
/// made and stored. Frames are decoded through `frames`, which may serve a composition afterwards.
Survey survey_mission(const Step& step, std::size_t mission, MissionFrames& frames);

/// The stored survey. Throws RunError where there is none, or where files or settings are no longer those it was made
/// from.
Survey stored_survey(const Plan& plan, std::size_t mission);

/// What a survey would find, without a pixel decoded or a file written: for saying what a run would do.
/// `balance_known`: false where balance and seams would be found anew; those of before stand in.
Survey expected_survey(const Step& step, std::size_t mission, bool& balance_known);

} // namespace overflight
