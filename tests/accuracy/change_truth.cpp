// SPDX-License-Identifier: Apache-2.0
#include "accuracy/change_truth.h"

#include "flow/work_folder.h"
#include "io/product.h"
#include "simulation/scene_file.h"
#include "simulation/truth_files.h"

#include <algorithm>

namespace overflight::accuracy {

using namespace simulation;

ChangeTruth change_truth(const FlownScene& scene, const std::string& before, const std::string& after) {
    const Settings settings = load_scene(scene.scene_file());
    const auto index = [&](const std::string& name) {
        return static_cast<int>(std::find_if(settings.missions.begin(), settings.missions.end(),
                                             [&](const MissionSettings& m) { return m.name == name; }) -
                                settings.missions.begin());
    };
    const int first = index(before), second = index(after);
    Scene land(settings);
    const PoseFrame frame(settings.scene.crs);
    const Bounds b = scene.config().output.bounds.value();
    const double half_w = 0.5 * settings.scene.width_m, half_h = 0.5 * settings.scene.height_m;
    land.survey({-half_w, -half_h, half_w, half_h});
    const Workers workers(0);
    const auto views = [&](int mission) {
        std::vector<SceneView> all;
        for (int k = 0; k < workers.count(); ++k) all.emplace_back(land, mission);
        return all;
    };
    Grid grid{frame.wkt(), b.xmin, b.ymax, settings.output.resolution_m, 0, 0};
    grid.width = static_cast<std::int64_t>((b.xmax - b.xmin) / grid.resolution + 0.5);
    grid.height = static_cast<std::int64_t>((b.ymax - b.ymin) / grid.resolution + 0.5);
    ChangeTruth truth;
    truth.raster = scene.folder() / ("change_" + before + "_" + after + ".tif");
    auto of_first = views(first), of_second = views(second);
    write_change_mask(truth.raster, land, grid, workers, of_first, of_second);
    const auto& edits = land.changes().edits();
    if (std::any_of(edits.begin(), edits.end(), [&](const Edit& e) { return e.from > first && e.from <= second; })) {
        truth.objects = scene.folder() / ("changes_" + before + "_" + after + ".geojson");
        write_change_objects(truth.objects, land, frame, first, second);
    }
    return truth;
}

ChangeScore score_of(const Config& config, const std::string& before, const std::string& after,
                     const ChangeTruth& truth) {
    const ProductReader product(product_path(config, before + "__" + after));
    return score_change({product.grid(),
                         [&](const Window& window, std::span<std::uint8_t> out) {
                             product.read_window("mask", 0, window, std::as_writable_bytes(out));
                         }},
                        truth.raster, truth.objects);
}

} // namespace overflight::accuracy
