# SPDX-License-Identifier: Apache-2.0
"""False alarms where nothing changed and the ground was flown anew: the share of simulated pairs of flights (other
poses, exposure, noise; fields and meadows on relief, a few hundred pixels across) in which default settings find any
object, against change.false_discovery. Beside bench_false_discovery, which has no poses.

    flown_unchanged.py PROGRAM [--pairs N] [--town SHARE] [--sun DEGREES] [--season SHARE]
"""
import argparse
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

SCENE = """[output]
folder = "{folder}"
resolution_m = 0.25
check_points = 0
rpc = false
truth = false
[scene]
seed = {seed}
center_x = 512000
center_y = 5424000
width_m = 100
height_m = 100
[terrain]
relief_m = 8
wavelength_m = 300
[land]
block_m = 60
town = {town}
forest = 0
water = 0
parking = 0
meadow = 0.4
[[camera]]
id = "v"
model = "brown"
width = 400
height = 300
focal_mm = 8
pixel_um = 10
k1 = -0.06
k2 = 0.02
"""

MISSION = """[[mission]]
name = "{name}"
cameras = ["v"]
overlap = 0.3
sidelap = 0.3
attitude_jitter_deg = 0.8
position_jitter_m = 2
vignetting = 0.1
gain_spread = 0.02
noise = {noise:.2f}
exposure = {exposure:.3f}
error_east_m = {east:.3f}
error_north_m = {north:.3f}
sun_azimuth_deg = {sun:.1f}
sun_elevation_deg = 45
season = {season:.2f}
heading_deg = {heading:.1f}
shift = {shift:.2f}
seed = {seed}
"""


def objects_of(program, folder, seed, town, sun, season):
    draw = random.Random(seed)
    text = SCENE.format(folder=folder, seed=seed, town=town)
    for number, name in enumerate(("before", "after")):
        text += MISSION.format(name=name, noise=draw.uniform(0.8, 3), exposure=draw.uniform(0.85, 1.15),
                               east=draw.uniform(-0.25, 0.25), north=draw.uniform(-0.25, 0.25), sun=165 + number * sun,
                               season=number * season,
                               heading=draw.uniform(80, 100), shift=draw.uniform(0, 0.5), seed=2 * seed + number)
    (folder / "scene.toml").write_text(text)
    for words in (["simulate", "scene.toml"], ["run", "overflight.toml", "--set", "output.report=false", "--set",
                                               "output.quicklooks=false"]):
        outcome = subprocess.run([program, words[0], str(folder / words[1]), *words[2:], "--progress", "off"],
                                 capture_output=True, text=True)
        if outcome.returncode != 0:
            sys.exit(f"seed {seed}: {outcome.stderr}")
    found = list(folder.rglob("before__after.geojson"))
    return len(json.loads(found[0].read_text())["features"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--town", type=float, default=0, help="share of the blocks that are built on")
    parser.add_argument("--sun", type=float, default=0, help="degrees that the sun moves between the flights")
    parser.add_argument("--season", type=float, default=0, help="how far autumn has come in the later flight, 0 to 1")
    arguments = parser.parse_args()
    alarms = 0
    for seed in range(1, arguments.pairs + 1):
        with tempfile.TemporaryDirectory() as folder:
            found = objects_of(arguments.program, pathlib.Path(folder), seed, arguments.town, arguments.sun,
                               arguments.season)
        alarms += found > 0
        if found:
            print(f"seed {seed}: {found} objects", flush=True)
    share, q = alarms / arguments.pairs, 0.05
    bound = q + 2 * math.sqrt(q * (1 - q) / arguments.pairs)
    print(f"false_discovery {q}: {alarms} of {arguments.pairs} pairs with an object, {share:.3f} (bound {bound:.3f})")
    sys.exit(0 if share <= bound else 1)


if __name__ == "__main__":
    main()
