// SPDX-License-Identifier: Apache-2.0
#include "flow/change_facts.h"

#include <nlohmann/json.hpp>

namespace overflight {

nlohmann::json registration_facts(const ShiftField& field) {
    nlohmann::json facts = {{"windows", field.windows}, {"accepted", field.accepted}};
    const auto add = [&](const char* name, double value) {
        facts[name] = field.registered() ? nlohmann::json(value) : nlohmann::json(); // null: nobody knows
    };
    add("residual_px", field.residual_px);
    add("residual_before_px", field.residual_before_px);
    add("largest_shift_px", field.largest());
    return facts;
}

nlohmann::json normalisation_facts(const ChangeModel& model, const BandPairing& bands, const MosaicView& before,
                                   const MosaicView& after) {
    const std::vector<std::string> names_before = before.band_names(), names_after = after.band_names();
    nlohmann::json facts = nlohmann::json::array();
    for (std::size_t i = 0; i < model.normalisation.size(); ++i) {
        const BandNormalisation& band = model.normalisation[i];
        facts.push_back({{"band_before", bands.before[i] + 1},
                         {"band_after", bands.after[i] + 1},
                         {"name_before", names_before[i]},
                         {"name_after", names_after[i]},
                         {"gain", band.gain},
                         {"offset", band.offset},
                         {"residual", band.residual},
                         {"residual_before", band.residual_before}});
    }
    return facts;
}

nlohmann::json decision_facts(const ChangeThresholds& thresholds, const ScoreNull& null, std::size_t candidates,
                              std::size_t objects) {
    return {{"score", change_score_value(thresholds.high)},
            {"joining_score", change_score_value(thresholds.low)},
            {"null_centre", null.centre},
            {"null_scale", null.scale},
            {"null_roughness", null.roughness},
            {"candidates", candidates},
            {"objects", objects}};
}

} // namespace overflight
