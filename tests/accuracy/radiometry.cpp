// SPDX-License-Identifier: Apache-2.0
#include "accuracy/radiometry.h"

#include "core/errors.h"
#include "flow/mosaic_product.h"
#include "io/product.h"
#include "simulation/flight.h"
#include "simulation/scene_file.h"
#include "stages/plan.h"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <map>

namespace overflight::accuracy {

SampleErrors sample_errors(const Config& config, const std::string& mission) {
    Config alone = config;
    std::erase_if(alone.missions, [&](const MissionConfig& m) { return m.name != mission; });
    const Plan plan = make_plan(alone, 1, std::int64_t{1} << 30);
    const PlannedMission& planned = plan.missions.front();
    const Image mosaic = FlownScene::mosaic(config, mission);
    const ProductReader product(product_path(config, mission));
    std::vector<std::uint16_t> source(mosaic.values.size());
    product.read_window("source_frame", 0, {0, 0, static_cast<int>(mosaic.width()), static_cast<int>(mosaic.height())},
                        std::as_writable_bytes(std::span(source)));
    std::vector<Image> frames;
    for (const PlannedFrame& frame : planned.frames) frames.push_back(read_image(frame.header.path));
    SampleErrors errors;
    for (std::int64_t row = 0; row < mosaic.height(); ++row) {
        for (std::int64_t col = 0; col < mosaic.width(); ++col) {
            const std::size_t f = source[static_cast<std::size_t>(row * mosaic.width() + col)];
            if (f >= frames.size()) continue;
            const double x = mosaic.grid.x(static_cast<double>(col)), y = mosaic.grid.y(static_cast<double>(row));
            Eigen::Vector3d ground(x, y, planned.terrain->height_at(x, y));
            planned.space->from_map({&ground, 1});
            const ImagePoint at = planned.frames[f].camera->project(ground);
            const double c = std::round(at.col()), r = std::round(at.row());
            if (std::hypot(at.col() - c, at.row() - r) > 0.01) continue;
            const double error = std::abs(static_cast<double>(mosaic.at(col, row)) -
                                          static_cast<double>(frames[f].at(std::llround(c), std::llround(r))));
            errors.largest = std::max(errors.largest, error);
            errors.mean += error;
            ++errors.count;
        }
    }
    if (errors.count > 0) errors.mean /= static_cast<double>(errors.count);
    return errors;
}

GainErrors gain_errors(const FlownScene& scene, const Config& config, const std::string& mission) {
    const simulation::Settings settings = simulation::load_scene(scene.scene_file());
    const simulation::Scene land(settings);
    const simulation::PoseFrame frame(settings.scene.crs);
    int index = 0;
    while (settings.missions.at(static_cast<std::size_t>(index)).name != mission) ++index;
    std::map<std::string, double> put_in;
    for (const simulation::Exposure& e : plan_flight(land, frame, index, settings.terrain.level_m))
        put_in[e.name + ".tif"] = e.gain.front();

    const ProductReader product(product_path(config, mission));
    std::vector<std::string> names;
    std::vector<double> products;
    for (const TableColumn& column : product.table("frames")) {
        if (column.name == "name") names = column.text;
        if (column.name == "gain_1") products = column.real;
    }
    GainErrors errors;
    errors.frames = static_cast<int>(names.size());
    double mean = 0, least = 1e9, most = 0;
    for (std::size_t k = 0; k < names.size(); ++k) {
        const double gain = put_in.at(names[k]);
        least = std::min(least, gain), most = std::max(most, gain);
        products.at(k) *= gain;
        mean += products[k] / static_cast<double>(names.size());
    }
    errors.put_in = most / least;
    for (const double p : products) errors.largest = std::max(errors.largest, std::abs(p / mean - 1));
    return errors;
}

} // namespace overflight::accuracy
