# SPDX-License-Identifier: Apache-2.0
"""Runs the program on real frames and holds the mosaics against other tools' orthos, gdalwarp, and each other.

real_data.py CHECK PROGRAM CONFIGS DATA; exit code 77 where DATA is not there. Prints the figures it judges.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
gdal.PushErrorHandler("CPLQuietErrorHandler")

PROGRAM, CONFIGS, DATA, WORK = (pathlib.Path() for _ in range(4))
failures = []


def judge(what, good):
    print(("ok    " if good else "FAIL  ") + what)
    if not good:
        failures.append(what)


class Raster:
    """Bands as (band, row, column), validity, and where the corner of the first pixel lies."""

    def __init__(self, samples, valid, west, north, pixel):
        self.samples, self.valid = samples, valid
        self.west, self.north, self.pixel = west, north, pixel

    @classmethod
    def product(cls, path):
        image = gdal.Open(f'NETCDF:"{path}":image')
        west, pixel, _, north, _, _ = image.GetGeoTransform()
        quality = gdal.Open(f'NETCDF:"{path}":quality').ReadAsArray()
        return cls(image.ReadAsArray().astype(np.float32), (quality & 1) == 1, west, north, pixel)

    def bounds(self):
        rows, cols = self.valid.shape
        return (self.west, self.north - rows * self.pixel, self.west + cols * self.pixel, self.north)

    def cut(self, bounds):
        west, south, east, north = bounds
        col, row = round((west - self.west) / self.pixel), round((self.north - north) / self.pixel)
        cols, rows = round((east - west) / self.pixel), round((north - south) / self.pixel)
        return Raster(self.samples[:, row:row + rows, col:col + cols], self.valid[row:row + rows, col:col + cols],
                      west, north, self.pixel)


def common(a, b):
    """Both rasters over the ground they share, or None; their grids are aligned."""
    p, q = a.bounds(), b.bounds()
    both = (max(p[0], q[0]), max(p[1], q[1]), min(p[2], q[2]), min(p[3], q[3]))
    if both[2] - both[0] < a.pixel or both[3] - both[1] < a.pixel:
        return None
    return a.cut(both), b.cut(both)


def run(name, text, *settings):
    """The products' folder of a run of the program, which has to end well or with recorded gaps."""
    config = WORK / f"{name}.toml"
    config.write_text(text)
    folder = WORK / name
    command = [str(PROGRAM), "run", str(config), "--progress", "off", "--set", f"output.folder={folder}",
               "--set", "output.quicklooks=false"]
    for setting in settings:
        command += ["--set", setting]
    outcome = subprocess.run(command, capture_output=True, text=True)
    if outcome.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}\nended with {outcome.returncode}:\n{outcome.stderr}")
    return folder


def shipped(name):
    """A config of the configs folder, its data where they are here."""
    return (CONFIGS / f"{name}.toml").read_text().replace("../../shared/data", str(DATA))


def a_mission_a_frame(text, files):
    """The config with every frame as a mission of its own."""
    head, mission = text.split("[[mission]]")
    lines = [line for line in mission.splitlines() if not line.startswith(("name", "frames"))]
    return head + "".join(f'[[mission]]\nname = "{file.stem}"\nframes = ["{file}"]\n' + "\n".join(lines) + "\n"
                          for file in files)


def parabola(before, peak, after):
    bend = before - 2 * peak + after
    return 0.0 if bend >= 0 else 0.5 * (before - after) / bend


def shifts(a, b, side, step, reach=3, least=0.5):
    """(dx, dy, similarity) per window: how far b's content lies right of and below a's, by normalised
    cross-correlation over whole shifts and a parabola through the peak."""
    found = []
    rows, cols = a.valid.shape
    grey_a, grey_b = a.samples[:2].mean(axis=0), b.samples[:2].mean(axis=0)
    for row in range(reach, rows - side - reach + 1, step):
        for col in range(reach, cols - side - reach + 1, step):
            wide = np.s_[row - reach:row + side + reach, col - reach:col + side + reach]
            if not (a.valid[row:row + side, col:col + side].all() and b.valid[wide].all()):
                continue
            window = grey_a[row:row + side, col:col + side].ravel()
            window = window - window.mean()
            others = np.lib.stride_tricks.sliding_window_view(grey_b[wide], (side, side))
            others = others.reshape(-1, side * side)
            others = others - others.mean(axis=1, keepdims=True)
            sizes = np.sqrt((window ** 2).sum() * (others ** 2).sum(axis=1))
            if not (sizes > 0).all():
                continue
            surface = (others @ window / sizes).reshape(2 * reach + 1, 2 * reach + 1)
            y, x = np.unravel_index(surface.argmax(), surface.shape)
            if surface[y, x] < least or not (0 < y < 2 * reach and 0 < x < 2 * reach):
                continue
            found.append((x - reach + parabola(*surface[y, x - 1:x + 2]),
                          y - reach + parabola(*surface[y - 1:y + 2, x]), surface[y, x]))
    return np.array(found).reshape(-1, 3)


