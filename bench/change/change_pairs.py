# SPDX-License-Identifier: Apache-2.0
"""How good the change products are: one build, one set of default settings, over every pair at hand.

    change_pairs.py PROGRAM [--data FOLDER] [--workload FOLDER ...] [--town FOLDER] [--only TEXT] [--set KEY=VALUE ...]
                    [--keep FOLDER]

Prints one row a pair: what is known to have changed against what the mask flags. Pairs:
  airchange  finished orthos years apart with truth drawn by hand (camera = "ortho")
  ngi        each frame of strip 05 against each of strip 06, flown the same day: nothing changed
  brighton   frames of one strip against those of another, flown the same day: nothing changed
  workload   folders of make_workload.py: 60 known rectangles
  town       the folder change/ of accuracy_report: flown anew with nothing changed, with 21 things changed, and the
             latter under another sun
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
gdal.PushErrorHandler("CPLQuietErrorHandler")

STRIP_05 = ["0182", "0184"]
STRIP_06 = ["0251", "0253"]


def output(crs, resolution):
    return f'[output]\ncrs = "{crs}"\nresolution_m = {resolution}\nquicklooks = false\nfolder = "out"\n'


def terrain(path, *lines):
    return "\n".join([f'[terrain]\nfile = "{path}"\nheights = "same_as_poses"', *lines]) + "\n"


def mission(name, frames, camera, folder=None, interior=None, exterior=None, space=None):
    lines = [f'[[mission]]\nname = "{name}"\nframes = {json.dumps([str(f) for f in frames])}\ncamera = "{camera}"']
    if camera == "frame":
        lines.append(f'interior = "{folder / interior}"\nexterior = "{folder / exterior}"\npose_space = "{space}"')
    return "\n".join(lines) + "\n"


CHANGE = '[[change]]\nbefore = "a"\nafter = "b"\n'


class Pairs:
    def __init__(self, program, work, only, settings):
        self.program, self.work, self.only = program, work, only
        self.settings = [word for setting in settings for word in ("--set", setting)]
        self.rows = []

    def wants(self, name):
        return self.only in name

    def run(self, name, config):
        """The change product and the seconds that its passes took."""
        folder = self.work / name.replace(" ", "_")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "run.toml").write_text(config)
        command = [self.program, "run", str(folder / "run.toml"), "--progress", "off", *self.settings]
        outcome = subprocess.run(command, capture_output=True, text=True)
        if outcome.returncode not in (0, 1):
            sys.exit(f"{' '.join(command)}\nended with {outcome.returncode}:\n{outcome.stderr}")
        report = json.loads((folder / "out" / "run.json").read_text())
        seconds = sum(s["seconds"] for s in report["stages"] if s["name"].endswith(" a__b"))
        return folder / "out" / "a__b.nc", seconds

    def score(self, product, *truth):
        outcome = subprocess.run([self.program, "score", str(product), *truth], capture_output=True, text=True,
                                 check=True)
        return outcome.stdout

    def show(self, name, values):
        self.rows.append((name, values))
        print(f"{name:24} " + "  ".join(f"{key} {value}" for key, value in values.items()), flush=True)

    def mask(self, product):
        mask = gdal.Open(f'NETCDF:"{product}":mask').ReadAsArray()
        return float((mask == 1).sum()), max(float((mask != 255).sum()), 1.0)

    def unchanged(self, name, config):
        product, seconds = self.run(name, config)
        flagged, seen = self.mask(product)
        self.show(name, {"flagged": f"{100 * flagged / seen:6.3f} %", "of": f"{seen / 1e6:.2f} Mpx",
                         "seconds": f"{seconds:.2f}"})
        return flagged, seen

    def airchange(self, data):
        scores = []
        for folder in sorted(data.glob("airchange/*")):
            name = f"airchange {folder.name}"
            if not self.wants(name):
                continue
            image = gdal.Open(str(folder / "before.tif"))
            config = (output(image.GetProjection().replace('"', '\\"'), image.GetGeoTransform()[1]) +
                      mission("a", [folder / "before.tif"], "ortho") + mission("b", [folder / "after.tif"], "ortho") +
                      CHANGE)
            product, seconds = self.run(name, config)
            text = self.score(product, str(folder / "truth.tif"))
            p, r, f1 = map(float, re.search(r"precision ([\d.]+)\s+recall ([\d.]+)\s+F1 ([\d.]+)", text).groups())
            scores.append(f1)
            self.show(name, {"F1": f"{100 * f1:5.1f}", "precision": f"{100 * p:5.1f}", "recall": f"{100 * r:5.1f}",
                             "seconds": f"{seconds:.2f}"})
        if scores:
            self.show("airchange mean", {"F1": f"{100 * np.mean(scores):5.1f}"})

    def ngi(self, data):
        folder, totals = data / "ngi", np.zeros(2)
        for first in STRIP_05:
            for second in STRIP_06:
                name = f"ngi {first} {second}"
                if not folder.is_dir() or not self.wants(name):
                    continue
                camera = ("frame", folder, "interior.yaml", "exterior.csv", "map")
                totals += self.unchanged(
                    name, output(folder / "exterior.prj", 5.0) + terrain(folder / "dem.tif") +
                    mission("a", [folder / "frames" / f"3324c_2015_1004_05_{first}_RGB.tif"], *camera) +
                    mission("b", [folder / "frames" / f"3324c_2015_1004_06_{second}_RGB.tif"], *camera) + CHANGE)
        if totals[1]:
            self.show("ngi all", {"flagged": f"{100 * totals[0] / totals[1]:6.3f} %"})

    def brighton(self, data):
        folder, name = data / "brighton", "brighton"
        if not folder.is_dir() or not self.wants(name):
            return
        camera = ("frame", folder, "cameras.json", "shots.geojson", "cartesian")
        self.unchanged(name, output("EPSG:32615", 0.05) + terrain(folder / "dsm.tif", 'outside = "gap"') +
                       mission("a", [folder / "frames" / f"DJI_00{n}.JPG" for n in range(24, 30)], *camera) +
                       mission("b", [folder / "frames" / f"DJI_00{n}.JPG" for n in (31, 32)], *camera) + CHANGE)

    def workload(self, folder):
        name = f"workload {folder.name}"
        if not self.wants(name):
            return
        camera = ("frame", folder, "interior.yaml", "exterior.csv", "map")
        frame = gdal.Open(str(min((folder / "a").glob("*.tif"))))
        resolution = round(5.64 * 640 / min(frame.RasterXSize, frame.RasterYSize), 2)
        product, seconds = self.run(name, output(folder / "exterior.prj", resolution) + terrain(folder / "dem.tif") +
                                    mission("a", [folder / "a" / "*.tif"], *camera) +
                                    mission("b", [folder / "b" / "*.tif"], *camera) + CHANGE)
        text = self.score(product, "--objects", str(folder / "changes.csv"))
        found, known = re.search(r"objects\s+found (\d+) of (\d+)", text).groups()
        outside = re.search(r"outside\s+flagged ([\d.]+) %", text).group(1)
        self.show(name, {"found": f"{found}/{known}", "outside": f"{outside} %", "seconds": f"{seconds:.2f}"})

    def town(self, folder):
        scene = (folder / "overflight.toml").read_text().split("[[change]]")[0]
        scene = re.sub(r'folder = "products"', 'folder = "out"\nquicklooks = false', scene)
        scene = re.sub(r'"([a-z_]+/)', rf'"{folder}/\1', scene)
        parts = scene.split("[[mission]]")
        for after, truth in (("again", "again"), ("plain", "plain"), ("sun", "plain")):
            name = f"town {after}"
            if not self.wants(name):
                continue
            missions = [part.replace(f'name = "{own}"', f'name = "{alias}"')
                        for own, alias in (("before", "a"), (after, "b"))
                        for part in parts if f'name = "{own}"' in part]
            product, seconds = self.run(name, "[[mission]]".join([parts[0], *missions]) + CHANGE)
            objects = folder / f"changes_before_{truth}.geojson"
            text = self.score(product, str(folder / f"change_before_{truth}.tif"),
                              *(["--objects", str(objects)] if objects.exists() else []))
            outside = re.search(r"outside\s+flagged ([\d.]+) %", text).group(1)
            values = {"outside": f"{outside} %"}
            if objects.exists():
                values["F1"] = f"{100 * float(re.search(r'F1 ([0-9.]+)', text).group(1)):5.1f}"
                values["found"] = "/".join(re.search(r"objects\s+found (\d+) of (\d+)", text).groups())
            right, flagged = map(int, re.search(r"at least 10 pixels across (\d+) of (\d+)", text).groups())
            values["of 10 px right"] = f"{right}/{flagged}"
            self.show(name, {**values, "seconds": f"{seconds:.2f}"})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program")
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--workload", type=pathlib.Path, nargs="*", default=[])
    parser.add_argument("--town", type=pathlib.Path, help="a folder that accuracy_report left of its scene change")
    parser.add_argument("--only", default="", help="only pairs whose name holds this")
    parser.add_argument("--set", nargs="*", default=[], help="settings for all, as change.0.relief_m=0")
    parser.add_argument("--keep", type=pathlib.Path, help="keep the products in this folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        pairs = Pairs(arguments.program, arguments.keep or pathlib.Path(scratch), arguments.only,
                      arguments.set)
        pairs.airchange(arguments.data.resolve())
        pairs.ngi(arguments.data.resolve())
        pairs.brighton(arguments.data.resolve())
        for folder in arguments.workload:
            pairs.workload(folder.resolve())
        if arguments.town:
            pairs.town(arguments.town.resolve())


if __name__ == "__main__":
    main()
