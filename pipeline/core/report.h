// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace overflight {

/// A line of the run's log, and the hash that stands for it and all before it.
struct LogEntry {
    std::int64_t line = 0; ///< from 1
    std::string hash;
};

/// What a log line says beside time and step.
using LogFacts = std::vector<std::pair<std::string, std::string>>;

/// What a run did, where, with what and how fast: everything that must not stand in a product, whose bytes do not
/// depend on it.
struct RunReport {
    struct Stage {
        std::string name;
        double seconds = 0;
        double megapixels = 0; ///< worked through in that time; 0 where pixels are not the measure
    };
    /// Something missing from the products.
    struct Gap {
        std::string product; ///< file name
        std::string what;    ///< "frame DJI_0024.JPG", "tile 3, 17"
        std::string cause;
    };
    /// What a mission's frames resolve, by estimate.
    struct Resolution {
        std::string mission;
        double finest = 0, median = 0, coarsest = 0; ///< sampling distances over all footprints, metres
        std::int64_t frames = 0, too_low = 0;
        std::string category; ///< the user's figures; 0 where not stated
        double limit_m = 0, hmin_m = 0;
    };
    /// How well a mission's frames fit each other where they overlap.
    struct Agreement {
        std::string mission;
        std::int64_t places = 0, fitting = 0; ///< compared; of these, where both show the same
        double shift_m = 0;                   ///< median of how far apart it lies on the ground; NaN: nowhere
    };
    struct Product {
        std::string path;
        std::int64_t bytes = 0;
        std::string sha256; ///< empty where not computed
    };

    /// What became of the tiles of a product or of a part of it.
    struct Tiles {
        std::string product; ///< file name
        std::string kind;    ///< "mosaic", "score"
        std::int64_t computed = 0;
        std::int64_t reused = 0; ///< finished before, and made of the same things
        /// Why tiles that were there were computed anew: what they depend on that is another, and how many.
        std::vector<std::pair<std::string, std::int64_t>> reasons;
    };

    std::string program_version;
    std::vector<std::pair<std::string, std::string>> libraries; ///< name, version
    std::string started;                                        ///< UTC, ISO 8601
    std::string outcome; ///< "done", "done with gaps", "cancelled", or the error's text
    int exit_code = 0;
    std::string host;
    std::string instruction_set; ///< target of the kernels
    int threads = 0;
    std::int64_t memory_mb = 0;      ///< the budget
    std::int64_t peak_memory_mb = 0; ///< resident, see peak_resident_mb()
    double seconds = 0;
    std::vector<Stage> stages;
    std::vector<std::string> warnings;
    std::vector<Gap> gaps;
    std::vector<Resolution> resolutions;
    std::vector<Agreement> agreements;
    std::vector<Product> products;
    std::vector<Tiles> tiles;
    std::string config_path, config_text; ///< as given
    std::vector<std::string> overrides;   ///< of the command line
    LogEntry log_head;                    ///< last line of this run in the log; line 0 where none is kept

    /// Keeps a line of the log, where one is kept.
    std::function<LogEntry(const std::string& step, const LogFacts& facts)> log;
};

/// As JSON (RFC 8259), indented, with a rate in Mpx/s for each stage that has pixels.
std::string report_json(const RunReport& report);

/// Largest resident size of this process so far, in MiB.
std::int64_t peak_resident_mb();

std::string host_name();

/// Now, as "2026-01-31T12:00:00Z".
std::string utc_now();

} // namespace overflight