def correlation(a, b, both):
    return np.corrcoef(a[both], b[both])[0, 1]


def ngi_frames():
    return sorted((DATA / "ngi" / "frames").glob("*.tif"))


def ngi_reference():
    """Each frame that has a reference ortho, alone at 5 m."""
    folder = run("ngi_reference", a_mission_a_frame(shipped("ngi"), ngi_frames()))
    for reference in sorted((DATA / "ngi" / "reference").glob("ortho_5m_*.tif")):
        strip = reference.stem[-4:]
        ours = Raster.product(next(folder.glob(f"*_{strip}_RGB.nc")))
        file = gdal.Open(str(reference))
        west, pixel, _, north, _, _ = file.GetGeoTransform()
        other = file.ReadAsArray().astype(np.float32)
        # the reference's grid is not on whole multiples of 5 m: brought to ours, its nodata eroded by the kernel
        size = [ours.valid.shape[1], ours.valid.shape[0]]
        warped = gdal.Warp("", file, format="MEM", outputBounds=ours.bounds(), width=size[0], height=size[1],
                           resampleAlg="cubic", srcNodata="nan", dstNodata=0, outputType=gdal.GDT_Float32)
        known = gdal.GetDriverByName("MEM").Create("", other.shape[2], other.shape[1], 1, gdal.GDT_Float32)
        known.SetGeoTransform(file.GetGeoTransform())
        known.SetProjection(file.GetProjection())
        known.GetRasterBand(1).WriteArray((other != 0).any(axis=0).astype(np.float32))
        known = gdal.Warp("", known, format="MEM", outputBounds=ours.bounds(), width=size[0], height=size[1],
                          resampleAlg="cubic").ReadAsArray()
        theirs = Raster(warped.ReadAsArray(), known > 0.9999, ours.west, ours.north, pixel)
        both = ours.valid & theirs.valid
        for band in (0, 1):
            value = correlation(ours.samples[band], theirs.samples[band], both)
            judge(f"{strip}: band {band + 1} correlates at {value:.4f} with the reference (at least 0.94) "
                  f"over {both.sum()} pixels", value >= 0.94)
        found = shifts(theirs, ours, 128, 128)
        dx, dy = np.median(found[:, 0]), np.median(found[:, 1])
        judge(f"{strip}: median shift {dx:+.3f}, {dy:+.3f} pixel against the reference (at most 0.25) "
              f"in {len(found)} windows", len(found) >= 10 and max(abs(dx), abs(dy)) <= 0.25)


def ngi_gdalwarp():
    """Each frame alone against gdalwarp with the same camera as RPC, both with an unwidened cubic kernel."""
    folder = run("ngi_gdalwarp", a_mission_a_frame(shipped("ngi"), ngi_frames()), "mosaic.widen=false",
                 "mosaic.balance=none")
    for frame in ngi_frames():
        ours = Raster.product(folder / f"{frame.stem}.nc")
        copy = WORK / frame.name
        # the frame's own georeferencing is misleading; what is left is the sidecar
        source = gdal.Open(str(frame))
        gdal.GetDriverByName("GTiff").Create(str(copy), source.RasterXSize, source.RasterYSize, 3)
        target = gdal.Open(str(copy), gdal.GA_Update)
        target.WriteArray(source.ReadAsArray())
        target = None
        shutil.copy(DATA / "ngi" / "rpc" / f"{frame.stem}_RPC.TXT", WORK)
        warped = WORK / f"{frame.stem}_gdalwarp.tif"
        west, south, east, north = ours.bounds()
        # heights as they are: the sidecars are fitted to those of the poses, not to ellipsoidal ones
        subprocess.run(["gdalwarp", "-q", "-rpc", "-et", "0", "-r", "cubic", "-wo", "XSCALE=1", "-wo", "YSCALE=1",
                        "-to", f"RPC_DEM={DATA / 'ngi' / 'dem.tif'}", "-to", "RPC_DEM_APPLY_VDATUM_SHIFT=FALSE",
                        "-t_srs", (DATA / "ngi" / "exterior.prj").read_text(), "-tr", "5", "5",
                        "-te", str(west), str(south), str(east), str(north), "-dstalpha", str(copy), str(warped)],
                       check=True)
        theirs = gdal.Open(str(warped)).ReadAsArray()
        both = ours.valid & (theirs[3] > 0)
        difference = np.abs(ours.samples[:, both] - theirs[:3, both].astype(np.float32)).max(axis=0)
        share, missed = (difference <= 1).mean(), (ours.valid != (theirs[3] > 0)).sum()
        judge(f"{frame.stem}: {100 * share:.4f} % of {both.sum()} pixels within 1 of gdalwarp's (at least 99.9), "
              f"largest difference {difference.max():.0f}, {missed} pixels valid in one only",
              share >= 0.999 and both.sum() > 0.99 * ours.valid.sum())


