// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/grid.h"
#include "simulation/change_plan.h"
#include "simulation/fractal_noise.h"
#include "simulation/layout.h"
#include "simulation/scene_settings.h"

#include <vector>

namespace overflight::simulation {

/// What does not change from date to date and is shared by all threads.
/// Scene coordinates are metres east and north of the scene's centre; heights are absolute.
class Scene {
public:
    explicit Scene(const Settings& settings);
    ~Scene();

    const Settings& settings() const { return settings_; }
    const Layout& layout() const { return layout_; }
    const ChangePlan& changes() const { return changes_; }
    double detail() const { return detail_; }

    /// Finds the range of heights and the steepest slope over an area that is going to be looked at.
    void survey(const Bounds& area);
    double lowest() const { return lowest_; }
    double highest() const { return highest_; } ///< of the ground
    double steepest() const { return steepest_; }
    double tallest() const { return tallest_; } ///< of the objects, above ground

    /// Places for check points: on open ground that no change touches, evenly over the scene.
    const std::vector<Point2>& check_points() const { return check_points_; }

private:
    friend class SceneView;
    void choose_check_points();

    Settings settings_;
    Layout layout_;
    ChangePlan changes_;
    double detail_;
    FractalNoise relief_, texture_, hue_;
    double lowest_ = 0, highest_ = 0, steepest_ = 0, tallest_ = 0;
    std::vector<Point2> check_points_;
};

} // namespace overflight::simulation
