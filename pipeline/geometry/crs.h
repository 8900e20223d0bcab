// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "geometry/geodesy.h"

#include <ogr_spatialref.h>

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace overflight {

// Internal to the geometry layer: the only place that makes OGR's coordinate objects.

/// From WKT (as of resolve_crs), with longitude or easting first.
OGRSpatialReference spatial_reference(const std::string& wkt);

/// Its horizontal part.
OGRSpatialReference horizontal_part(const OGRSpatialReference& crs);

/// Its geographic CRS, two-dimensional.
OGRSpatialReference geographic_part(const OGRSpatialReference& crs);

std::string to_wkt(const OGRSpatialReference& crs);
std::string crs_name(const OGRSpatialReference& crs);
Ellipsoid ellipsoid_of(const OGRSpatialReference& crs);

/// "ellipsoidal" for a three-dimensional CRS, the name of the vertical CRS for a compound one, else empty.
std::string stated_heights(const std::string& wkt);

/// Horizontal transformation between two CRSs; heights are never touched. Safe to use from several threads: each call
/// borrows a clone. Throws InputError where PROJ has no operation better than a ballpark.
class HorizontalTransformation {
public:
    HorizontalTransformation(const OGRSpatialReference& from, const OGRSpatialReference& to);
    ~HorizontalTransformation();

    bool identity() const { return identity_; }

    /// In place; NaN where PROJ fails.
    void forward(std::span<Eigen::Vector3d> points) const;
    void inverse(std::span<Eigen::Vector3d> points) const;

private:
    using Operation = std::unique_ptr<OGRCoordinateTransformation>;
    struct Direction {
        Operation prototype;
        mutable std::mutex mutex;
        mutable std::vector<Operation> idle;
    };
    static void apply(const Direction& direction, std::span<Eigen::Vector3d> points);

    bool identity_ = false;
    Direction forward_, inverse_;
};

} // namespace overflight
