// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace overflight {

/// Keeps processes from making the same products at once: a run has its output folder to itself, steps share it with
/// other steps. Gone with the process, however that ends. Where a file system has no locks there is none.
class FolderLock {
public:
    /// Throws InputError where another process has it. One that does not say in its status file that it is at work may
    /// be gone: that is waited for.
    FolderLock(const std::filesystem::path& output, bool alone);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    int descriptor_;
};

} // namespace overflight
