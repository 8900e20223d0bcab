// SPDX-License-Identifier: Apache-2.0
#include "stages/height_checks.h"

#include "core/quantile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace overflight {
namespace {

using Points = std::vector<std::pair<double, double>>;

/// Of a surface model, so far from the terrain at all but one place in twenty: no city or forest stands that close.
constexpr double apart_m = 5;
constexpr double few = 0.05;

/// The middle of frames, and places half way to their corners; of frames spread evenly over the mission.
Points places_seen(const PlannedMission& mission) {
    constexpr std::size_t most_frames = 25, outward = 3;
    Points points;
    const std::size_t frames = std::min(most_frames, mission.frames.size());
    for (std::size_t i = 0; i < frames; ++i) {
        const Footprint& seen = mission.frames[i * mission.frames.size() / frames].footprint;
        points.emplace_back(seen.x, seen.y);
        for (std::size_t k = 0; k < outward; ++k) {
            const auto& [x, y] = seen.outline[k * seen.outline.size() / outward];
            points.emplace_back(0.5 * (seen.x + x), 0.5 * (seen.y + y));
        }
    }
    return points;
}

} // namespace

std::string why_no_ground(const FrameCamera& camera, const GroundSpace& space, const Terrain& terrain) {
    std::string from;
    if (space.kind() != GroundSpace::Kind::geographic) {
        Eigen::Vector3d stands = camera.ray(0.5 * camera.width, 0.5 * camera.height).origin;
        space.to_map({&stands, 1});
        const double ground = terrain.reduced_height_at(stands.x(), stands.y());
        if (stands.z() < ground)
            return fmt::format("its camera stands at {:.0f} m, below the terrain there at {:.0f} m (heights above "
                               "something else, or not in metres?)",
                               stands.z(), ground);
        from = fmt::format(", from {:.1f}, {:.1f} at {:.0f} m in the output CRS", stands.x(), stands.y(), stands.z());
    }
    return fmt::format(
        "its lines of sight do not meet the terrain{} (a pose in another CRS or convention, terrain that "
        "does not cover it, or a view within 6 degrees of the horizon)",
        from);
}

void warn_of_heights(const PlannedMission& mission, const Config& config, const std::string& map_crs,
                     const std::string& pose_heights, std::vector<std::string>& warnings) {
    const TerrainConfig& terrain = config.terrain_of(mission.config);
    const Points points = places_seen(mission);
    const auto warn = [&](const std::string& text) {
        warnings.push_back(fmt::format("mission \"{}\": {}", mission.config.name, text));
    };
    if (terrain.file.empty() && terrain.surface.empty() && terrain.offset_m == 0 &&
        mission.config.camera != CameraKind::ortho)
        warn("there is no terrain: the ground is taken as flat at 0 m (terrain.file, or terrain.offset_m for another "
             "height)");
    if (const std::string stated = mission.terrain->stated_datum();
        terrain.heights == "ellipsoidal" && !stated.empty() && stated != terrain.heights)
        warn(fmt::format("terrain.heights = \"ellipsoidal\" is taken for right, though the model states '{}'", stated));
    const bool of_surface = mission.terrain == mission.surface;
    if (points.empty() || (terrain.file.empty() && !of_surface)) return;
    const std::vector<double> heights = mission.terrain->nearest_heights(points);
    const auto unknown = static_cast<double>(std::ranges::count_if(heights, [](double h) { return std::isnan(h); })),
               count = static_cast<double>(points.size());
    const double beyond = count * (1 - mission.terrain->coverage(points));
    if (const double holes = std::round(unknown - beyond); holes > 0)
        warn(fmt::format("the model {} has holes under about {:.0f} % of what the frames see; heights there are filled "
                         "in from around, and pixels flagged extrapolated_terrain",
                         (of_surface ? terrain.surface : terrain.file).string(), 100 * holes / count));
    if (!mission.surface || terrain.file.empty()) return;
    const std::vector<double> surface = of_surface ? heights : mission.surface->nearest_heights(points),
                              ground = of_surface ? Terrain::glance(terrain, map_crs, pose_heights, points) : heights;
    std::vector<double> above;
    for (std::size_t i = 0; i < points.size(); ++i)
        if (const double height = surface[i] - ground[i]; std::isfinite(height)) above.push_back(height);
    if (above.empty()) return;
    const double low = quantile(above, few), high = quantile(above, 1 - few);
    if (low > apart_m || high < -apart_m)
        warn(
            fmt::format("the surface model {} lies {:.0f} to {:.0f} m {} the terrain wherever both were looked at; are "
                        "its heights above the same as the terrain's?",
                        terrain.surface.string(), std::min(std::abs(low), std::abs(high)),
                        std::max(std::abs(low), std::abs(high)), low > 0 ? "above" : "below"));
}

} // namespace overflight
