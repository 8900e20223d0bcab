// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"
#include "app/progress_display.h"
#include "simulation/simulate.h"

#include <memory>

namespace overflight::app {
namespace {

struct SimulateArguments {
    std::string scene, progress = "auto";
    int threads = 0;
};

} // namespace

Command simulate_command() {
    return {"simulate", "Render missions with known truth", "overflight simulate configs/demo/scene.toml",
            [](CLI::App& parser) {
                const auto arguments = std::make_shared<SimulateArguments>();
                parser.add_option("SCENE", arguments->scene, "Scene file (TOML)")->required();
                parser.add_option("--threads", arguments->threads, "Threads; by default all of the machine")
                    ->check(CLI::Range(1, 1024));
                parser.add_option("--progress", arguments->progress, "How progress is shown")
                    ->check(CLI::IsMember({"auto", "plain", "json", "off"}))
                    ->capture_default_str();
                return [arguments] {
                    const std::unique_ptr<Progress> progress = make_progress(arguments->progress);
                    simulate(arguments->scene, *progress, arguments->threads);
                    return done;
                };
            }};
}

} // namespace overflight::app
