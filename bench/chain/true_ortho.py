#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Whole runs that make true orthos over runs that make plain ones, in turns, of a dense simulated town (dense_town.toml):
two missions, no change product, surface models with a post a pixel, one every two pixels, and the first deflated.

    true_ortho.py [--runs N] [--town FOLDER]

Each ratio is of a run and the plain run before it; medians, and least to most."""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile

from osgeo import gdal

import chain

gdal.UseExceptions()
SCENE = pathlib.Path(__file__).with_name("dense_town.toml")
MISSIONS = ("vertical", "slanted")
RESOLUTION = 0.25
SURFACES = {"a post a pixel": ([], RESOLUTION), "a post every two pixels": ([], 2 * RESOLUTION),
            "a post a pixel, deflated": (["COMPRESS=DEFLATE", "PREDICTOR=3"], RESOLUTION)}


def simulate(folder):
    folder.mkdir(parents=True, exist_ok=True)
    scene = shutil.copy(SCENE, folder / "scene.toml")
    subprocess.run([chain.PROGRAM, "simulate", scene, "--progress", "off"], check=True, stdout=subprocess.DEVNULL)


def surface_file(town, name, mission):
    options, resolution = SURFACES[name]
    file = town / "terrain" / f"{mission}, {name}.tif"
    if not file.exists():
        gdal.Translate(str(file), str(town / "terrain" / f"dsm_{mission}.tif"), xRes=resolution, yRes=resolution,
                       creationOptions=["TILED=YES", *options])
    return file


def config_text(town, out, surface=None):
    def mission(name, space):
        text = (f'[[mission]]\nname = "{name}"\nframes = ["{town}/{name}/frames/*.tif"]\ncamera = "frame"\n'
                f'interior = "{town}/{name}/interior.yaml"\nexterior = "{town}/{name}/exterior.csv"\n'
                f'pose_space = "{space}"\n[mission.terrain]\nfile = "{town}/terrain/dtm.tif"\nheights = "same_as_poses"\n')
        return text + (f'surface = "{surface_file(town, surface, name)}"\n' if surface else "")

    return (f'[output]\nfolder = "{out}"\ncrs = "{town}/vertical/exterior.prj"\nresolution_m = {RESOLUTION}\n'
            f'bounds = [505450, 5417550, 506550, 5418450]\n' + mission("vertical", "map") + mission("slanted", "cartesian"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="runs of each kind")
    parser.add_argument("--town", type=pathlib.Path, help="where the town is, or goes (475 MB); default: made anew")
    parser.add_argument("--scratch", type=pathlib.Path, default=None, help="where products go; default: TMPDIR")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="overflight_town_", dir=args.scratch) as scratch:
        town = (args.town or pathlib.Path(scratch)).resolve()
        if not (town / "overflight.toml").exists():
            simulate(town)
        for name in SURFACES:  # all before any run, so that none is timed beside their writing back
            for mission in MISSIONS:
                surface_file(town, name, mission)
        os.sync()
        plain, runs = [], {name: [] for name in SURFACES}
        for _ in range(args.runs):
            plain.append(chain.Run(lambda out: config_text(town, out), args.scratch))
            for name in SURFACES:
                runs[name].append(chain.Run(lambda out: config_text(town, out, name), args.scratch))

    def row(name, of):
        ratios = [run.seconds / base.seconds for run, base in zip(of, plain)]
        return (name, f"{chain.median(of, lambda run: run.seconds):.2f}",
                f"{chain.median(of, lambda run: run.processor):.2f}",
                f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")

    chain.table(("surface model", "seconds", "of processor", "over the plain ortho"),
                [row("none: plain ortho", plain), *(row(name, of) for name, of in runs.items())])


if __name__ == "__main__":
    main()