def ngi_mosaic():
    """All four frames in one mosaic, against the mosaics of the frames alone."""
    folder = run("ngi_mosaic", shipped("ngi"), "mosaic.balance=none")
    mosaic = Raster.product(folder / "2015.nc")
    source = gdal.Open(f'NETCDF:"{folder / "2015.nc"}":source_frame').ReadAsArray()
    quality = gdal.Open(f'NETCDF:"{folder / "2015.nc"}":quality').ReadAsArray()
    bounds = "[" + ", ".join(map(str, mosaic.bounds())) + "]"  # the same tiles for all: equal to the last bit
    alone = run("ngi_alone", a_mission_a_frame(shipped("ngi"), ngi_frames()), f"output.bounds={bounds}")
    seen = np.zeros_like(mosaic.valid)
    for number, frame in enumerate(ngi_frames()):
        single = Raster.product(alone / f"{frame.stem}.nc")
        seen |= single.valid
        mine = (source == number) & ((quality & 2) == 0)
        same = (mosaic.samples[:, mine] == single.samples[:, mine]).all()
        judge(f"{frame.stem}: makes {mine.sum()} pixels of the mosaic by itself, equal to those of the frame alone",
              mine.sum() > 100000 and same)
    judge(f"the mosaic shows {mosaic.valid.sum()} pixels, the frames together {seen.sum()}",
          (mosaic.valid == seen).all())


def overlaps(folder, files, side, step, limit, least_pairs, metres):
    """Shifts between every two of the single mosaics that share enough ground."""
    rasters = {file.stem: Raster.product(folder / f"{file.stem}.nc") for file in files}
    names, medians = sorted(rasters), []
    for i, first in enumerate(names):
        for second in names[i + 1:]:
            shared = common(rasters[first], rasters[second])
            found = shifts(*shared, side, step) if shared else np.empty((0, 3))
            if len(found) < 5:
                continue
            size = np.median(np.hypot(found[:, 0], found[:, 1])) * metres
            medians.append(size)
            print(f"      {first} and {second}: {size:.3f} m in {len(found)} windows, "
                  f"{np.median(found[:, 0]) * metres:+.3f}, {np.median(found[:, 1]) * metres:+.3f}")
    judge(f"{len(medians)} pairs of frames (at least {least_pairs}) agree to {np.median(medians):.3f} m in the median, "
          f"{min(medians):.3f} to {max(medians):.3f} m (at most {limit})",
          len(medians) >= least_pairs and np.median(medians) <= limit)


def tilted():
    files = sorted((DATA / "tilted" / "frames").glob("*.tif"))
    folder = run("tilted", a_mission_a_frame(shipped("tilted"), files))
    overlaps(folder, files, 128, 128, 0.12, 5, 0.1)


def brighton():
    files = sorted((DATA / "brighton" / "frames").glob("*.JPG"))
    folder = run("brighton", a_mission_a_frame(shipped("brighton"), files), "output.resolution_m=0.1")
    overlaps(folder, files, 64, 64, 0.12, 5, 0.1)


def brighton_reference():
    """The mosaic at the reference's half metre."""
    folder = run("brighton_reference", shipped("brighton"), "output.resolution_m=0.5")
    ours = Raster.product(folder / "brighton.nc")
    reference = gdal.Warp("", str(DATA / "brighton" / "reference" / "ortho_0.5m.tif"), format="MEM",
                          outputBounds=ours.bounds(), width=ours.valid.shape[1], height=ours.valid.shape[0],
                          resampleAlg="cubic").ReadAsArray()
    theirs = Raster(reference[:3].astype(np.float32), reference[3] > 0, ours.west, ours.north, 0.5)
    found = shifts(theirs, ours, 32, 16)
    size = np.median(np.hypot(found[:, 0], found[:, 1])) * 0.5 if len(found) else np.inf
    judge(f"the mosaic lies {size:.2f} m from the reference in the median of {len(found)} windows (at most 1)",
          len(found) >= 10 and size <= 1)


def main():
    global PROGRAM, CONFIGS, DATA, WORK
    check, PROGRAM, CONFIGS, data = sys.argv[1], *map(pathlib.Path, sys.argv[2:])
    DATA = pathlib.Path(os.environ.get("OVERFLIGHT_DATA", data)).resolve()
    if not DATA.is_dir():
        print(f"skipped: {DATA} is not there; set OVERFLIGHT_DATA")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="overflight_") as work:
        WORK = pathlib.Path(work)
        globals()[check]()
    sys.exit(1 if failures else 0)


main()
