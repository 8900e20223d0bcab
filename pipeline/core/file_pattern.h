// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace overflight {

/// Patterns of file names, as configs hold them: * stands for any characters but '/', ? for one, [abc] for one of
/// these. Where a folder or file has the very name, or nothing matches otherwise, a bracket stands for itself: folders
/// are named "[2015] north". Each part of a path is looked at by itself.

bool is_file_pattern(const std::string& text);

/// The files and folders that a pattern, or a path, stands for, in no particular order.
std::vector<std::filesystem::path> matching_files(const std::string& pattern);

/// Whether a path ends like a pattern: as many of its last parts match as the pattern has ("101MEDIA/*_0001.JPG").
bool matches_end(const std::filesystem::path& path, const std::string& pattern);

} // namespace overflight
