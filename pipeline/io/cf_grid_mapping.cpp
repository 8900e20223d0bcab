// SPDX-License-Identifier: Apache-2.0
#include "io/cf_grid_mapping.h"

#include "core/errors.h"
#include "io/gdal_messages.h"

#include <fmt/format.h>
#include <ogr_spatialref.h>

#include <cmath>
#include <memory>
#include <string_view>

namespace overflight {
namespace {

OGRSpatialReference parsed(const std::string& crs_wkt) {
    OGRSpatialReference crs;
    if (crs.importFromWkt(crs_wkt.c_str()) != OGRERR_NONE)
        throw RunError(fmt::format("the CRS of the grid is not WKT that PROJ can read: \"{}\"", crs_wkt));
    return crs;
}

/// CF's name of a parameter and OGR's.
struct Parameter {
    const char* cf;
    const char* ogr;
};

struct Projection {
    const char* ogr;
    const char* cf;
    std::vector<Parameter> parameters;
};

const std::vector<Projection>& projections() {
    static const std::vector<Projection> table = {
        {SRS_PT_TRANSVERSE_MERCATOR,
         "transverse_mercator",
         {{"longitude_of_central_meridian", SRS_PP_CENTRAL_MERIDIAN},
          {"latitude_of_projection_origin", SRS_PP_LATITUDE_OF_ORIGIN},
          {"scale_factor_at_central_meridian", SRS_PP_SCALE_FACTOR}}},
        {SRS_PT_LAMBERT_CONFORMAL_CONIC_2SP,
         "lambert_conformal_conic",
         {{"standard_parallel", SRS_PP_STANDARD_PARALLEL_1},
          {"standard_parallel", SRS_PP_STANDARD_PARALLEL_2},
          {"longitude_of_central_meridian", SRS_PP_CENTRAL_MERIDIAN},
          {"latitude_of_projection_origin", SRS_PP_LATITUDE_OF_ORIGIN}}},
        {SRS_PT_ALBERS_CONIC_EQUAL_AREA,
         "albers_conical_equal_area",
         {{"standard_parallel", SRS_PP_STANDARD_PARALLEL_1},
          {"standard_parallel", SRS_PP_STANDARD_PARALLEL_2},
          {"longitude_of_central_meridian", SRS_PP_LONGITUDE_OF_CENTER},
          {"latitude_of_projection_origin", SRS_PP_LATITUDE_OF_CENTER}}},
        {SRS_PT_LAMBERT_AZIMUTHAL_EQUAL_AREA,
         "lambert_azimuthal_equal_area",
         {{"longitude_of_projection_origin", SRS_PP_LONGITUDE_OF_CENTER},
          {"latitude_of_projection_origin", SRS_PP_LATITUDE_OF_CENTER}}},
        {SRS_PT_AZIMUTHAL_EQUIDISTANT,
         "azimuthal_equidistant",
         {{"longitude_of_projection_origin", SRS_PP_LONGITUDE_OF_CENTER},
          {"latitude_of_projection_origin", SRS_PP_LATITUDE_OF_CENTER}}},
        {SRS_PT_ORTHOGRAPHIC,
         "orthographic",
         {{"longitude_of_projection_origin", SRS_PP_CENTRAL_MERIDIAN},
          {"latitude_of_projection_origin", SRS_PP_LATITUDE_OF_ORIGIN}}},
        {SRS_PT_MERCATOR_1SP,
         "mercator",
         {{"longitude_of_projection_origin", SRS_PP_CENTRAL_MERIDIAN},
          {"scale_factor_at_projection_origin", SRS_PP_SCALE_FACTOR}}},
        {SRS_PT_MERCATOR_2SP,
         "mercator",
         {{"longitude_of_projection_origin", SRS_PP_CENTRAL_MERIDIAN},
          {"standard_parallel", SRS_PP_STANDARD_PARALLEL_1}}},
        {SRS_PT_CYLINDRICAL_EQUAL_AREA,
         "lambert_cylindrical_equal_area",
         {{"longitude_of_central_meridian", SRS_PP_CENTRAL_MERIDIAN},
          {"standard_parallel", SRS_PP_STANDARD_PARALLEL_1}}},
    };
    return table;
}

void add_number(CfGridMapping& mapping, const std::string& name, double value) {
    if (!mapping.numbers.empty() && mapping.numbers.back().first == name) {
        if (mapping.numbers.back().second.front() != value) mapping.numbers.back().second.push_back(value);
    } else {
        mapping.numbers.push_back({name, {value}});
    }
}

/// WKT has the latitude of true scale where CF has a standard parallel, and the pole by its sign.
void add_polar_stereographic(const OGRSpatialReference& crs, CfGridMapping& mapping) {
    const double latitude = crs.GetNormProjParm(SRS_PP_LATITUDE_OF_ORIGIN);
    const double scale = crs.GetNormProjParm(SRS_PP_SCALE_FACTOR, 1);
    mapping.text.push_back({"grid_mapping_name", "polar_stereographic"});
    add_number(mapping, "straight_vertical_longitude_from_pole", crs.GetNormProjParm(SRS_PP_CENTRAL_MERIDIAN));
    add_number(mapping, "latitude_of_projection_origin", std::copysign(90.0, latitude));
    if (std::abs(latitude) == 90.0)
        add_number(mapping, "scale_factor_at_projection_origin", scale);
    else
        add_number(mapping, "standard_parallel", latitude);
}

void add_projection(const OGRSpatialReference& given, CfGridMapping& mapping) {
    // CF knows the conic with standard parallels only.
    std::unique_ptr<OGRSpatialReference> converted;
    const auto name_of = [](const OGRSpatialReference& crs) {
        const char* name = crs.GetAttrValue("PROJECTION");
        return std::string_view(name ? name : "");
    };
    if (name_of(given) == SRS_PT_LAMBERT_CONFORMAL_CONIC_1SP)
        converted.reset(given.convertToOtherProjection(SRS_PT_LAMBERT_CONFORMAL_CONIC_2SP));
    const OGRSpatialReference& crs = converted ? *converted : given;

    // The web's Mercator treats ellipsoidal latitudes as spherical: none of CF's.
    if (crs.GetExtension("PROJCS", "PROJ4")) return;
    if (name_of(crs) == SRS_PT_POLAR_STEREOGRAPHIC) {
        add_polar_stereographic(crs, mapping);
    } else {
        const Projection* found = nullptr;
        for (const Projection& projection : projections())
            if (name_of(crs) == projection.ogr) found = &projection;
        if (!found) return;
        mapping.text.push_back({"grid_mapping_name", found->cf});
        for (const Parameter& parameter : found->parameters)
            add_number(
                mapping, parameter.cf,
                crs.GetNormProjParm(parameter.ogr, std::string_view(parameter.ogr) == SRS_PP_SCALE_FACTOR ? 1 : 0));
    }
    add_number(mapping, "false_easting", crs.GetProjParm(SRS_PP_FALSE_EASTING)); // in the units of x and y
    add_number(mapping, "false_northing", crs.GetProjParm(SRS_PP_FALSE_NORTHING));
}

std::string udunits_name(const OGRSpatialReference& crs) {
    const char* name = nullptr;
    const double to_metre = crs.GetLinearUnits(&name);
    if (to_metre == 1) return "m";
    if (to_metre == 1000) return "km";
    if (std::abs(to_metre - 0.3048) < 1e-12) return "foot";
    if (std::abs(to_metre - 1200.0 / 3937) < 1e-12) return "US_survey_foot";
    return fmt::format("{} m", to_metre);
}

} // namespace

CfGridMapping cf_grid_mapping(const std::string& crs_wkt) {
    const GdalMessages messages;
    const OGRSpatialReference crs = parsed(crs_wkt);
    CfGridMapping mapping;
    mapping.geographic = crs.IsGeographic() != 0;
    if (mapping.geographic) {
        mapping.text.push_back({"grid_mapping_name", "latitude_longitude"});
    } else {
        add_projection(crs, mapping);
        mapping.units = udunits_name(crs);
    }
    const auto name = [&](const char* cf, const char* node) {
        if (const char* value = crs.GetAttrValue(node)) mapping.text.push_back({cf, value});
    };
    name("projected_crs_name", "PROJCS");
    name("geographic_crs_name", "GEOGCS");
    name("horizontal_datum_name", "DATUM");
    name("reference_ellipsoid_name", "SPHEROID");
    name("prime_meridian_name", "PRIMEM");
    if (crs.IsGeographic() || crs.IsProjected()) {
        add_number(mapping, "longitude_of_prime_meridian", crs.GetPrimeMeridian());
        add_number(mapping, "semi_major_axis", crs.GetSemiMajor());
        add_number(mapping, "inverse_flattening", crs.GetInvFlattening());
    }
    return mapping;
}

std::string crs_name(const std::string& crs_wkt) {
    const GdalMessages messages;
    OGRSpatialReference crs;
    if (crs.importFromWkt(crs_wkt.c_str()) != OGRERR_NONE) return "unknown CRS";
    const char* name = crs.GetName();
    const char* authority = crs.GetAuthorityName(nullptr);
    const char* code = crs.GetAuthorityCode(nullptr);
    return authority && code ? fmt::format("{} ({}:{})", name ? name : "", authority, code) : (name ? name : "");
}

} // namespace overflight
