// SPDX-License-Identifier: Apache-2.0
#include "flow/small_pair.h"

#include "core/progress.h"
#include "simulation/simulate.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace overflight {
namespace {

constexpr const char* scene = R"(
[output]
folder = "."
resolution_m = 0.5
check_points = 0
[scene]
seed = 6
width_m = 300
height_m = 240
center_x = 512000
center_y = 5424000
[terrain]
relief = "fractal"
relief_m = 20
wavelength_m = 500
[[camera]]
id = "v"
model = "brown"
width = 400
height = 320
focal_mm = 10
pixel_um = 10
k1 = -0.05
p1 = 0.0005
[[mission]]
name = "one"
overlap = 0.3
gain_spread = 0.05
[[mission]]
name = "two"
overlap = 0.3
flying_height_m = 520
heading_deg = 96
shift = 0.2
[[change]]
kind = "building_new"
count = 3
)";

} // namespace

std::unique_ptr<TemporaryFolder> SmallPair::data_;

void SmallPair::SetUpTestSuite() {
    data_ = std::make_unique<TemporaryFolder>();
    std::ofstream(*data_ / "scene.toml") << scene;
    NoProgress silent;
    simulate(*data_ / "scene.toml", silent);
}

Outcome SmallPair::run(const std::string& to, const std::string& more, const std::string& before) const {
    return shell(fmt::format("{} '{}' run '{}' --progress off --set run.threads=2 --set output.resolution_m=0.5 "
                             "--set 'output.folder={}' {}",
                             before, PROGRAM, (data() / "overflight.toml").string(), (scratch_ / to).string(), more));
}

nlohmann::json SmallPair::report(const std::string& to) const {
    return nlohmann::json::parse(contents(scratch_ / to / "run.json"));
}

std::filesystem::path SmallPair::copy_of_frames() const {
    std::filesystem::copy(data() / "one" / "frames", scratch_ / "frames");
    return scratch_ / "frames";
}

std::string SmallPair::frames(const std::filesystem::path& folder) {
    return fmt::format("--set 'mission.0.frames={}/*.tif'", folder.string());
}

std::string SmallPair::contents(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

} // namespace overflight
