#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Seconds and memory of `overflight plan` on a catalogue of many frames: headers and poses, no pixels."""
import argparse
import math
import os
import pathlib
import subprocess
import tempfile
import time

from osgeo import gdal

import chain

gdal.UseExceptions()
WIDTH, HEIGHT, FOCAL_MM, PIXEL_MM, ABOVE_GROUND = 7680, 13824, 120.0, 0.012, 2800.0


def catalogue(folder, count):
    """A block of strips, 60 % overlap and 30 % sidelap; every frame a sparse file of its own."""
    (folder / "frames").mkdir()
    pattern = str(folder / "pattern.tif")
    gdal.GetDriverByName("GTiff").Create(pattern, WIDTH, HEIGHT, 3, gdal.GDT_Byte,
                                         ["SPARSE_OK=TRUE", "TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512"]).FlushCache()
    content = pathlib.Path(pattern).read_bytes()
    across, along = HEIGHT * PIXEL_MM / FOCAL_MM * ABOVE_GROUND, WIDTH * PIXEL_MM / FOCAL_MM * ABOVE_GROUND
    strips = max(1, round(math.sqrt(count * 0.4 * along / (0.7 * across))))
    lines = ["filename,x,y,z,omega,phi,kappa"]
    for i in range(count):
        strip, place = i % strips, i // strips
        (folder / "frames" / f"f{i:06d}.tif").write_bytes(content)
        lines.append(f"f{i:06d},{400000 + 0.4 * along * place + i * 7919 % 13:.3f},"
                     f"{5000000 + 0.7 * across * strip + i * 104729 % 17:.3f},{3000 + i % 50},"
                     f"{0.01 * (i % 200 - 100):.3f},{0.01 * (i * 3 % 200 - 100):.3f},{90 + 0.02 * (i % 100):.3f}")
    (folder / "exterior.csv").write_text("\n".join(lines) + "\n")
    (folder / "interior.yaml").write_text(
        f"camera:\n  type: pinhole\n  im_size: [{WIDTH}, {HEIGHT}]\n  focal_len: {FOCAL_MM}\n"
        f"  sensor_size: [{WIDTH * PIXEL_MM:.3f}, {HEIGHT * PIXEL_MM:.3f}]\n")
    (folder / "plan.toml").write_text(
        '[output]\nfolder = "out"\ncrs = "EPSG:32633"\nresolution_m = 5\n[terrain]\nheights = "same_as_poses"\n'
        'offset_m = 200\n[[mission]]\nname = "a"\nframes = ["frames/*.tif"]\ncamera = "frame"\n'
        'interior = "interior.yaml"\nexterior = "exterior.csv"\npose_crs = "EPSG:32633"\npose_space = "map"\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--scratch", type=pathlib.Path, default=None)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="overflight_planning_", dir=args.scratch) as folder:
        folder = pathlib.Path(folder)
        catalogue(folder, args.frames)
        start = time.monotonic()
        process = subprocess.Popen([chain.PROGRAM, "plan", folder / "plan.toml"])
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit("the plan failed")
    chain.table(("frames", "seconds", "peak MiB"), [(args.frames, f"{seconds:.1f}", f"{usage.ru_maxrss / 1024:.0f}")])


if __name__ == "__main__":
    main()
