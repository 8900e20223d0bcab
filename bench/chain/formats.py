#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The cost of decoding: one mission's mosaic from the same frames in the formats that frames come in."""
import os
import pathlib
import shutil
import tempfile

from osgeo import gdal

import chain

gdal.UseExceptions()
FORMATS = {
    "TIFF, tiled": ["TILED=YES"],
    "TIFF, untiled": [],
    "TIFF, untiled, one strip": ["BLOCKYSIZE=100000"],
    "TIFF, tiled, deflate": ["TILED=YES", "COMPRESS=DEFLATE"],
    "TIFF, untiled, LZW": ["COMPRESS=LZW"],
    "TIFF, tiled, JPEG": ["TILED=YES", "COMPRESS=JPEG", "PHOTOMETRIC=YCBCR", "JPEG_QUALITY=90"],
    "TIFF, tiled, 16 bit": ["TILED=YES"],
    "TIFF, tiled, deflate, 16 bit": ["TILED=YES", "COMPRESS=DEFLATE", "PREDICTOR=2"],
    "JPEG": None,
}


def convert(source, folder, options, sixteen):
    """As GDAL writes them; 16 bit: the same samples times 16."""
    more = {"outputType": gdal.GDT_UInt16, "scaleParams": [[0, 255, 0, 4080]]} if sixteen else {}
    if options is None:
        file = folder / source.with_suffix(".jpg").name
        gdal.Translate(str(file), str(source), format="JPEG", creationOptions=["QUALITY=90"], **more)
    else:
        file = folder / source.name
        gdal.Translate(str(file), str(source), format="GTiff", creationOptions=options, **more)


def main():
    args = chain.parser(__doc__).parse_args()
    threads = len(os.sched_getaffinity(0))
    rows = []
    first = None
    for name, options in FORMATS.items():
        with tempfile.TemporaryDirectory(prefix="overflight_formats_", dir=args.scratch) as folder:
            folder = pathlib.Path(folder)
            (folder / "a").mkdir()
            for file in ("interior.yaml", "exterior.csv", "exterior.prj", "dem.tif"):
                shutil.copy(args.workload / file, folder)
            for source in sorted((args.workload / "a").glob("*.tif")):
                convert(source, folder / "a", options, "16 bit" in name)
            config = lambda out: chain.config_text(folder, args.resolution, out, ("a",)).replace(  # noqa: E731
                "*.tif", "*.jpg" if options is None else "*.tif")
            megabytes = sum(file.stat().st_size for file in (folder / "a").glob("*.[tj]*")) / 1e6
            runs = [chain.Run(config, args.scratch, options=["--threads", threads]) for _ in range(args.runs)]
            seconds = chain.median(runs, lambda run: run.seconds)
            first = first or seconds
            rows.append((name, f"{megabytes:.0f}", f"{seconds:.2f}", f"{seconds / first:.2f}",
                         f"{runs[0].megapixels['compose'] / seconds:.0f}"))
    chain.table(("frames", "MB", "seconds to a mosaic", "ratio", "Mpx/s"), rows)


if __name__ == "__main__":
    main()
