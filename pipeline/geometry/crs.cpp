// SPDX-License-Identifier: Apache-2.0
#include "geometry/crs.h"

#include "core/errors.h"
#include "geometry/gdal_errors.h"
#include "geometry/ground_space.h"

#include <cpl_conv.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

namespace overflight {

OGRSpatialReference spatial_reference(const std::string& wkt) {
    const QuietGdal quiet;
    OGRSpatialReference crs;
    if (crs.importFromWkt(wkt.c_str()) != OGRERR_NONE)
        throw InputError(
            Problem{.message = fmt::format("'{}' is no coordinate reference system that PROJ knows", wkt)});
    crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    return crs;
}

OGRSpatialReference horizontal_part(const OGRSpatialReference& crs) {
    OGRSpatialReference part = crs;
    if (part.IsCompound()) part.StripVertical();
    part.DemoteTo2D(nullptr);
    part.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    return part;
}

OGRSpatialReference geographic_part(const OGRSpatialReference& crs) {
    const std::unique_ptr<OGRSpatialReference> part(horizontal_part(crs).CloneGeogCS());
    if (!part) {
        throw InputError(Problem{
            .message = fmt::format("the coordinate reference system '{}' has no geodetic datum", crs_name(crs))});
    }
    part->SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    return *part;
}

std::string to_wkt(const OGRSpatialReference& crs) {
    char* text = nullptr;
    crs.exportToWkt(&text);
    std::string wkt = text ? text : "";
    CPLFree(text);
    return wkt;
}

std::string crs_name(const OGRSpatialReference& crs) {
    const char* name = crs.GetName();
    return name ? name : "unnamed";
}

Ellipsoid ellipsoid_of(const OGRSpatialReference& crs) {
    const double inverse_flattening = crs.GetInvFlattening();
    return {crs.GetSemiMajor(), inverse_flattening > 0 ? 1 / inverse_flattening : 0};
}

std::string stated_heights(const std::string& wkt) {
    if (wkt.empty()) return {};
    const OGRSpatialReference crs = spatial_reference(wkt);
    if (crs.IsCompound()) {
        for (const char* node : {"COMPD_CS|VERT_CS", "COMPOUNDCRS|VERTCRS"}) {
            if (const char* name = crs.GetAttrValue(node)) return name;
        }
        return "unnamed vertical datum";
    }
    return crs.GetAxesCount() == 3 ? "ellipsoidal" : "";
}

HorizontalTransformation::HorizontalTransformation(const OGRSpatialReference& from, const OGRSpatialReference& to) {
    const QuietGdal quiet;
    const OGRSpatialReference source = horizontal_part(from), target = horizontal_part(to);
    static constexpr const char* options[] = {"IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES", "CRITERION=EQUIVALENT",
                                              nullptr};
    if (source.IsSame(&target, options)) {
        identity_ = true;
        return;
    }
    OGRCoordinateTransformationOptions exact;
    exact.SetBallparkAllowed(false);
    forward_.prototype.reset(OGRCreateCoordinateTransformation(&source, &target, exact));
    inverse_.prototype.reset(OGRCreateCoordinateTransformation(&target, &source, exact));
    if (!forward_.prototype || !inverse_.prototype) {
        throw InputError(Problem{
            .message = fmt::format("PROJ knows no transformation between '{}' and '{}'; use systems of one datum, or "
                                   "install the PROJ grid that relates them",
                                   crs_name(source), crs_name(target))});
    }
}

HorizontalTransformation::~HorizontalTransformation() = default;

void HorizontalTransformation::forward(std::span<Eigen::Vector3d> points) const {
    if (!identity_) apply(forward_, points);
}

void HorizontalTransformation::inverse(std::span<Eigen::Vector3d> points) const {
    if (!identity_) apply(inverse_, points);
}

void HorizontalTransformation::apply(const Direction& direction, std::span<Eigen::Vector3d> points) {
    const QuietGdal quiet; // a clone looks for its grids once more, and says so
    Operation operation;
    {
        const std::lock_guard lock(direction.mutex);
        if (direction.idle.empty()) {
            operation.reset(direction.prototype->Clone());
        } else {
            operation = std::move(direction.idle.back());
            direction.idle.pop_back();
        }
    }
    if (!operation) throw RunError("PROJ: out of memory");
    constexpr std::size_t batch = 256;
    std::array<double, batch> x{}, y{};
    std::array<int, batch> done{};
    for (std::size_t first = 0; first < points.size(); first += batch) {
        const std::size_t count = std::min(batch, points.size() - first);
        for (std::size_t i = 0; i < count; ++i) {
            x[i] = points[first + i].x();
            y[i] = points[first + i].y();
            done[i] = 0;
        }
        operation->Transform(static_cast<int>(count), x.data(), y.data(), nullptr, nullptr, done.data());
        for (std::size_t i = 0; i < count; ++i) {
            Eigen::Vector3d& point = points[first + i];
            if (done[i] && std::isfinite(x[i]) && std::isfinite(y[i])) {
                point.x() = x[i];
                point.y() = y[i];
            } else {
                point.setConstant(std::numeric_limits<double>::quiet_NaN());
            }
        }
    }
    const std::lock_guard lock(direction.mutex);
    direction.idle.push_back(std::move(operation));
}

std::string resolve_crs(const std::string& text) {
    const QuietGdal quiet;
    std::string definition = text, file;
    std::error_code error;
    if (text.size() < 4096 && std::filesystem::is_regular_file(text, error)) {
        file = text;
        std::ifstream in(text, std::ios::binary);
        definition.assign(std::istreambuf_iterator<char>(in), {});
    }
    const std::size_t start = definition.find_first_not_of(" \t\r\n"), end = definition.find_last_not_of(" \t\r\n");
    definition = start == std::string::npos ? "" : definition.substr(start, end - start + 1);
    static constexpr const char* options[] = {"ALLOW_NETWORK_ACCESS=NO", "ALLOW_FILE_ACCESS=NO", nullptr};
    OGRSpatialReference crs;
    if (definition.empty() || crs.SetFromUserInput(definition.c_str(), options) != OGRERR_NONE) {
        const std::string found = definition.size() > 120 ? definition.substr(0, 120) + "..." : definition;
        throw InputError(
            Problem{.file = file,
                    .message = fmt::format("found '{}', which PROJ does not know as a coordinate reference "
                                           "system; allowed are \"EPSG:n\", WKT, a PROJ string, or a file "
                                           "that holds one",
                                           found)});
    }
    crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    return to_wkt(crs);
}

double metres_per_unit(const std::string& crs_wkt) {
    const OGRSpatialReference crs = spatial_reference(crs_wkt);
    if (!crs.IsProjected() && !crs.IsLocal()) {
        throw InputError(Problem{.message = fmt::format("'{}' is not a projected coordinate reference system; a map "
                                                        "needs one with metres or feet, for example a UTM zone",
                                                        crs_name(crs))});
    }
    return crs.GetLinearUnits(nullptr);
}

} // namespace overflight
