// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/product.h"
#include "stages/change_evidence.h"

#include <array>
#include <cstdint>
#include <vector>

namespace overflight {

/// What a score was made of, as a layer.
struct EvidenceLayer {
    const char *name, *meaning;
    std::vector<std::uint8_t> ScoreEvidence::*samples;
    bool weight; ///< else a score
};
extern const std::array<EvidenceLayer, score_evidence_layers> evidence_layers;

/// What a stored value of such a layer means, or a mean of stored values.
double evidence_value(const EvidenceLayer& layer, double stored);

/// Layers of a change product: change_score_layer(), the mask, the registration shift and, with evidence,
/// evidence_layers and the context.
std::vector<LayerSpec> change_layers(bool evidence);

LayerSpec change_score_layer();

/// The registration shift, one of its two components.
LayerSpec change_shift_layer(bool rows);

} // namespace overflight
