// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flow/mosaic_view.h"
#include "stages/bands.h"
#include "stages/change_decision.h"
#include "stages/change_statistics.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>

namespace overflight {

/// Parts of a change product's provenance: what its passes came to.
nlohmann::json registration_facts(const ShiftField& field);

/// A pair of bands each, numbers from 1.
nlohmann::json normalisation_facts(const ChangeModel& model, const BandPairing& bands, const MosaicView& before,
                                   const MosaicView& after);

nlohmann::json decision_facts(const ChangeThresholds& thresholds, const ScoreNull& null, std::size_t candidates,
                              std::size_t objects);

} // namespace overflight
