// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/mosaic_chunks.h"
#include "flow/mosaic_product.h"
#include "flow/shard.h"
#include "flow/step.h"

#include <cstddef>
#include <string>

namespace overflight {

/// One pair of missions, by its number in the plan, in three parts that come one after another, each from what the one
/// before left in files, starting with the published mosaics. `chunks`: decoded ones that this process may have.

/// What scoring needs to know of the whole pair: registration, statistics. Kept in the pair's work folder; found there
/// where both mosaics are the same as when it was made.
void model_change(const Step& step, std::size_t change, MosaicChunks& chunks);

/// The scores of one shard of the pair's tiles, into a file of their own. Throws RunError where there is no model.
void score_shards(const Step& step, std::size_t change, const ShardRange& shards, MosaicChunks& chunks);

/// The product: score or merge every tile, join candidates to objects, keep those that false_discovery allows, paint
/// the mask, publish. Where it is there already, made from the same things, it stays.
void make_change(const Step& step, std::size_t change, Gathering gathering, MosaicChunks& chunks);

/// What make_change() would do, in a sentence, where the mosaics are as they would be.
std::string change_outlook(const Step& step, std::size_t change, MosaicChunks& chunks);

} // namespace overflight
