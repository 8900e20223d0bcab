#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Opens a product as a user of one reader would and compares it with what was written.

usage: read_product.py READER PRODUCT EXPECTED.json
EXPECTED.json: grid, and per layer type, bands, shape, fill, step and the file with the raw samples.
Exit code 77: the reader is not installed."""
import importlib
import json
import subprocess
import sys
import warnings

import numpy as np

warnings.simplefilter("error")  # a reader that warns is not content
reader, product, expected_file = sys.argv[1:]
with open(expected_file) as f:
    expected = json.load(f)
grid, layers = expected["grid"], expected["layers"]
problems = []


def check(good, what):
    if not good:
        problems.append(what)


def need(*modules):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [importlib.import_module(module) for module in modules]
    except ImportError as error:
        print(f"{reader} is not installed: {error}")
        sys.exit(77)


def program(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        print(f"{command[0]} is not installed")
        sys.exit(77)
    check(done.returncode == 0, f"{command} failed: {done.stderr}")
    # GDAL warns of every band axis that is no time and no height.
    complaints = [line for line in done.stderr.splitlines() if "is not a Time or Vertical dimension" not in line]
    check(not complaints, f"{command} complains: {complaints}")
    return done.stdout


def truth(layer):
    samples = np.fromfile(layer["samples"], dtype=layer["type"])
    return samples.reshape((layer["bands"], layer["height"], layer["width"]))


def same(found, layer, what):
    found = np.asarray(found).reshape((-1,) + found.shape[-2:])
    check(found.dtype == layer["type"], f"{what}: type {found.dtype}, not {layer['type']}")
    check(found.shape == truth(layer).shape, f"{what}: shape {found.shape}")
    check(np.array_equal(found, truth(layer), equal_nan=layer["type"] == "float32"), f"{what}: other pixels")


def geotransform(layer):
    spacing = grid["resolution"] * layer["step"]
    return (grid["west"], spacing, 0.0, grid["north"], 0.0, -spacing)


def centres(layer):
    spacing = grid["resolution"] * layer["step"]
    return (grid["west"] + (np.arange(layer["width"]) + 0.5) * spacing,
            grid["north"] - (np.arange(layer["height"]) + 0.5) * spacing)


def check_fill(found, layer, what):
    fill = layer["fill"]
    if fill is None:
        check(found is None, f"{what}: has a fill value")
    elif fill == "nan":
        check(found is not None and np.isnan(found), f"{what}: fill {found}")
    else:
        check(found == fill, f"{what}: fill {found}, not {fill}")


def read_h5py():
    (h5py,) = need("h5py")
    with h5py.File(product) as f:
        for name, layer in layers.items():
            data = f[name]
            same(data[...], layer, name)
            dims = ["band"] * (layer["bands"] > 1) + ["y", "x"]
            for i, dim in enumerate(dims):
                own = f"{dim}_{name}" if layer["step"] > 1 and dim != "band" else dim
                check(data.dims[i][0].name == f"/{own}", f"{name}: dimension {i} is {data.dims[i][0].name}")
            if layer["fill"] is not None:
                check(np.array_equal(data.fillvalue, data.attrs["_FillValue"][0], equal_nan=True),
                      f"{name}: HDF5's fill value is not _FillValue")
                check(data.attrs["_FillValue"].dtype == data.dtype, f"{name}: _FillValue of another type")
        for name in ("frames", "objects"):
            for column in f[name].values():
                check(column.attrs.get("CLASS") is not None or len(column.dims[0]) == 1, f"{column.name}: no dimension")
        check(len(f["provenance"][()]) == expected["provenance_bytes"], "provenance cut")
        check(f["frames/name"][2].decode() == "überlang.tif", "text column")
        check(list(f["frames/count"]) == [-1, 0, 2**60], "integer column")


def read_xarray(engine):
    need({"h5netcdf": "h5netcdf", "netcdf4": "netCDF4"}[engine])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (xarray,) = need("xarray")
    with xarray.open_dataset(product, engine=engine, mask_and_scale=False, decode_coords="all") as data:
        for name, layer in layers.items():
            suffix = f"_{name}" if layer["step"] > 1 else ""
            variable = data[name]
            same(variable.values, layer, name)
            dims = ("band",) * (layer["bands"] > 1) + (f"y{suffix}", f"x{suffix}")
            check(variable.dims == dims, f"{name}: dims {variable.dims}")
            x, y = centres(layer)
            check(np.array_equal(variable[f"x{suffix}"], x), f"{name}: x")
            check(np.array_equal(variable[f"y{suffix}"], y), f"{name}: y")
            crs = data[f"crs{suffix}"].attrs
            check(crs["crs_wkt"] == grid["crs_wkt"] == crs["spatial_ref"], f"{name}: WKT")
            check([float(v) for v in crs["GeoTransform"].split()] == list(geotransform(layer)), f"{name}: GeoTransform")
            fill = variable.attrs.get("_FillValue")
            check_fill(fill, layer, name)
        check([text(v) for v in data["band_name"].values] == expected["band_names"], "band names")
        check("band_name" in data["image"].coords, "band_name is no coordinate of image")
        check(data["mask"].attrs["flag_meanings"] == "no_change change not_observed", "flag meanings")
        check(list(data["mask"].attrs["flag_values"]) == [0, 1, 255], "flag values")
        check(data["mask"].attrs["flag_values"].dtype == np.uint8, "type of flag values")
        check(len(text(data["provenance"].values[()])) == expected["provenance_bytes"], "provenance cut")
        check(data.attrs["Conventions"] == "CF-1.8" and data.attrs["title"] == "test mission", "root attributes")
    with xarray.open_dataset(product, engine=engine) as data:  # scaled, nodata as NaN
        raw = truth(layers["score"])[0].astype(float)
        raw[raw == 65535] = np.nan
        check(np.allclose(data["score"], raw * 0.001, equal_nan=True), "scaled score")
    frames = xarray.open_dataset(product, engine=engine, group="frames").to_dataframe()
    check([text(v) for v in frames["name"]] == ["a.tif", "b.tif", "überlang.tif"], "text column")
    check(list(frames["count"]) == [-1, 0, 2**60], "integer column")
    check(list(frames["ground_resolution"]) == [0.25, 0.5, 1e-300], "real column")
    objects = xarray.open_dataset(product, engine=engine, group="objects").to_dataframe()
    check(len(objects) == 0 and set(objects.columns) == {"kind", "area"}, f"empty table: {objects}")


def text(value):
    value = value.item() if hasattr(value, "item") else value
    return value.decode() if isinstance(value, bytes) else value


def read_netCDF4():
    (netCDF4,) = need("netCDF4")
    with netCDF4.Dataset(product) as f:
        f.set_auto_maskandscale(False)
        for name, layer in layers.items():
            same(f[name][...], layer, name)
            check_fill(getattr(f[name], "_FillValue", None), layer, name)
            check(f[name].filters()["fletcher32"], f"{name}: no checksums")
        check(f.dimensions["x"].size == grid["width"] and f.dimensions["band"].size == 3, "dimensions")
        check(list(f["band_name"][...]) == expected["band_names"], "band names")
        check(list(f["frames"]["name"][...]) == ["a.tif", "b.tif", "überlang.tif"], "text column")
        check(len(f["frames"]["outline"][1]) == 40000, "long text")
        check(f["objects"]["kind"].shape == (0,), "empty table")
        check(len(f["provenance"][...].item() if hasattr(f["provenance"][...], "item") else f["provenance"][...])
              == expected["provenance_bytes"], "provenance cut")


def check_gdal_like(name, layer, wkt_same, transform, pixels, nodata):
    check(wkt_same, f"{name}: other CRS")
    check(tuple(transform) == geotransform(layer), f"{name}: geotransform {transform}")
    same(pixels, layer, name)
    check_fill(nodata, layer, name)


def read_rasterio():
    (rasterio,) = need("rasterio")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the container itself lies nowhere
        container = rasterio.open(product)
    with container as f:
        found = {s.rsplit(":", 1)[1] for s in f.subdatasets}
        check(found == set(layers), f"subdatasets are {found}")
    for name, layer in layers.items():
        with rasterio.open(f"netcdf:{product}:{name}") as f:
            same_crs = f.crs == rasterio.crs.CRS.from_wkt(grid["crs_wkt"])
            check_gdal_like(name, layer, same_crs, f.transform.to_gdal(), f.read(), f.nodata)


def read_gdal():
    gdal, osr = need("osgeo.gdal", "osgeo.osr")
    gdal.UseExceptions()
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    reference = osr.SpatialReference()
    reference.ImportFromWkt(grid["crs_wkt"])
    for name, layer in layers.items():
        data = gdal.Open(f'NETCDF:"{product}":{name}')
        check_gdal_like(name, layer, data.GetSpatialRef().IsSame(reference), data.GetGeoTransform(),
                        data.ReadAsArray(), data.GetRasterBand(1).GetNoDataValue())
        same(gdal.Open(f'HDF5:"{product}"://{name}').ReadAsArray(), layer, f"{name} in the HDF5 driver")


def read_gdalinfo():
    listing = program("gdalinfo", product)
    for name, layer in layers.items():
        check(f'NETCDF:"{product}":{name}\n' in listing, f"gdalinfo lists no {name}")
        info = program("gdalinfo", f'NETCDF:"{product}":{name}')
        check(f'ID["EPSG",{grid["epsg"]}]' in info, f"{name}: CRS")
        check(f"Size is {layer['width']}, {layer['height']}" in info, f"{name}: size")


def read_ncdump():
    header = program("ncdump", "-h", product)
    for name in layers:
        check(f" {name}(" in header, f"ncdump shows no {name}")
    check("group: frames" in header and "group: objects" in header, "ncdump shows no tables")
    check("string provenance ;" in header, "ncdump shows no provenance")
    program("ncdump", "-v", "band_name", product)


def read_h5dump():
    header = program("h5dump", "-pH", product)
    check("CHECKSUM FLETCHER32" in header and "CHUNKED ( 1, 512, 512 )" in header, "h5dump -pH")
    for name, row, col in (("mask", 100, 200), ("height", 600, 1000), ("ratio", 690, 0)):
        listing = program("h5dump", "-d", f"/{name}", "-s", f"{row},{col}", "-c", "3,4", "-y", "-A", "0", product)
        block = listing[listing.index("DATA {") + len("DATA {"):].replace("}", "").replace(",", " ").split()
        wanted = truth(layers[name])[0, row:row + 3, col:col + 4].ravel()
        check(np.array_equal(np.array(block, dtype=float), wanted, equal_nan=True), f"h5dump of {name}: {block}")


readers = {
    "h5py": read_h5py,
    "xarray-h5netcdf": lambda: read_xarray("h5netcdf"),
    "xarray-netcdf4": lambda: read_xarray("netcdf4"),
    "netCDF4": read_netCDF4,
    "rasterio": read_rasterio,
    "gdal": read_gdal,
    "gdalinfo": read_gdalinfo,
    "ncdump": read_ncdump,
    "h5dump": read_h5dump,
}
readers[reader]()
print("\n".join(problems))
sys.exit(1 if problems else 0)
