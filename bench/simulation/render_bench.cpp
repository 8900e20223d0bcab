// SPDX-License-Identifier: Apache-2.0
#include "simulation/render_frame.h"
#include "simulation/scene_file.h"

#include <benchmark/benchmark.h>

namespace overflight::simulation {
namespace {

/// One 6 Mpx frame over the demo's scene, on one thread, from nothing cached: pixels a second of processor time.
void render(benchmark::State& state, View view, double town, PoseSpace space) {
    Settings settings = load_scene(CONFIGS_FOLDER "/demo/scene.toml");
    settings.changes.clear();
    settings.land.town = town;
    settings.cameras.front().view = view;
    settings.cameras.front().tilt_deg = 40;
    settings.cameras.front().width = 3000;
    settings.cameras.front().height = 2000;
    settings.cameras.front().focal_mm = 60;
    MissionSettings& mission = settings.missions.front();
    mission.pose_space = space;
    const Workers workers(1);
    const PoseFrame frame(settings.scene.crs);
    Scene scene(settings);
    scene.survey({-700, -700, 700, 700});
    const std::vector<Exposure> exposures = plan_flight(scene, frame, 0, settings.terrain.level_m);
    for (auto _ : state) {
        std::vector<SceneView> views;
        views.emplace_back(scene, 0);
        const SightLines lines(exposures.front(), mission, frame, {settings.scene.center_x, settings.scene.center_y},
                               settings.terrain.level_m, 100);
        std::uint64_t sum = 0;
        render_frame(
            exposures.front(), mission, lines, settings.output, scene, workers, views,
            [&](std::int64_t, int, const void* samples) { sum += *static_cast<const std::uint8_t*>(samples); });
        benchmark::DoNotOptimize(sum);
    }
    state.counters["Mpx/s"] =
        benchmark::Counter(6.0 * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

BENCHMARK_CAPTURE(render, town, View::vertical, 0.9, PoseSpace::map)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(render, demo, View::vertical, 0.42, PoseSpace::map)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(render, fields, View::vertical, 0, PoseSpace::map)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(render, oblique, View::left, 0.42, PoseSpace::map)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(render, round_earth, View::vertical, 0.42, PoseSpace::cartesian)->Unit(benchmark::kMillisecond);

} // namespace
} // namespace overflight::simulation
