#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How much the seams of a mosaic show: the median brightness step across them over the median step across the same
lines laid elsewhere into the same mosaic, where one frame shows the ground. 1: no telling which line is a seam.

    seam_visibility.py CONFIG [--set KEY=VALUE ...] [--no-otb] [--places PICTURE]

A step is the difference between the means of so many pixels (REACHES) on either side, averaged along pieces of a line of
up to 16 pixels. Rows: without balance; the balance alone (hard seams); the viewing layer (feather); Orfeo ToolBox's
Mosaic on the same single-frame orthos with its harmonisation, by its narrow feather (64 pixels) and without.
--places: a picture of the ten places where the viewing layer's seams show most, seams drawn beside.
"""
import argparse
import pathlib
import re
import subprocess
import tempfile

import h5py
import numpy as np
from osgeo import gdal

gdal.UseExceptions()
ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build" / "overflight"
REACHES = (1, 8)
PIECE = 16
TRIES = 20
FEATHER = 64


def run(config, out, *settings):
    command = [PROGRAM, "run", config, "--progress", "off", "--set", f"output.folder={out}", "--set",
               "output.report=false", "--set", "output.quicklooks=false"]
    for setting in settings:
        command += ["--set", setting]
    done = subprocess.run(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    return next(path for path in sorted(out.glob("*.nc")))


class Mosaic:
    def __init__(self, image, source):
        self.image, self.source = image, source
        self.brightness = image.astype(np.float32).mean(axis=0)

    @classmethod
    def read(cls, product, layer="image"):
        with h5py.File(product) as file:
            source = file["source_frame"][:].astype(np.int64)
            source[file["quality"][:] & 1 == 0] = -1
            return cls(file[layer][:], source)


def crossings(source, reach):
    """Places between two pixels of a row with different frames, each alone over `reach` pixels: row, column of the
    left pixel, frames."""
    left, right = source[:, reach - 1:-reach], source[:, reach:source.shape[1] - reach + 1]
    at = (left != right) & (left >= 0) & (right >= 0)
    for k in range(1, reach):
        at &= source[:, reach - 1 - k:source.shape[1] - reach - k] == left
        at &= source[:, reach + k:source.shape[1] - reach + 1 + k] == right
    rows, cols = np.nonzero(at)
    cols += reach - 1
    return rows, cols, source[rows, cols], source[rows, cols + 1]


def steps(brightness, rows, cols, reach):
    total = np.zeros(len(rows))
    for k in range(reach):
        total += brightness[rows, cols - k] - brightness[rows, cols + 1 + k]
    return total / reach


def along_rows(mosaic, reach, random, places):
    """|step| of the pieces of seams, and of the same pieces elsewhere."""
    source, brightness = mosaic.source, mosaic.brightness
    rows, cols, a, b = crossings(source, reach)
    sign = np.where(a < b, 1, -1)
    pieces = {}
    for i, key in enumerate(zip(rows // PIECE, cols // PIECE, np.minimum(a, b), np.maximum(a, b))):
        pieces.setdefault(key, []).append(i)
    seams, elsewhere = [], []
    height, width = source.shape
    for index in pieces.values():
        if len(index) < PIECE // 2:
            continue
        r, c, s = rows[index], cols[index], sign[index]
        step = abs(np.mean(s * steps(brightness, r, c, reach)))
        seams.append(step)
        if places is not None:
            places.append((step, int(r.mean()), int(c.mean())))
        for _ in range(TRIES):
            dr, dc = random.integers(-r.min(), height - r.max()), random.integers(-c.min(), width - c.max())
            there_r, there_c = r + dr, c + dc
            if there_c.min() < reach or there_c.max() + reach >= width:
                continue
            frame = source[there_r[0], there_c[0]]
            if frame < 0 or any((source[there_r, there_c + k] != frame).any() for k in range(1 - reach, reach + 1)):
                continue
            elsewhere.append(abs(np.mean(s * steps(brightness, there_r, there_c, reach))))
    return seams, elsewhere


def visibility(mosaic, reach, places=None):
    random = np.random.default_rng(1)
    seams, elsewhere = along_rows(mosaic, reach, random, places)
    turned = Mosaic(mosaic.image.transpose(0, 2, 1), np.ascontiguousarray(mosaic.source.T))
    turned_places = [] if places is not None else None
    more = along_rows(turned, reach, random, turned_places)
    if places is not None:
        places += [(step, row, col) for step, col, row in turned_places]
    seams, elsewhere = seams + more[0], elsewhere + more[1]
    return np.median(seams), np.median(elsewhere), len(seams)


def otb_mosaics(config, settings, product, scratch):
    """Orfeo ToolBox's mosaics of the frames' orthos, made here on the grid of the product without balance."""
    with h5py.File(product) as file:
        x, y = file["x"][:], file["y"][:]
        names = [name.decode() if isinstance(name, bytes) else name for name in file["frames/name"][:]]
        shape = file["source_frame"].shape
    step = abs(x[1] - x[0])
    bounds = f"[{x[0] - step / 2}, {y[-1] - step / 2}, {x[-1] + step / 2}, {y[0] + step / 2}]"
    pattern = re.search(r'^frames\s*=\s*\[\s*"([^"]+)"', pathlib.Path(config).read_text(), re.M).group(1)
    folder = (pathlib.Path(config).resolve().parent / pattern).parent
    orthos, source = [], np.full(shape, -1, np.int64)
    for number, name in enumerate(names):
        one = run(config, scratch / f"frame_{number}", *settings, f"output.bounds={bounds}", "mosaic.balance=none",
                  f'mission.0.frames=["{folder / name}"]')
        ortho = scratch / f"{number}.tif"
        gdal.Translate(str(ortho), f'NETCDF:"{one}":image', noData=0, outputSRS=gdal.Open(
            f'NETCDF:"{one}":image').GetProjection())
        orthos.append(ortho)
        source[gdal.Open(str(ortho)).ReadAsArray().any(axis=0)] = number  # the last one lies on top
    for feather, options in ((f"narrow feather, {FEATHER} px", ["slim", "-comp.feather.slim.length", FEATHER * step]),
                             ("no feather", ["none"])):
        out = scratch / "otb.tif"
        subprocess.run(list(map(str, ["otbcli_Mosaic", "-il", *orthos, "-comp.feather", *options, "-harmo.method", "band",
                                      "-harmo.cost", "rmse", "-nodata", 0, "-interpolator", "nn", "-output.spacingx",
                                      step, "-output.spacingy", step, "-tmpdir", scratch, "-out", out, "uint8"])),
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        image = gdal.Open(str(out)).ReadAsArray()
        rows, cols = min(image.shape[1], shape[0]), min(image.shape[2], shape[1])
        image, there = image[:, :rows, :cols], source[:rows, :cols].copy()
        there[~image.any(axis=0)] = -1
        yield f"OTB Mosaic, harmonised, {feather}", Mosaic(image, there)


def draw_places(mosaic, places, picture, side=200, count=10):
    """The worst pieces, no two within a cut-out of each other: as they look, and with the seams drawn."""
    chosen = []
    for _, row, col in sorted(places, reverse=True):
        if all(max(abs(row - r), abs(col - c)) >= side // 2 for r, c in chosen):
            chosen.append((row, col))
        if len(chosen) == count:
            break
    height, width = mosaic.source.shape
    bands = mosaic.image[:3] if len(mosaic.image) >= 3 else np.repeat(mosaic.image[:1], 3, axis=0)
    canvas = np.full((3, 2 * side + 4, count * (side + 4)), 255, np.uint8)
    for k, (row, col) in enumerate(chosen):
        r, c = max(0, min(row - side // 2, height - side)), max(0, min(col - side // 2, width - side))
        cut, source = bands[:, r:r + side, c:c + side].copy(), mosaic.source[r:r + side, c:c + side]
        canvas[:, :cut.shape[1], k * (side + 4):k * (side + 4) + cut.shape[2]] = cut
        seam = np.zeros(source.shape, bool)
        seam[:, 1:] |= source[:, 1:] != source[:, :-1]
        seam[1:] |= source[1:] != source[:-1]
        cut[:, seam] = np.array([[255], [0], [0]], np.uint8)
        canvas[:, side + 4:side + 4 + cut.shape[1], k * (side + 4):k * (side + 4) + cut.shape[2]] = cut
    memory = gdal.GetDriverByName("MEM").Create("", canvas.shape[2], canvas.shape[1], 3)
    memory.WriteArray(canvas)
    gdal.GetDriverByName("PNG").CreateCopy(str(picture), memory)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=pathlib.Path)
    parser.add_argument("--set", dest="settings", action="append", default=[])
    parser.add_argument("--no-otb", action="store_true")
    parser.add_argument("--places", type=pathlib.Path)
    args = parser.parse_args()
    print("| mosaic | " + " | ".join(f"step over {reach} px, seams / elsewhere" for reach in REACHES) +
          " | ratio | pieces |\n|" + " --- |" * (len(REACHES) + 3))

    def row(name, mosaic):
        found = [visibility(mosaic, reach) for reach in REACHES]
        ratios = [f"{seam / other:.2f}" for seam, other, _ in found]
        print(f"| {name} | " + " | ".join(f"{seam:.2f} / {other:.2f}" for seam, other, _ in found) +
              f" | {', '.join(ratios)} | {found[-1][2]} |", flush=True)

    with tempfile.TemporaryDirectory(prefix="overflight_seams_") as folder:
        folder = pathlib.Path(folder)
        plain = run(args.config, folder / "plain", *args.settings, "mosaic.balance=none", "mosaic.feather_px=0")
        row("no balance, hard seams", Mosaic.read(plain))
        row("hard seams, nadir-most", Mosaic.read(run(args.config, folder / "nadir", *args.settings, "mosaic.seams=nadir",
                                                      "mosaic.feather_px=0")))
        row("hard seams", Mosaic.read(run(args.config, folder / "hard", *args.settings, "mosaic.feather_px=0")))
        viewing = Mosaic.read(run(args.config, folder / "viewing", *args.settings))
        row("viewing layer", viewing)
        if args.places:
            places = []
            visibility(viewing, REACHES[-1], places)
            draw_places(viewing, places, args.places)
        if not args.no_otb:
            for name, mosaic in otb_mosaics(args.config, args.settings, plain, folder):
                row(name, mosaic)


if __name__ == "__main__":
    main()
