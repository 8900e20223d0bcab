// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_evidence.h"
#include "stages/change_mask.h"
#include "stages/change_objects.h"

namespace overflight {

/// What the default settings find in a scene that is one tile, by its scores.
struct SceneObjects {
    ScoreStatistics statistics;
    std::vector<ChangeObject> objects;
    std::vector<std::uint8_t> mask;

    SceneObjects(const std::vector<std::uint8_t>& scores, const MissionView& before, const MissionView& after,
                 const ShiftField& field, const ChangeModel& model, double false_discovery = 0.05)
        : mask(scores.size()) {
        const Window all{0, 0, before.window.width, before.window.height};
        const Tiling tiling(all.width, all.height);
        statistics.add(scores, all.width);
        find_candidates(all, all, scores, candidate_thresholds(statistics), 4, mask);
        ObjectCollector collector(tiling, model, {0, 1, 2});
        const std::vector<std::uint8_t> context(mask.size(), change_context::observed);
        collector.add(0, find_object_parts(all, all, mask, scores, before, after, field, context));
        objects = collector.take();
        keep_discoveries(fit_score_null(statistics), false_discovery, objects);
        ChangeMask(tiling, objects).paint(0, scores, mask);
    }
};

} // namespace overflight
