// SPDX-License-Identifier: Apache-2.0
#include "flow/folder_lock.h"

#include "core/errors.h"
#include "flow/step_status.h"
#include "io/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace overflight {
namespace {

std::string who_works_in(const std::filesystem::path& output) {
    for (const StepStatus& status : read_statuses(output))
        if (status.state == "running" && seems_alive(status))
            return fmt::format(" ({}, process {} on host {}, since {})", status.step, status.process, status.host,
                               status.started);
    return "";
}

} // namespace

FolderLock::FolderLock(const std::filesystem::path& output, bool alone) {
    const std::filesystem::path file = output / ".work" / "lock";
    std::filesystem::create_directories(file.parent_path());
    descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) throw RunError(write_failure(file, errno));
    if (::flock(descriptor_, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
    ::close(descriptor_);
    throw InputError(Problem{.file = output.string(),
                             .key = "output.folder",
                             .message = fmt::format("another process is at work here{}; wait for it, or choose another "
                                                    "folder",
                                                    who_works_in(output))});
}

FolderLock::~FolderLock() {
    ::close(descriptor_);
}

} // namespace overflight
