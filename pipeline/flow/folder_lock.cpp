// SPDX-License-Identifier: Apache-2.0
#include "flow/folder_lock.h"

#include "core/cancel.h"
#include "core/errors.h"
#include "flow/step_status.h"
#include "io/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>

namespace overflight {
namespace {

/// A file server may keep the lock of a machine that it lost for a minute and a half.
constexpr int patience_s = 120;

/// `step`: empty for any.
std::string who_works_in(const std::filesystem::path& output, const std::string& step) {
    for (const StepStatus& status : read_statuses(output))
        if (status.state == "running" && (step.empty() || status.step == step) && seems_alive(status))
            return fmt::format(" ({}, process {} on host {}, since {})", status.step, status.process, status.host,
                               status.started);
    return "";
}

} // namespace

FolderLock::FolderLock(const std::filesystem::path& output, bool alone) {
    take(output, output / ".work", alone, "");
}

FolderLock::FolderLock(const std::filesystem::path& output, const std::filesystem::path& folder,
                       const std::string& step) {
    take(output, folder, true, step);
}

void FolderLock::take(const std::filesystem::path& output, const std::filesystem::path& folder, bool alone,
                      const std::string& step) {
    const std::filesystem::path file = folder / "lock";
    std::filesystem::create_directories(file.parent_path());
    descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) throw RunError(write_failure(file, errno));
    std::string who;
    for (int second = 0; second < patience_s && !stop_requested(); ++second) {
        if (::flock(descriptor_, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
        who = who_works_in(output, step);
        if (!who.empty()) break;
        std::this_thread::sleep_for(std::chrono::seconds(1));
    }
    ::close(descriptor_);
    throw_if_stopped();
    throw InputError(Problem{.file = output.string(),
                             .key = "output.folder",
                             .message = fmt::format("another process is at work here{}; wait for it, or choose another "
                                                    "folder",
                                                    who)});
}

FolderLock::~FolderLock() {
    ::close(descriptor_);
}

} // namespace overflight
