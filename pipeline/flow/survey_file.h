// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/byte_stream.h"
#include "flow/survey.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace overflight {

/// What the file system says of a file, and its hash. A file whose size and times (of its content and of its inode,
/// which nobody can set back) are the same is taken for the same.
struct FileState {
    std::string path;
    std::int64_t bytes = -1, modified_ns = 0, changed_ns = 0; ///< -1: not there
    std::string sha256;

    bool same_as(const FileState& other) const {
        return bytes == other.bytes && modified_ns == other.modified_ns && changed_ns == other.changed_ns && bytes >= 0;
    }
};

std::vector<FileState> states_of(const std::vector<std::filesystem::path>& files);

void add(ByteWriter& out, const FileState& file);
void take(ByteReader& in, FileState& file);

/// A survey with what it was made from.
struct StoredSurvey {
    ShortDigest settings{};
    std::vector<FileState> files;
    Survey survey;
};

/// Written whole, with a hash of all of it in front. Throws RunError.
void write_survey(const std::filesystem::path& path, const StoredSurvey& stored, const PlannedMission& mission);

/// None where there is no file, or where it is broken or of another number of frames, tiles or bands.
std::optional<StoredSurvey> read_survey(const std::filesystem::path& path, const PlannedMission& mission);

} // namespace overflight
