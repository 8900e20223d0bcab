#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares a product's CF grid mapping, without its WKT, with the EPSG code it was made from, and what GDAL finds.

usage: read_crs.py PRODUCT EPSG CF_NAME
CF_NAME "": CF has no name for the projection. Exit code 77: something needed is not installed."""
import sys

try:
    import h5py
    import numpy as np
    from osgeo import gdal, osr
    from pyproj import CRS, Transformer
except ImportError as error:
    print(error)
    sys.exit(77)

product, epsg, cf_name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
problems = []
with h5py.File(product) as f:
    attributes = {k: v.decode() if isinstance(v, bytes) else v for k, v in f["crs"].attrs.items()}
    x_units = f["x"].attrs["units"].decode()
if attributes.get("grid_mapping_name", "") != cf_name:
    problems.append(f"grid_mapping_name is {attributes.get('grid_mapping_name')}")

reference = CRS.from_epsg(epsg)
unit = reference.axis_info[0].unit_name
if x_units != {"metre": "m", "US survey foot": "US_survey_foot", "degree": "degrees_east"}[unit]:
    problems.append(f"units {x_units} for {unit}")
if cf_name and cf_name != "latitude_longitude":
    parameters = {}
    for key, value in attributes.items():
        if key in ("crs_wkt", "spatial_ref", "GeoTransform"):
            continue
        if isinstance(value, np.ndarray):
            value = value.tolist() if len(value) > 1 else float(value[0])
        parameters[key] = value
    # pyproj takes false easting and northing in metres and gives metres.
    to_metre = reference.axis_info[0].unit_conversion_factor
    for key in ("false_easting", "false_northing"):
        parameters[key] *= to_metre
    # The datum is told apart by its ellipsoid here: names of datums are not CF's matter.
    for key in list(parameters):
        if key.endswith("_name") and key != "grid_mapping_name":
            del parameters[key]
    found = CRS.from_cf(parameters)
    area = reference.area_of_use
    lon = np.linspace(area.west, area.east, 7)[1:-1]
    lat = np.linspace(area.south, area.north, 7)[1:-1]
    lon, lat = (v.ravel() for v in np.meshgrid(lon, lat))
    # Degrees from Greenwich to the units and the prime meridian of each side.
    meridian = float(attributes["longitude_of_prime_meridian"][0])
    angle = np.radians(1) / reference.geodetic_crs.axis_info[0].unit_conversion_factor
    expected = np.array(Transformer.from_crs(reference.geodetic_crs, reference, always_xy=True)
                        .transform((lon - meridian) * angle, lat * angle))
    got = np.array(Transformer.from_crs(found.geodetic_crs, found, always_xy=True).transform(lon - meridian, lat))
    error = np.abs(expected * to_metre - got).max()
    if not error < 1e-3:
        problems.append(f"positions differ by {error} m; {parameters}")

# GDAL takes the geotransform from the coordinates of the pixel centres, so it is as exact as those are.
gdal.UseExceptions()
gdal.PushErrorHandler("CPLQuietErrorHandler")  # it warns of every band axis that is no time and no height
expected = osr.SpatialReference()
expected.ImportFromEPSG(epsg)
expected.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
data = gdal.Open(f'NETCDF:"{product}":image')
if not data.GetSpatialRef().IsSame(expected):
    problems.append(f"GDAL finds {data.GetSpatialRef()}")
if not np.allclose(data.GetGeoTransform(), (512345.3, 0.3, 0, 1234567.7, 0, -0.3), rtol=1e-10, atol=0):
    problems.append(f"GDAL finds the geotransform {data.GetGeoTransform()}")
print("\n".join(problems))
sys.exit(1 if problems else 0)
