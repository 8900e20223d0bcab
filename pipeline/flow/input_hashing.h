// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/step.h"
#include "flow/survey_file.h"

#include <atomic>
#include <filesystem>
#include <future>
#include <optional>
#include <vector>

namespace overflight {

/// Finds the hashes of a mission's input files beside what else its survey does, as that leaves cores idle; with one
/// thread, before. Those of a former survey, or of another mission's, are taken where the files are the same as then.
class InputHashing {
public:
    /// checkpoint: where the hashes are left as they come, for the next survey if this one is killed; none: nowhere.
    InputHashing(const Step& step, const PlannedMission& mission, const std::vector<FileState>& files,
                 const std::optional<StoredSurvey>& before, const std::optional<std::filesystem::path>& checkpoint);
    ~InputHashing(); ///< waits

    /// Waits for them, in the order of the files. Throws RunError for a file other than a frame that cannot be read.
    std::vector<FileHash> take();

private:
    class Checkpoint;

    void wait();

    const Step& step_;
    const PlannedMission& mission_;
    std::vector<FileHash> hashes_;
    std::vector<FileState> wanted_;
    std::vector<std::size_t> places_; ///< of those wanted among the files
    const bool beside_;
    std::atomic<std::size_t> done_ = 0;
    std::future<std::vector<FileHash>> fresh_;
};

} // namespace overflight
