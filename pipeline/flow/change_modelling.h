// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/change_model_file.h"
#include "flow/change_pair.h"

#include <optional>

namespace overflight {

/// Registration and statistics of a pair, of which its keys know from then on: those in its work folder where they are
/// of the same mosaics and settings, else made and stored.
PairModel find_model(ChangePair& pair);

/// Those stored; none where there are none of these mosaics and settings.
std::optional<PairModel> stored_model(ChangePair& pair);

/// Likewise. Throws RunError where there are none.
PairModel need_model(ChangePair& pair);

} // namespace overflight
