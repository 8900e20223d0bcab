// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/report.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace overflight {

/// The log of all runs into a folder, `run.log`: one line a step, "HASH JSON", where HASH is the SHA-256 of the line's
/// predecessor's hash (64 zeros before the first), a line feed and the JSON. Changing, dropping or inserting a line
/// breaks the chain there. Several processes may append to one log.
class RunLog {
public:
    static constexpr const char* file_name = "run.log";

    /// Opens or makes the log of a folder. Throws RunError where it cannot be written.
    explicit RunLog(const std::filesystem::path& folder);

    /// Appends a line with the time. A last line that a killed process left unfinished is dropped. Where the machine
    /// itself stops, lines since the last sync() may be lost. Throws RunError.
    LogEntry append(const std::string& step, const LogFacts& facts);

    /// Brings all lines to the disk: for those that others refer to. File systems may bring what else was written
    /// along, and take as long as that takes. Throws RunError.
    void sync() const;

private:
    std::filesystem::path path_;
};

/// A log as it stands in the file.
struct LogLine {
    std::string hash, json;
    bool sound = false; ///< follows from the line before it
};

/// Throws InputError where there is none.
std::vector<LogLine> read_log(const std::filesystem::path& folder);

/// Hash of a line after one of hash `previous`.
std::string chain_hash(std::string_view previous, std::string_view json);

} // namespace overflight
