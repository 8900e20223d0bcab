// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/repeat_timer.h"
#include "io/tile_journal.h"
#include "stages/balance.h"

#include <cstdint>
#include <filesystem>

namespace overflight {

/// The overlaps that a survey has compared so far, left in a file now and then: frames are decoded for them, and a
/// survey that is killed shall not do that again.
class OverlapCheckpoint {
public:
    /// key: of all that the overlaps come from. seconds: between writes.
    OverlapCheckpoint(std::filesystem::path path, const ShortDigest& key, double seconds);

    /// Number of windows, from the first on, that a survey of the same key left behind, and their overlaps; 0: none.
    std::int64_t resume(Overlaps& overlaps) const;

    bool due() const { return timer_.due(); }
    /// Leaves the overlaps of the first `windows`. Throws RunError.
    void write(std::int64_t windows, const Overlaps& overlaps);

private:
    std::filesystem::path path_;
    ShortDigest key_;
    RepeatTimer timer_; ///< since the last write
};

} // namespace overflight
