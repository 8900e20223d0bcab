// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/change_model_file.h"
#include "flow/change_pair.h"
#include "io/product.h"
#include "io/product_cache.h"
#include "stages/change_decision.h"
#include "stages/change_objects.h"

#include <vector>

namespace overflight {

/// Joins what scores flag to objects, with what they lie on, and with evidence means of what their scores were made of,
/// whose layers are read back from the product; its layer of contexts is written then.
std::vector<ChangeObject> collect_objects(const ChangePair& pair, const PairModel& model, const ChunkedLayer& scores,
                                          const ChangeThresholds& thresholds, ProductWriter& product);

} // namespace overflight
