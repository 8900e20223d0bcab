// SPDX-License-Identifier: Apache-2.0
#include "flow/input_hashing.h"

#include "core/limits.h"
#include "flow/repeat_timer.h"
#include "flow/shared_findings.h"
#include "flow/stage_timer.h"
#include "io/hash.h"

#include <chrono>
#include <memory>
#include <unordered_map>

namespace overflight {

/// The hashes that are there so far, as a survey of no settings: what a killed one leaves to the next.
class InputHashing::Checkpoint {
public:
    /// path: none where nothing is to be written.
    Checkpoint(std::optional<std::filesystem::path> path, const PlannedMission& mission,
               const std::vector<FileState>& files, double seconds)
        : path_(std::move(path)), mission_(mission), timer_(seconds) {
        stored_.files = files;
        stored_.survey.hashes.resize(files.size());
    }

    void take(std::size_t file, const std::string& sha256, bool fresh) {
        stored_.files[file].sha256 = sha256;
        fresh_ = fresh_ || fresh;
        if (timer_.due()) write();
    }

    void write() {
        if (path_ && fresh_) write_survey(*path_, stored_, mission_);
        fresh_ = false;
        timer_.restart();
    }

private:
    std::optional<std::filesystem::path> path_;
    const PlannedMission& mission_;
    RepeatTimer timer_; ///< since the last write
    StoredSurvey stored_;
    bool fresh_ = false;
};

InputHashing::InputHashing(const Step& step, const PlannedMission& mission, const std::vector<FileState>& files,
                           const std::optional<StoredSurvey>& before,
                           const std::optional<std::filesystem::path>& checkpoint)
    : step_(step), mission_(mission), hashes_(files.size()),
      beside_(step.execution.threads > 1 && !step.execution.serial) {
    std::unordered_map<std::string, const FileState*> known;
    if (before)
        for (const FileState& file : before->files) known[file.path] = &file;
    auto kept = std::make_shared<Checkpoint>(checkpoint, mission, files, step.plan.config.run.checkpoint_s);
    std::size_t frames = 0;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto found = known.find(files[i].path);
        const bool same = found != known.end() && found->second->same_as(files[i]) && !found->second->sha256.empty();
        const FileState* state = same ? found->second : step.shared.find(files[i]);
        if (state != nullptr) {
            hashes_[i].sha256 = state->sha256;
            kept->take(i, hashes_[i].sha256, false);
            continue;
        }
        wanted_.push_back(files[i]);
        places_.push_back(i);
        frames += i < mission.frames.size();
    }
    fresh_ = start_work(beside_, [this, kept, frames] {
        const auto sha256 = [&](std::size_t i) {
            std::string ahead = step_.shared.ahead().sha256(wanted_[i]);
            return ahead.empty() ? sha256_of_file(wanted_[i].path) : std::move(ahead);
        };
        const auto taken = [&](std::size_t i, const FileHash& hash) {
            kept->take(places_[i], hash.sha256, true);
            if (beside_)
                ++done_;
            else
                step_.progress.advance(1);
        };
        std::vector<FileHash> hashes = hash_files(wanted_.size(), frames, step_.execution, sha256, taken);
        kept->write();
        return hashes;
    });
    if (!beside_) wait();
}

InputHashing::~InputHashing() = default;

void InputHashing::wait() {
    StageTimer waiting("hash " + mission_.config.name, 0, step_.report);
    step_.progress.begin("hash " + mission_.config.name, static_cast<double>(wanted_.size()), "files");
    std::size_t told = 0;
    while (fresh_.wait_for(std::chrono::milliseconds(100)) == std::future_status::timeout) {
        const std::size_t done = done_;
        step_.progress.advance(static_cast<double>(done - told));
        told = done;
    }
    fresh_.wait();
    step_.progress.advance(static_cast<double>(done_ - told));
    step_.progress.end();
    waiting.stop();
}

std::vector<FileHash> InputHashing::take() {
    if (beside_) wait();
    const std::vector<FileHash> fresh = fresh_.get();
    for (std::size_t i = 0; i < fresh.size(); ++i) hashes_[places_[i]] = fresh[i];
    return std::move(hashes_);
}

} // namespace overflight
