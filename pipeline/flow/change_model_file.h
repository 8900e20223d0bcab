// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/tile_journal.h"
#include "stages/change.h"
#include "stages/change_statistics.h"

#include <filesystem>
#include <optional>
#include <vector>

namespace overflight {

/// What scoring a tile of a pair needs to know of the whole of it.
struct PairModel {
    ShiftField field;
    ChangeModel model;
};

/// All of a model in bytes, every value exactly.
std::vector<std::byte> model_bytes(const PairModel& model);

/// `key`: what it was made from. Throws RunError.
void write_model(const std::filesystem::path& path, const PairModel& model, const ShortDigest& key);

/// None where there is none of that key.
std::optional<PairModel> read_model(const std::filesystem::path& path, const ShortDigest& key);

} // namespace overflight
