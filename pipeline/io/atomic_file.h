// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>

namespace overflight {

/// Where a file is written until it is whole: hidden, in the same folder, one name for each final name, so that a
/// new run overwrites what a killed one left.
std::filesystem::path temporary_name(const std::filesystem::path& final_path);

/// Creates the file empty. Throws RunError that says what keeps it from being written (folder missing, no permission,
/// read-only file system, full disk) and the likely fix.
void create_empty(const std::filesystem::path& temporary, const std::filesystem::path& final_path);

/// Brings what was written to a file or folder to the disk; what goes wrong is said of `final_path`. Throws RunError.
void bring_to_disk(const std::filesystem::path& path, const std::filesystem::path& final_path);

/// Throws RunError.
void rename_file(const std::filesystem::path& temporary, const std::filesystem::path& final_path);

/// Brings a file's name to the disk: its folder. Throws RunError.
void bring_name_to_disk(const std::filesystem::path& path);

/// Makes a closed, whole file appear under its final name, safe against a crash at any instant: fsync, rename, fsync of
/// the folder. Throws RunError.
void publish_file(const std::filesystem::path& temporary, const std::filesystem::path& final_path);

/// Writes a small file whole, of parts one after the other: temporary name, publish_file(). Throws RunError and leaves
/// nothing behind.
void write_file(const std::filesystem::path& final_path, std::initializer_list<std::span<const std::byte>> parts);
inline void write_file(const std::filesystem::path& final_path, std::span<const std::byte> content) {
    write_file(final_path, {content});
}

/// "cannot write PATH: CAUSE" with the fix that goes with the errno value; `needed` bytes where known, else 0.
std::string write_failure(const std::filesystem::path& final_path, int error, std::uintmax_t needed = 0);

} // namespace overflight
