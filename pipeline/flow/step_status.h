// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/progress.h"
#include "core/report.h"
#include "flow/repeat_timer.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace overflight {

/// How a step goes or went, as its file in the status folder says it: one a step and shard, rewritten every two seconds
/// while it works, and kept.
struct StepStatus {
    std::string step; ///< "run", "survey", "compose", ...
    std::string part; ///< mission and shard: "2015 2/4"; may be empty
    std::string host;
    std::int64_t process = 0;
    std::string started;      ///< UTC, ISO 8601
    std::int64_t updated = 0; ///< seconds since 1970
    std::string state;        ///< "running", "done", "incomplete", "stopped", "failed"
    std::string cause;        ///< of the last two
    std::string stage, unit;  ///< of what it is at, or was
    double done = 0, total = 0, seconds = 0;
    std::int64_t computed = 0, reused = 0; ///< tiles
    std::vector<RunReport::Stage> stages;
    std::vector<RunReport::Gap> gaps;
    std::vector<std::string> warnings;
};

/// Every step that left its file in the work folder of `output`, in their order.
std::vector<StepStatus> read_statuses(const std::filesystem::path& output);

/// Whether a step that says it is running may still be at it: heard of within the last half minute, and, on this host,
/// there.
bool seems_alive(const StepStatus& status);

/// Hands progress on and keeps the step's file up to date, by a thread of its own: while a product is brought to the
/// disk, renaming the smallest file may take as long.
class StatusProgress : public Progress {
public:
    /// `name`: of the file. Nothing is written before the first stage: a step that is refused leaves no trace.
    StatusProgress(Progress& inner, const std::filesystem::path& output, const std::string& name, StepStatus status);

    void begin(const std::string& stage, double total, const std::string& unit) override;
    void advance(double done) override;
    void end() override;

    /// The step is over. What does not fit on the disk is not said.
    void close(const std::string& state, const std::string& cause, const RunReport& report);

private:
    void tell();
    void keep_writing(const std::stop_token& stop);
    void replace_file(const std::string& text) const;

    Progress& inner_;
    std::filesystem::path path_;
    std::mutex mutex_;
    StepStatus status_;
    RepeatTimer timer_{2}; ///< since the file was written
    std::chrono::steady_clock::time_point stage_start_;
    std::string text_; ///< to be written; empty: nothing
    std::condition_variable_any changed_;
    std::jthread writer_;
};

/// Drops the files of all steps, where a new chain of them begins.
void forget_statuses(const std::filesystem::path& output);

} // namespace overflight
