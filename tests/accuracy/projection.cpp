// SPDX-License-Identifier: Apache-2.0
#include "accuracy/projection.h"

#include "core/errors.h"
#include "kernels/resample.h"
#include "stages/locate.h"
#include "stages/plan.h"

#include <fmt/format.h>
#include <gdal_alg.h>
#include <gdal_priv.h>
#include <ogr_spatialref.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace overflight::accuracy {
namespace {

Plan plan_of(Config config, const std::string& mission) {
    std::erase_if(config.missions, [&](const MissionConfig& m) { return m.name != mission; });
    config.changes.clear();
    return make_plan(config, 1, std::int64_t{1} << 30);
}

} // namespace

ProjectionErrors projection_errors(const FlownScene& scene, const Config& config, const std::string& mission) {
    const Plan plan = plan_of(config, mission);
    const PlannedMission& planned = plan.missions.front();
    ProjectionErrors errors;
    for (const CheckPoint& p : scene.check_points(mission)) {
        for (const PlannedFrame& frame : planned.frames) {
            if (frame.header.path.stem() != p.frame) continue;
            Eigen::Vector3d ground(p.x, p.y, p.z);
            planned.space->from_map({&ground, 1});
            const ImagePoint at = frame.camera->project(ground);
            errors.largest = std::max(errors.largest, std::hypot(at.col() - p.col, at.row() - p.row));
            ++errors.count;
        }
    }
    return errors;
}

ProjectionErrors rpc_projection_errors(const FlownScene& scene, const Config& config, const std::string& mission) {
    const Plan plan = plan_of(config, mission);
    const PlannedMission& planned = plan.missions.front();
    OGRSpatialReference map, geographic;
    map.importFromWkt(planned.grid.crs_wkt.c_str());
    geographic.importFromEPSG(4979);
    map.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    geographic.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    const std::unique_ptr<OGRCoordinateTransformation> to(OGRCreateCoordinateTransformation(&map, &geographic));
    const std::vector<CheckPoint> points = scene.check_points(mission.substr(4));
    ProjectionErrors errors;
    for (const PlannedFrame& frame : planned.frames) {
        const std::unique_ptr<GDALDataset, void (*)(GDALDataset*)> data(
            GDALDataset::Open(frame.header.path.c_str(), GDAL_OF_RASTER), [](GDALDataset* d) { GDALClose(d); });
        GDALRPCInfoV2 info;
        if (!data || !GDALExtractRPCInfoV2(data->GetMetadata("RPC"), &info))
            throw RunError(fmt::format("{} has no RPC", frame.header.path.string()));
        const std::unique_ptr<void, void (*)(void*)> exact(GDALCreateRPCTransformerV2(&info, FALSE, 0, nullptr),
                                                           GDALDestroyRPCTransformer);
        for (const CheckPoint& p : points) {
            if (p.frame != frame.header.path.stem()) continue;
            double x = p.x, y = p.y, z = p.z;
            int ok = to->Transform(1, &x, &y);
            GDALRPCTransform(exact.get(), TRUE, 1, &x, &y, &z, &ok); // counts from the corner of the first pixel
            Eigen::Vector3d ground(p.x, p.y, p.z);
            planned.space->from_map({&ground, 1});
            const ImagePoint at = frame.camera->project(ground);
            errors.largest = std::max(errors.largest, std::hypot(at.col() - (x - 0.5), at.row() - (y - 0.5)));
            ++errors.count;
        }
    }
    return errors;
}

ProjectionErrors interpolation_errors(const Config& config, const std::string& mission, int every) {
    const Plan plan = plan_of(config, mission);
    const PlannedMission& planned = plan.missions.front();
    const Tiling tiling(planned.grid);
    ProjectionErrors errors;
    TileHeights heights;
    std::vector<std::int32_t> cols(Tiling::size), rows(Tiling::size);
    for (std::int64_t tile = 0; tile < tiling.count(); ++tile) {
        const Window window = tiling.window(tile);
        planned.terrain->heights(planned.grid, window, heights);
        const TileGround ground(planned.grid, window, *planned.space, heights);
        for (const std::size_t f : planned.tile_frames.at(tile)) {
            const PlannedFrame& frame = planned.frames[f];
            const FrameLocator locator(ground, *frame.camera);
            for (int row = 0; row < window.height; row += every) {
                locator.positions(row, 0, static_cast<std::size_t>(window.width), cols.data(), rows.data());
                for (int col = row % 5; col < window.width; col += every) {
                    const auto k = static_cast<std::size_t>(col);
                    if (cols[k] == kernels::no_position) continue;
                    const double at_col = static_cast<double>(cols[k]) / kernels::phases,
                                 at_row = static_cast<double>(rows[k]) / kernels::phases;
                    if (at_col < 0 || at_row < 0 || at_col >= frame.header.width || at_row >= frame.header.height) {
                        continue;
                    }
                    const float height = heights.height[static_cast<std::size_t>(row * window.width + col)];
                    const ImagePoint exact = frame.camera->project(ground.exact(col, row, height));
                    errors.largest = std::max(errors.largest, std::hypot(at_col - exact.col(), at_row - exact.row()));
                    ++errors.count;
                }
            }
        }
    }
    return errors;
}

} // namespace overflight::accuracy
