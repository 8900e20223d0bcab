// SPDX-License-Identifier: Apache-2.0
#include "accuracy/radiometry.h"

#include "core/errors.h"
#include "flow/work_folder.h"
#include "io/product.h"
#include "simulation/flight.h"
#include "simulation/scene_file.h"
#include "stages/plan.h"

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace overflight::accuracy {

Config radiometry_config(const FlownScene& scene, Balance balance) {
    Config config = scene.config();
    config.mosaic.balance = balance;
    std::erase_if(config.missions, [&](const MissionConfig& mission) {
        return (mission.name == "offsets") != (balance == Balance::gain_offset);
    });
    if (balance == Balance::gain) {
        ChangeConfig pair;
        pair.before = "aligned", pair.after = "darker";
        config.changes.push_back(pair);
    }
    return config;
}

SampleErrors sample_errors(const Config& config, const std::string& mission) {
    Config alone = config;
    std::erase_if(alone.missions, [&](const MissionConfig& m) { return m.name != mission; });
    alone.changes.clear();
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

MeanErrors mean_errors(const Image& ortho, const Image& truth) {
    MeanErrors errors;
    const auto side = std::llround(ortho.grid.resolution / truth.grid.resolution);
    for (std::int64_t row = 0; row < ortho.height(); ++row) {
        for (std::int64_t col = 0; col < ortho.width(); ++col) {
            const auto left = std::llround((ortho.grid.west - truth.grid.west) / truth.grid.resolution +
                                           static_cast<double>(col * side)),
                       top = std::llround((truth.grid.north - ortho.grid.north) / truth.grid.resolution +
                                          static_cast<double>(row * side));
            if (left < 0 || top < 0 || left + side > truth.width() || top + side > truth.height()) continue;
            double sum = 0;
            for (std::int64_t y = top; y < top + side; ++y)
                for (std::int64_t x = left; x < left + side; ++x) sum += static_cast<double>(truth.at(x, y));
            const double error = static_cast<double>(ortho.at(col, row)) - sum / static_cast<double>(side * side);
            if (std::isnan(error)) continue; // no data in one of them
            errors.rms += error * error;
            ++errors.count;
        }
    }
    if (errors.count > 0) errors.rms = std::sqrt(errors.rms / static_cast<double>(errors.count));
    return errors;
}

BalanceErrors balance_errors(const FlownScene& scene, const Config& config, const std::string& mission) {
    const simulation::Settings settings = simulation::load_scene(scene.scene_file());
    const simulation::Scene land(settings);
    const simulation::PoseFrame frame(settings.scene.crs);
    int index = 0;
    while (settings.missions.at(static_cast<std::size_t>(index)).name != mission) ++index;
    std::map<std::string, std::pair<double, double>> put_in;
    for (const simulation::Exposure& e : plan_flight(land, frame, index, settings.terrain.level_m))
        put_in[e.name + ".tif"] = {e.gain.front(), e.offset.front()};

    const ProductReader product(product_path(config, mission));
    std::vector<std::string> names;
    std::vector<double> gains, offsets;
    double falloff[3] = {};
    for (const TableColumn& column : product.table("frames")) {
        if (column.name == "name") names = column.text;
        if (column.name == "gain_1") gains = column.real;
        if (column.name == "offset_1") offsets = column.real;
        if (column.name == "a2_1") falloff[0] = column.real.front();
        if (column.name == "a4_1") falloff[1] = column.real.front();
        if (column.name == "a6_1") falloff[2] = column.real.front();
    }
    BalanceErrors errors;
    for (double r2 = 0; r2 <= 1; r2 += 0.01) {
        const double found = 1 + r2 * (falloff[0] + r2 * (falloff[1] + r2 * falloff[2]));
        const double put_in_there = 1 - settings.missions[static_cast<std::size_t>(index)].vignetting * r2;
        errors.largest_falloff = std::max(errors.largest_falloff, std::abs(found / put_in_there - 1));
    }
    errors.frames = static_cast<int>(names.size());
    const auto n = static_cast<double>(names.size());
    double mean_gain = 0, mean_offset = 0, least_gain = 1e9, most_gain = 0, least_offset = 1e9, most_offset = -1e9;
    for (std::size_t k = 0; k < names.size(); ++k) {
        const auto [gain, offset] = put_in.at(names[k]);
        least_gain = std::min(least_gain, gain), most_gain = std::max(most_gain, gain);
        least_offset = std::min(least_offset, offset), most_offset = std::max(most_offset, offset);
        // What the product makes of light L: gains (gain L + offset) + offsets.
        offsets.at(k) += gains.at(k) * offset, gains[k] *= gain;
        mean_gain += gains[k] / n, mean_offset += offsets[k] / n;
    }
    errors.gains_put_in = most_gain / least_gain, errors.offsets_put_in = most_offset - least_offset;
    for (std::size_t k = 0; k < names.size(); ++k) {
        errors.largest_gain = std::max(errors.largest_gain, std::abs(gains[k] / mean_gain - 1));
        errors.largest_offset = std::max(errors.largest_offset, std::abs(offsets[k] - mean_offset));
    }
    return errors;
}

NormalisationErrors normalisation_errors(const Config& config, const std::string& before, const std::string& after,
                                         double gain, double offset) {
    const ProductReader product(product_path(config, before + "__" + after));
    NormalisationErrors errors;
    const auto provenance = nlohmann::json::parse(product.provenance());
    for (const auto& band : provenance.at("normalisation")) {
        ++errors.bands;
        errors.largest_gain = std::max(errors.largest_gain, std::abs(band.at("gain").get<double>() / gain - 1));
        errors.largest_offset = std::max(errors.largest_offset, std::abs(band.at("offset").get<double>() - offset));
    }
    return errors;
}

} // namespace overflight::accuracy
