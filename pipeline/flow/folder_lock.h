// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace overflight {

/// Keeps processes from making the same products at once: a run has its output folder to itself, steps share it with
/// other steps, and have to themselves what they make whole (a mission's survey, say). Gone with the process, however
/// that ends. Where a file system has no locks there is none.
class FolderLock {
public:
    /// Of the whole folder. Throws InputError where another process has it. One that does not say in its status file
    /// that it is at work may be gone: that is waited for.
    FolderLock(const std::filesystem::path& output, bool alone);
    /// Of what a step makes in `folder`, a part of the work folder, for itself. Throws likewise.
    FolderLock(const std::filesystem::path& output, const std::filesystem::path& folder, const std::string& step);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    void take(const std::filesystem::path& output, const std::filesystem::path& folder, bool alone,
              const std::string& step);

    int descriptor_;
};

} // namespace overflight
