// SPDX-License-Identifier: Apache-2.0
#include "flow/change_layers.h"

#include "stages/change_score.h"

namespace overflight {

const std::array<EvidenceLayer, score_evidence_layers> evidence_layers = {{
    {"score_fine", "score of the pixels' difference by itself", &ScoreEvidence::fine, false},
    {"score_unexplained", "what parallax, shadows and sampling leave of score_fine", &ScoreEvidence::unexplained,
     false},
    {"score_coarse", "score of the difference around, less the same, weighed by structure", &ScoreEvidence::coarse,
     false},
    {"structure", "how much a difference around counts: less where the structure stayed the same or is flat",
     &ScoreEvidence::structure, true},
    {"score_first_look", "score by the mosaics, before frames that look from more alike sides were asked",
     &ScoreEvidence::first_look, false},
    {"shadow_weight", "how much a difference counts: less where it may be a shadow's that moved",
     &ScoreEvidence::shadow, true},
}};

double evidence_value(const EvidenceLayer& layer, double stored) {
    return layer.weight ? (stored - 1) * weight_scale : change_score_value(stored);
}

LayerSpec change_score_layer() {
    LayerSpec score;
    score.name = "score";
    score.type = LayerType::u8;
    score.long_name = "strength of change, standard deviations above the centre of unchanged ground";
    score.units = "1";
    score.fill = 0;
    score.scale_factor = change_score_scale;
    score.add_offset = change_score_offset;
    return score;
}

LayerSpec change_shift_layer(bool rows) {
    LayerSpec shift;
    shift.type = LayerType::f32;
    shift.step = 256;
    shift.units = "pixel";
    shift.name = rows ? "shift_y" : "shift_x";
    shift.long_name = rows ? "row shift of the later mission against the earlier one"
                           : "column shift of the later mission against the earlier one";
    return shift;
}

std::vector<LayerSpec> change_layers(bool evidence) {
    LayerSpec mask;
    mask.name = "mask";
    mask.type = LayerType::u8;
    mask.long_name = "changed between the two missions";
    mask.fill = 255;
    mask.flag_values = {{0, "unchanged"}, {1, "changed"}, {255, "not_observed"}};
    std::vector<LayerSpec> layers{change_score_layer(), mask, change_shift_layer(false), change_shift_layer(true)};
    if (!evidence) return layers;
    for (const EvidenceLayer& part : evidence_layers) {
        LayerSpec layer = change_score_layer();
        layer.name = part.name;
        layer.long_name = part.meaning;
        if (part.weight) {
            layer.scale_factor = weight_scale;
            layer.add_offset = -weight_scale;
        }
        layers.push_back(layer);
    }
    LayerSpec context;
    context.name = "context";
    context.long_name = "what makes a change less certain";
    context.fill = 0;
    context.flag_masks = {{change_context::observed, "observed"},
                          {change_context::seam, "seam"},
                          {change_context::uncertain, "uncertain"},
                          {change_context::shadow_before, "shadow_before"},
                          {change_context::shadow_after, "shadow_after"},
                          {change_context::vegetation, "vegetation"},
                          {change_context::water, "water"}};
    layers.push_back(context);
    return layers;
}

} // namespace overflight
