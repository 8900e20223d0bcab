// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/change_model_file.h"
#include "flow/tile_key.h"
#include "flow/work_folder.h"
#include "io/tile_journal.h"
#include "stages/plan.h"

#include <cstdint>
#include <string>
#include <vector>

namespace overflight {

/// What the parts of a change product are made from; where that stays the same, they are taken as they are.
class ChangeKeys {
public:
    /// What the parts of a score's key stand for, in the words of a report.
    static const std::vector<std::string>& score_parts();

    /// The plan has to outlive the keys. before, after: of the mosaics.
    ChangeKeys(const Plan& plan, const PlannedChange& change, const ProductFiles& before, const ProductFiles& after);

    /// Of registration and statistics.
    ShortDigest model() const;

    /// What they came to; before scores and products are asked for.
    void set_model(const PairModel& model);

    /// Of a tile's scores.
    TileKey score(std::int64_t tile) const;

    /// Of the whole, mosaics by their files.
    std::string product(const std::string& sha256_before, const std::string& sha256_after) const;

private:
    /// Digests of a mosaic's tiles; zero where there is nothing.
    struct Mosaic {
        Mosaic(const ProductFiles& files, const PlannedMission& mission, const Grid& pair);

        std::vector<ShortDigest> contents; ///< what they hold
        std::vector<ShortDigest> origins;  ///< what they were made from, frames that do not show in them included
        const Grid& grid;
        std::int64_t col = 0, row = 0; ///< of the pair's grid in it

        /// Of the tiles that a window of the pair's grid lies in.
        void add(const std::vector<ShortDigest>& digests, const Window& window, KeyHash& hash) const;
    };

    const Plan& plan_;
    const PlannedChange& change_;
    const ShortDigest settings_;
    const Mosaic before_, after_;
    ShortDigest model_{};
};

} // namespace overflight
