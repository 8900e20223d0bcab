// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/hashes_ahead.h"
#include "flow/survey_file.h"

#include <map>
#include <string>
#include <vector>

namespace overflight {

/// What surveys of the missions of one run find that may be the same for several of them, as they mostly lie on one
/// terrain: it is found once. Not safe to use from several threads at once.
class SharedFindings {
public:
    explicit SharedFindings(const HashesAhead& ahead) : ahead_(ahead) {}

    void keep(const std::vector<FileState>& hashed) {
        for (const FileState& file : hashed)
            if (!file.sha256.empty()) hashed_[file.path] = file;
    }
    /// Null where no file that is the same was hashed.
    const FileState* find(const FileState& file) const {
        const auto found = hashed_.find(file.path);
        return found != hashed_.end() && found->second.same_as(file) ? &found->second : nullptr;
    }

    /// What was begun before the surveys.
    const HashesAhead& ahead() const { return ahead_; }

    /// Digests of the ground under the tiles of a grid, to be filled in; all zero: not known yet.
    std::vector<ShortDigest>& ground(const ShortDigest& terrain_and_grid) { return ground_[terrain_and_grid]; }

private:
    const HashesAhead& ahead_;
    std::map<std::string, FileState> hashed_;
    std::map<ShortDigest, std::vector<ShortDigest>> ground_;
};

} // namespace overflight
