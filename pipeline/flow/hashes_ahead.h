// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/survey_file.h"

#include <future>
#include <map>
#include <stop_token>
#include <string>

namespace overflight {

/// Hashes of large files that a survey is going to want, found beside the planning before it, as that leaves cores
/// idle; one file after the other. begin() and sha256() are not to be called at the same time.
class HashesAhead {
public:
    HashesAhead() = default;
    ~HashesAhead(); ///< stops what goes on
    HashesAhead(const HashesAhead&) = delete;
    HashesAhead& operator=(const HashesAhead&) = delete;

    /// A file, as it is now.
    void begin(const FileState& file);

    /// Waits for the hash of a file as it is now. Empty where that file was not begun, was another then, or cannot be
    /// read. Safe to use from several threads.
    std::string sha256(const FileState& file) const;

private:
    struct Begun {
        FileState file;
        std::shared_future<std::string> sha256;
    };

    std::stop_source stop_;
    std::map<std::string, Begun> begun_; ///< by path
    std::shared_future<std::string> last_;
};

} // namespace overflight
