// SPDX-License-Identifier: Apache-2.0
// Renders the scenes of tests/accuracy/scenes, runs the pipeline on them, and prints one table (Markdown) of what comes
// out against what is known. Exit code 1 where a target is missed.
#include "accuracy/change_truth.h"
#include "accuracy/image_shift.h"
#include "accuracy/projection.h"
#include "accuracy/radiometry.h"
#include "accuracy/rpc_warp.h"

#include <fmt/format.h>

#include <iostream>
#include <utility>

namespace {

using namespace overflight;
using namespace overflight::accuracy;

int missed = 0;

void row(const std::string& what, const std::string& on, std::int64_t count, const std::string& result,
         const std::string& target = {}, bool held = true) {
    missed += held ? 0 : 1;
    std::cout << fmt::format("| {} | {} | {} | {}{} | {} |\n", what, on, count, result, held ? "" : " (**missed**)",
                             target)
              << std::flush;
}

void projection_row(const std::string& on, const ProjectionErrors& errors, double bound) {
    row("ground to frame", on, errors.count, fmt::format("largest {:.5f} pixel", errors.largest),
        fmt::format("{:g} pixel", bound), errors.largest <= bound && errors.count > 0);
}

void position_row(const std::string& what, const std::string& on, const PositionErrors& e, double resolution,
                  bool target = true) {
    const double cm = 100 * resolution;
    row(what, on, e.count,
        fmt::format("RMSE x {:.1f} cm, y {:.1f} cm: {:.3f}, {:.3f} pixel", cm * e.rmse_x, cm * e.rmse_y, e.rmse_x,
                    e.rmse_y),
        target ? "0.1 pixel" : "", !target || (e.count >= 20 && e.rmse_x <= 0.1 && e.rmse_y <= 0.1));
}

struct GeometryCase {
    std::string mission, words;
};

void geometry(const std::filesystem::path& folder) {
    const FlownScene scene("geometry", folder);
    Config config = scene.config();
    const double resolution = config.output.resolution_m;
    const std::vector<GeometryCase> frames = {{"pinhole", "pinhole, vertical, map"},
                                              {"coarse", "pinhole, ortho twice as fine as the frames (ratio 0.5)"},
                                              {"fine", "pinhole, ortho half as fine as the frames (ratio 2)"},
                                              {"brown", "brown, vertical, round earth"},
                                              {"brown45", "brown, 45° to the right, round earth"},
                                              {"opencv45", "opencv, 45° to the left, map"},
                                              {"fisheye30", "fisheye, 30° ahead, round earth"}};
    std::vector<GeometryCase> rpc = {{"pinhole", "RPC, vertical"}, {"brown45", "RPC, 45°"}};
    for (const GeometryCase& c : rpc) {
        MissionConfig mission;
        for (const MissionConfig& m : config.missions) {
            if (m.name == c.mission) mission = m;
        }
        mission.name = "rpc_" + c.mission;
        mission.camera = CameraKind::rpc;
        mission.interior.clear(), mission.exterior.clear();
        mission.pose_space = PoseSpace::unset;
        mission.terrain = config.terrain;
        mission.terrain->heights = "ellipsoidal";
        config.missions.push_back(mission);
    }
    FlownScene::run(config);
    for (const GeometryCase& c : frames) projection_row(c.words, projection_errors(scene, config, c.mission), 0.001);
    for (const GeometryCase& c : rpc)
        projection_row(c.words + " (misfit of the coefficients included)",
                       projection_errors(scene, config, "rpc_" + c.mission), 0.01);
    for (const GeometryCase& c : frames) {
        const ProjectionErrors e = interpolation_errors(config, c.mission, 5);
        row("interpolated positions", c.words, e.count, fmt::format("largest {:.4f} pixel", e.largest), "0.02 pixel",
            e.count > 0 && e.largest <= 0.02);
    }
    const auto ortho_row = [&](const std::string& mission, const std::string& flown, const std::string& words) {
        position_row("ortho", words,
                     errors_at_check_points(FlownScene::mosaic(config, mission), scene.true_ortho(flown),
                                            scene.check_points(flown)),
                     resolution);
    };
    for (const GeometryCase& c : frames) ortho_row(c.mission, c.mission, c.words);
    for (const GeometryCase& c : rpc) ortho_row("rpc_" + c.mission, c.mission, c.words);
    for (const GeometryCase& c : rpc) {
        const Image truth = scene.true_ortho(c.mission);
        position_row(
            "gdalwarp, the same frames", c.words,
            errors_at_check_points(warp_with_rpc(scene, c.mission, truth.grid), truth, scene.check_points(c.mission)),
            resolution, false);
    }
}

void block(const std::filesystem::path& folder) {
    const FlownScene scene("block", folder);
    const Config config = scene.config();
    FlownScene::run(config);
    const std::string words = "10 km wide block, 3° from the central meridian";
    projection_row(words, projection_errors(scene, config, "block"), 0.001);
    const ProjectionErrors e = interpolation_errors(config, "block", 9);
    row("interpolated positions", words, e.count, fmt::format("largest {:.4f} pixel", e.largest), "0.02 pixel",
        e.count > 0 && e.largest <= 0.02);
    position_row("ortho", words,
                 errors_at_check_points(FlownScene::mosaic(config, "block"), scene.true_ortho("block"),
                                        scene.check_points("block")),
                 config.output.resolution_m);
}

void radiometry(const std::filesystem::path& folder) {
    const FlownScene scene("radiometry", folder);
    const Config config = scene.config();
    FlownScene::run(config);
    const SampleErrors samples = sample_errors(config, "aligned");
    row("samples", "equal exposures, pixels on pixels", samples.count,
        fmt::format("largest {:g}, mean {:.4f} digital numbers", samples.largest, samples.mean), "1 digital number",
        samples.count > 0 && samples.largest <= 1);
    const GainErrors gains = gain_errors(scene, config, "gains");
    row("gains", fmt::format("frames that differ by up to {:.0f} %", 100 * (gains.put_in - 1)), gains.frames,
        fmt::format("recovered within {:.2f} %", 100 * gains.largest), "1 %",
        gains.frames > 1 && gains.largest <= 0.01);
}

void change(const std::filesystem::path& folder) {
    const FlownScene scene("change", folder);
    Config config = scene.config();
    const std::vector<std::pair<std::string, std::string>> cases = {{"again", "nothing changed, flown anew"},
                                                                    {"plain", "flown anew"},
                                                                    {"half_pixel", "registration off by 0.5 pixel"},
                                                                    {"one_pixel", "registration off by 1 pixel"},
                                                                    {"brighter", "exposure + 15 %"},
                                                                    {"darker", "exposure - 15 %"},
                                                                    {"sun", "sun moved by 30°"},
                                                                    {"tilted", "vertical against 20° tilted views"}};
    for (const auto& [mission, words] : cases) {
        ChangeConfig pair;
        pair.before = "before", pair.after = mission;
        config.changes.push_back(pair);
    }
    FlownScene::run(config);
    const ChangeTruth unchanged = change_truth(scene, "before", "again"),
                      truth = change_truth(scene, "before", "plain");
    for (const auto& [mission, words] : cases) {
        const ChangeScore s = score_of(config, "before", mission, mission == "again" ? unchanged : truth);
        const std::string false_alarms =
            fmt::format("flagged outside {:.3f} %, {} false patches",
                        100 * ChangeScore::share(s.flagged_outside, s.outside), s.patches - s.right_patches);
        if (s.known == 0) {
            row("change", words, s.scored, false_alarms);
            continue;
        }
        const ChangeScore::Objects all = s.all_objects();
        const double precision = ChangeScore::share(s.right_patches, s.patches),
                     recall = ChangeScore::share(all.found, all.known),
                     f1 = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
        row("change", words, s.scored,
            fmt::format("pixels P {:.2f} R {:.2f} F1 {:.2f}; objects P {:.2f} R {:.2f} F1 {:.2f} ({} of {} found); {}",
                        s.precision(), s.recall(), s.f1(), precision, recall, f1, all.found, all.known, false_alarms));
    }
}

} // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: accuracy_report FOLDER\n";
        return 2;
    }
    const std::filesystem::path folder = std::filesystem::absolute(arguments[1]);
    std::cout << "| what | on | number | result | target |\n|---|---|---|---|---|\n";
    geometry(folder);
    block(folder);
    radiometry(folder);
    change(folder);
    return missed > 0 ? 1 : 0;
}
