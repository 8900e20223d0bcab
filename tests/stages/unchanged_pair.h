// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "stages/change_registration.h"
#include "stages/change_scene.h"
#include "stages/change_score.h"
#include "stages/scene_objects.h"

namespace overflight {

/// Objects that the default settings find between two images of the same ground, by all passes, registration included.
inline std::vector<ChangeObject> find_changes(const ScenePair& pair, double false_discovery) {
    const Window all{0, 0, pair.before.width, pair.before.height};
    const MissionView before = pair.before.view(), after = pair.after.view();
    std::vector<WindowShift> shifts;
    for (const Window& window : registration_windows(all.width, all.height))
        shifts.push_back(measure_shift(before, after, window, 8));
    const ShiftField field = fit_shift_field(shifts, all.width, all.height, 8);
    const ChangeModel model =
        fit_change_model(gather_change_sample(all, before, after, field, change_lattice_step(all.pixels())));
    std::vector<std::uint8_t> scores(static_cast<std::size_t>(all.pixels()));
    ChangeScorer().score(all, before, after, field, {}, model, scores);
    return SceneObjects(scores, before, after, field, model, false_discovery).objects;
}

/// Seen twice with other noise, exposure and registration, all drawn from the seed. No more than a tile.
inline ScenePair unchanged_pair(unsigned seed) {
    std::mt19937 random(seed);
    const auto between = [&](double low, double high) {
        return low + (high - low) * static_cast<double>(random()) / 4294967296.0;
    };
    SceneOptions options;
    options.width = options.height = 256;
    options.seed = 1000 + 7 * seed;
    options.noise = between(1, 6);
    options.gain = between(0.85, 1.15);
    options.offset = between(-15, 15);
    options.shift_x = between(-1.5, 1.5);
    options.shift_y = between(-1.5, 1.5);
    return make_scene(options);
}

} // namespace overflight
