// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace overflight {

/// What CF-1.8 (appendix F and section 5.6) says of a coordinate reference system.
struct CfGridMapping {
    /// grid_mapping_name first. Without it where CF has no name for the projection: the WKT then says it all.
    std::vector<std::pair<std::string, std::string>> text;
    std::vector<std::pair<std::string, std::vector<double>>> numbers;
    bool geographic = false;
    std::string units; ///< of x and y, as UDUNITS knows them; "" for degrees, which differ by axis
};

/// Throws RunError where the WKT cannot be read.
CfGridMapping cf_grid_mapping(const std::string& crs_wkt);

/// The CRS's own name with its authority code where it has one: "WGS 84 / UTM zone 51N (EPSG:32651)".
std::string crs_name(const std::string& crs_wkt);

} // namespace overflight
