// SPDX-License-Identifier: Apache-2.0
#include "accuracy/flown_scene.h"

#include "core/errors.h"
#include "flow/run.h"
#include "flow/work_folder.h"
#include "io/product.h"
#include "simulation/simulate.h"

#include <fmt/format.h>
#include <gdal_priv.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>

namespace overflight::accuracy {

namespace fs = std::filesystem;

FlownScene::FlownScene(const std::string& name, const fs::path& folder, const std::vector<std::string>& missions)
    : folder_(folder / name), scene_file_(folder / (name + ".toml")) {
    fs::create_directories(folder);
    toml::table scene = toml::parse_file((fs::path(SCENES_FOLDER) / (name + ".toml")).string());
    scene["output"].as_table()->insert_or_assign("folder", folder_.string());
    if (!missions.empty()) {
        toml::array& all = *scene["mission"].as_array();
        for (std::size_t k = all.size(); k-- > 0;) {
            const std::string mission = all[k].as_table()->at("name").value_or(std::string());
            if (std::find(missions.begin(), missions.end(), mission) == missions.end())
                all.erase(all.begin() + static_cast<std::ptrdiff_t>(k));
        }
    }
    std::ofstream(scene_file_) << scene << "\n";
    NoProgress quiet;
    simulate(scene_file_, quiet);
}

Config FlownScene::config() const {
    Config config = load_config(folder_ / "overflight.toml");
    config.changes.clear();
    config.output.quicklooks = false;
    return config;
}

void FlownScene::run(const Config& config) {
    NoProgress quiet;
    RunReport report;
    if (run_missions(config, {}, quiet, report).exit_code == 0) return;
    const RunReport::Gap& gap = report.gaps.at(0);
    throw RunError(fmt::format("{}: {} is missing: {}", gap.product, gap.what, gap.cause));
}

Image FlownScene::mosaic(const Config& config, const std::string& mission) {
    const ProductReader product(product_path(config, mission));
    Image image{product.grid(), {}};
    const auto pixels = static_cast<std::size_t>(image.width() * image.height());
    const Window all{0, 0, static_cast<int>(image.width()), static_cast<int>(image.height())};
    std::vector<std::uint8_t> samples(pixels);
    product.read_window("image", 0, all, std::as_writable_bytes(std::span(samples)));
    image.values.resize(pixels);
    for (std::size_t k = 0; k < pixels; ++k) { // 0 is the image's fill value
        image.values[k] = samples[k] ? static_cast<float>(samples[k]) : std::numeric_limits<float>::quiet_NaN();
    }
    return image;
}

Image FlownScene::true_ortho(const std::string& mission) const {
    return read_image(folder_ / "truth" / ("ortho_" + mission + ".tif"));
}

std::vector<CheckPoint> FlownScene::check_points(const std::string& mission) const {
    std::ifstream in(folder_ / "truth" / ("check_points_" + mission + ".csv"));
    std::vector<CheckPoint> points;
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        std::stringstream cells(line);
        std::array<std::string, 8> part; // id,x,y,z,frame,col,row,visible
        for (std::string& cell : part) std::getline(cells, cell, ',');
        if (part[7] != "1") continue;
        points.push_back({std::stoi(part[0]), std::stod(part[1]), std::stod(part[2]), std::stod(part[3]), part[4],
                          std::stod(part[5]), std::stod(part[6])});
    }
    return points;
}

MissionConfig with_rpc(const Config& config, const std::string& name) {
    MissionConfig mission = *std::find_if(config.missions.begin(), config.missions.end(),
                                          [&](const MissionConfig& m) { return m.name == name; });
    mission.name = "rpc_" + name;
    mission.camera = CameraKind::rpc;
    mission.interior.clear(), mission.exterior.clear();
    mission.pose_space = PoseSpace::unset;
    mission.terrain = config.terrain;
    mission.terrain->heights = "ellipsoidal";
    return mission;
}

Image read_image(const fs::path& file, int band) {
    GDALAllRegister();
    const std::unique_ptr<GDALDataset, void (*)(GDALDataset*)> data(
        GDALDataset::Open(file.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY), [](GDALDataset* d) { GDALClose(d); });
    if (!data) throw RunError(fmt::format("cannot read {}", file.string()));
    Image image;
    std::array<double, 6> t{};
    if (data->GetGeoTransform(t.data()) == CE_None) {
        image.grid.west = t[0], image.grid.north = t[3], image.grid.resolution = t[1];
    }
    image.grid.crs_wkt = data->GetProjectionRef();
    image.grid.width = data->GetRasterXSize(), image.grid.height = data->GetRasterYSize();
    image.values.resize(static_cast<std::size_t>(image.width() * image.height()));
    const int width = data->GetRasterXSize(), height = data->GetRasterYSize();
    if (data->GetRasterBand(band + 1)->RasterIO(GF_Read, 0, 0, width, height, image.values.data(), width, height,
                                                GDT_Float32, 0, 0, nullptr) != CE_None) {
        throw RunError(fmt::format("cannot read {}", file.string()));
    }
    return image;
}

} // namespace overflight::accuracy
